import test from 'ava';
import { emptyRecord, outputsOf, ownOutcomes, recordLine, renderLine } from '#rehearsal/workflow/run-record.ts';
import { planStandIns } from '#rehearsal/workflow/stand-ins.ts';

const place = { job: 'Rollout/greet-1 ', jobID: 'greet', matrix: { zone: 'a', environment: 'testnet' }, level: 'info' };
const step = { ...place, step: 'Greet', stepID: ['1'], stage: 'Main' };

test('a step is recorded with its job, its matrix and its time', t => {
  const record = emptyRecord();
  t.deepEqual(shown(record, { ...step, msg: '\u2B50 Run Main Greet' }), ['greet (testnet, a) · Greet: started']);
  t.deepEqual(shown(record, { ...step, msg: 'done', stepResult: 'success', executionTime: 1_234_000_000 }), [
    'greet (testnet, a) · Greet: success after 1.2 s',
  ]);
  t.deepEqual(record.steps, [
    { job: 'greet', matrix: ['testnet', 'a'], name: 'Greet', outcome: 'success', seconds: 1.234 },
  ]);
});

test('what belongs to a step of a composite action, or runs before or after the steps, is no step', t => {
  const record = emptyRecord();
  recordLine(record, JSON.stringify({ ...step, msg: 'x', stepID: ['1', '0'], stepResult: 'success' }));
  recordLine(record, JSON.stringify({ ...step, msg: 'x', stage: 'Post', stepResult: 'success' }));
  recordLine(
    record,
    JSON.stringify({ ...place, msg: 'x', step: 'Set up job', stepid: ['--setup'], stepResult: 'success' }),
  );
  t.deepEqual(record.steps, []);
});

test('summaries and annotations are kept as they were written', t => {
  const record = emptyRecord();
  shown(record, { ...step, msg: 'x', command: 'summary', content: '# One\n' });
  const error = { command: 'error', arg: '100%25%0Asure', kvPairs: { file: 'a.yaml' } };
  t.deepEqual(shown(record, { ...step, ...error, msg: 'x' }), ['greet (testnet, a) · Greet: error: 100%\nsure']);
  t.deepEqual(record.summaries, ['# One\n']);
  t.deepEqual(record.annotations, [
    { level: 'error', message: '100%\nsure', properties: { file: 'a.yaml' }, step: 'Greet' },
  ]);
});

test('what a step sets as an output is kept, by its name, and not shown', t => {
  const record = emptyRecord();
  const output = (name: string, arg: string) => ({ ...step, msg: 'x', command: 'set-output', name, arg });
  t.deepEqual(shown(record, output('report', '{"a":1}')), []);
  shown(record, output('outcome', 'done'));
  shown(record, output('report', 'two\nlines'));
  t.deepEqual(outputsOf(record, 'report'), ['{"a":1}', 'two\nlines']);
  t.like(record.outputs[1], { job: 'greet', step: 'Greet', name: 'outcome', value: 'done' });
});

test('output is shown, other commands are not, and what is no JSON is shown as it is', t => {
  const record = emptyRecord();
  t.deepEqual(shown(record, { ...step, msg: 'hello\n', raw_output: true }), ['greet (testnet, a) · Greet: hello']);
  t.deepEqual(shown(record, { ...step, msg: 'x', command: 'set-output', arg: 'v' }), []);
  t.deepEqual(recordLine(record, 'Error: no such file').map(renderLine), ['Error: no such file']);
  t.deepEqual(recordLine(record, '  '), []);
  t.deepEqual(recordLine(record, '{"level":"info"}').map(renderLine), ['{"level":"info"}']);
});

test('an entry of a matrix whose own steps succeeded is not called failed for the others', t => {
  const record = emptyRecord();
  const other = { ...step, matrix: { environment: 'mainnet' } };
  recordLine(record, JSON.stringify({ ...step, msg: 'x', stepResult: 'success' }));
  recordLine(record, JSON.stringify({ ...other, msg: 'x', stepResult: 'failure' }));
  recordLine(record, JSON.stringify({ ...place, msg: 'x', jobResult: 'failure' }));
  recordLine(record, JSON.stringify({ ...other, msg: 'x', jobResult: 'failure' }));
  t.deepEqual(
    ownOutcomes(record).map(({ outcome }) => outcome),
    ['success', 'failure'],
  );
});

test('a job that failed before its first step has failed', t => {
  const record = emptyRecord();
  recordLine(record, JSON.stringify({ ...place, msg: 'x', jobResult: 'failure' }));
  t.deepEqual(
    ownOutcomes(record).map(({ outcome }) => outcome),
    ['failure'],
  );
});

test('stand-ins are planned for each reference once, and none for actions of this repository', t => {
  const text = `
      - uses: actions/checkout@aaa # v4
      - name: x
        uses: "actions/setup-node@bbb"
      - uses: ./actions/canary
      - uses: actions/checkout@aaa
`;
  t.deepEqual(planStandIns(text, 'x.yml'), [
    { uses: 'actions/checkout@aaa', folder: 'checkout' },
    { uses: 'actions/setup-node@bbb', folder: 'setup-node' },
  ]);
  t.throws(() => planStandIns('  uses: a/b@c', 'x.yml'), { code: 'action-unknown', message: /x\.yml uses a\/b@c/ });
});

function shown(record: ReturnType<typeof emptyRecord>, entry: object): string[] {
  return recordLine(record, JSON.stringify(entry)).map(renderLine);
}
