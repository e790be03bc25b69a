import test from 'ava';
import {
  type HandoverRequest,
  parseAnswer,
  parseNotice,
  parseRequest,
  type RequestAnswer,
} from '#core/failover/requests.ts';

const request: HandoverRequest = {
  v: 1,
  kind: 'handover',
  id: 'r1',
  target: 'gcp-b',
  moment: 'gap',
  by: 'an operator',
};
const answer: RequestAnswer = { v: 1, id: 'r1', outcome: 'done', node: 'gcp-b', reason: 'gcp-b signs from now on' };

test('a request is read as it was written', t => {
  t.deepEqual(parseRequest(JSON.stringify(request)), request);
  t.deepEqual(parseRequest(JSON.stringify({ ...request, target: null, moment: 'now' })), {
    ...request,
    target: null,
    moment: 'now',
  });
});

test('an answer is read as it was written', t => {
  t.deepEqual(parseAnswer(JSON.stringify(answer)), answer);
});

test('a failover names the epoch it shall end', t => {
  const failover = { v: 1, kind: 'failover', id: 'f', target: null, epoch: 7, by: 'an operator' };
  t.deepEqual(parseRequest(JSON.stringify(failover)), failover);
  t.is(parseRequest(JSON.stringify({ ...failover, epoch: undefined })), undefined);
});

test('a notice that cannot be read holds all the same', t => {
  const notice = { v: 1, by: 'an operator', why: 'a new disk', atMs: 5 } as const;
  t.deepEqual(parseNotice(JSON.stringify(notice)), notice);
  t.deepEqual(parseNotice('soon'), { v: 1, by: 'somebody', why: 'soon', atMs: 0 });
});

const notARequest = test.macro((t, text: string) => t.is(parseRequest(text), undefined));
test('no JSON is no request', notARequest, '');
test('null is no request', notARequest, 'null');
test('another version is no request', notARequest, JSON.stringify({ ...request, v: 2 }));
test('another kind is no request', notARequest, JSON.stringify({ ...request, kind: 'solo' }));
test('another moment is no request', notARequest, JSON.stringify({ ...request, moment: 'later' }));
test('a target that is no name is no request', notARequest, JSON.stringify({ ...request, target: 5 }));
test('a target left out is no request', notARequest, JSON.stringify({ ...request, target: undefined }));
test('a request without an id is none', notARequest, JSON.stringify({ ...request, id: undefined }));

const notAnAnswer = test.macro((t, text: string) => t.is(parseAnswer(text), undefined));
test('no JSON is no answer', notAnAnswer, '{');
test('another version is no answer', notAnAnswer, JSON.stringify({ ...answer, v: 2 }));
test('another outcome is no answer', notAnAnswer, JSON.stringify({ ...answer, outcome: 'maybe' }));
test('an answer without a node is none', notAnAnswer, JSON.stringify({ ...answer, node: undefined }));
