// Our adapter on comments and pull requests against the stand-in, whose answers the compiler holds to GitHub's published types.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { operations } from '@octokit/openapi-types';
import test from 'ava';
import { longestBody, markLength, openComments, type StickyComment } from '#adapters/github/comments.ts';
import { findPulls, readPullHead } from '#adapters/github/pulls.ts';
import { type GitHub, operatorToken } from '#rehearsal/github/github.ts';
import type { ScratchRepository } from '#rehearsal/github/scratch-repository.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

const repository = 'acme/fleet';
const bot = 'github-actions[bot]';
let standIn: StandIn;
let scratch: ScratchRepository;
let github: GitHub;
let branches = 0;

test.before('a repository and the stand-in', async () => {
  standIn = await startStandIn(repository);
  ({ github, scratch } = standIn);
});

test.after.always('all is closed', async () => {
  await standIn?.close();
});

const access = (token = 'of-a-workflow') => ({ apiUrl: github.url, token, repository });

async function openPull(owner?: string): Promise<{ number: number; branch: string; sha: string }> {
  branches += 1;
  const branch = `change-${branches}`;
  const edit = (tree: string) => writeFile(join(tree, 'environments/image.yaml'), `image: ${branches}\n# new\n`);
  const sha = await scratch.pushBranch(branch, 'Change', edit);
  const head = owner === undefined ? branch : `${owner}:${branch}`;
  const answer = await call('POST', '/pulls', { title: 'Change', head, base: 'main' });
  return { number: (answer as { number: number }).number, branch, sha };
}

async function call(method: string, path: string, body: object, token = operatorToken): Promise<unknown> {
  const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${github.url}/repos/${repository}${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  return await answer.json();
}

const bodies = (number: number) => github.comments(number).map(({ body }) => body?.split('\n').slice(1).join('\n'));

function keep(comment: Partial<StickyComment> & { pull: number; parts: string[] }, token?: string) {
  return openComments(access(token)).keep({ key: 'validate all', author: bot, ...comment });
}

test.serial('a comment is created, found again, updated in place, and left alone when nothing changed', async t => {
  const { number: pull } = await openPull();
  const created = await keep({ pull, parts: ['one'] });
  t.like(created, { created: 1, updated: 0, author: bot });
  t.regex(created.url ?? '', new RegExp(`/pull/${pull}#issuecomment-`));
  const [first] = github.comments(pull);
  t.like(await keep({ pull, parts: ['one'] }), { created: 0, updated: 0, unchanged: 1, url: created.url });
  t.like(await keep({ pull, parts: ['two'] }), { created: 0, updated: 1, url: created.url });
  t.deepEqual(bodies(pull), ['two']);
  t.is(github.comments(pull)[0]?.id, first?.id);
});

test.serial('parts that are added come after those that are there, and surplus ones go', async t => {
  const { number: pull } = await openPull();
  await keep({ pull, parts: ['a1', 'a2'] });
  await call('POST', `/issues/${pull}/comments`, { body: 'somebody in between' });
  t.like(await keep({ pull, parts: ['b1', 'b2', 'b3'] }), { created: 1, updated: 2 });
  t.deepEqual(bodies(pull), ['b1', 'b2', '', 'b3']);
  t.like(await keep({ pull, parts: ['c1'] }), { updated: 1, deleted: 2 });
  t.deepEqual(bodies(pull), ['c1', '']);
  t.like(await keep({ pull, parts: [] }), { deleted: 1 });
  t.is(github.comments(pull).length, 1);
});

test.serial('a comment of somebody else is never touched, whatever mark it carries', async t => {
  const { number: pull } = await openPull();
  await keep({ pull, parts: ['ours'] });
  const body = github.comments(pull)[0]?.body ?? '';
  await call('POST', `/issues/${pull}/comments`, { body: body.replace('ours', 'forged') });
  await keep({ pull, parts: ['ours again'] });
  await keep({ pull, parts: [] });
  t.deepEqual(bodies(pull), ['forged']);
});

test.serial('another choice of environments has a comment of its own', async t => {
  const { number: pull } = await openPull();
  await keep({ pull, parts: ['all'] });
  await keep({ pull, key: 'validate a--b', parts: ['one'] });
  await keep({ pull, key: 'validate a--b', parts: ['one again'] });
  t.deepEqual(bodies(pull), ['all', 'one again']);
  t.notRegex(
    github.comments(pull)[1]?.body?.slice(4, -4).split(' -->')[0] ?? '',
    /--/,
    'two dashes would end the mark',
  );
});

test.serial('a comment without news is made only where there is one already', async t => {
  const { number: pull } = await openPull();
  t.like(await keep({ pull, parts: ['quiet'], quiet: true }), { created: 0, url: undefined });
  await keep({ pull, parts: ['loud'] });
  await keep({ pull, parts: ['quiet'], quiet: true });
  t.deepEqual(bodies(pull), ['quiet']);
});

test.serial('it is found among more comments than a page holds', async t => {
  const { number: pull } = await openPull();
  for (let index = 0; index < 105; index++) await call('POST', `/issues/${pull}/comments`, { body: `${index}` });
  await keep({ pull, parts: ['late'] });
  t.like(await keep({ pull, parts: ['later'] }), { created: 0, updated: 1 });
});

test.serial('a body of the greatest length, with its mark, is taken', async t => {
  const { number: pull } = await openPull();
  const part = '漢'.repeat(longestBody - markLength);
  t.like(await keep({ pull, key: `validate ${'x'.repeat(1000)}`, parts: [part] }), { created: 1 });
});

test.serial('who a token belongs to is told when it is not who was expected', async t => {
  const { number: pull } = await openPull();
  t.is((await keep({ pull, parts: ['x'] }, operatorToken)).author, 'operator');
});

test.serial('a pull request is found by the head of a fork, and only as long as the commit is its head', async t => {
  const { number, branch, sha } = await openPull('somebody');
  await openPull('somebody');
  t.deepEqual(await findPulls(access(), { commit: sha, owner: 'somebody', branch }), [number]);
  t.deepEqual(await findPulls(access(), { commit: sha, owner: 'acme', branch }), []);
  t.deepEqual(await findPulls(access(), { commit: 'f'.repeat(40), owner: 'somebody', branch }), []);
  t.is(await readPullHead(access(), number), sha);
  await call('PATCH', `/pulls/${number}`, { state: 'closed' });
  t.deepEqual(await findPulls(access(), { commit: sha, owner: 'somebody', branch }), []);
});

test.serial('everything asked is an endpoint that the stand-in knows, with no field that GitHub does not', t => {
  type Body = operations['issues/create-comment']['requestBody']['content']['application/json'];
  const known: (keyof Body)[] = ['body'];
  const written = github.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/comments'));
  t.true(written.length > 10);
  t.true(github.requests.every(({ isKnown }) => isKnown));
  t.deepEqual(
    written.filter(({ body }) => Object.keys(body).some(field => !known.some(each => each === field))),
    [],
  );
});
