// The octokit that our actions use against the stand-in: what it expects of GitHub must be answered.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getOctokit } from '@actions/github';
import test from 'ava';
import type { PushEvent } from '#rehearsal/github/context.ts';
import type { GitHub } from '#rehearsal/github/github.ts';
import type { ScratchRepository } from '#rehearsal/github/scratch-repository.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

const owner = 'acme';
const repo = 'fleet';
const repository = `${owner}/${repo}`;
let standIn: StandIn;
let scratch: ScratchRepository;
let github: GitHub;
let octokit: ReturnType<typeof getOctokit>;
let branches = 0;

test.before('a repository and the stand-in', async () => {
  standIn = await startStandIn(repository);
  ({ github, scratch } = standIn);
  octokit = getOctokit('token-of-a-workflow', { baseUrl: github.url });
});

test.after.always('all is closed', async () => {
  await standIn?.close();
});

test.serial('a pull request is opened, read and merged, and the merge is a push', async t => {
  const head = await change('image: 2\n');
  const pushes: PushEvent[] = [];
  github.on('push', event => pushes.push(event));
  const before = await scratch.main();

  const opened = await octokit.rest.pulls.create({ owner, repo, title: 'Raise', body: 'why', head, base: 'main' });
  t.is(opened.status, 201);
  const { number } = opened.data;
  const { data: pull } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
  t.like(pull, {
    state: 'open',
    merged: false,
    mergeable: true,
    commits: 1,
    changed_files: 1,
    additions: 1,
    deletions: 1,
  });
  const merged = await octokit.rest.git.getRef({ owner, repo, ref: `pull/${number}/merge` });
  t.deepEqual(pull.merge_commit_sha, merged.data.object.sha);
  t.is((await octokit.rest.git.getRef({ owner, repo, ref: `pull/${number}/head` })).data.object.sha, pull.head.sha);
  const { data: trial } = await octokit.rest.git.getCommit({ owner, repo, commit_sha: merged.data.object.sha });
  t.deepEqual(
    trial.parents.map(each => each.sha),
    [before, pull.head.sha],
  );
  const { data: files } = await octokit.rest.pulls.listFiles({ owner, repo, pull_number: number });
  t.like(files[0], {
    filename: 'environments/image.yaml',
    status: 'modified',
    patch: '@@ -1 +1 @@\n-image: 1\n+image: 2',
  });
  const { data: commits } = await octokit.rest.pulls.listCommits({ owner, repo, pull_number: number });
  t.deepEqual(
    commits.map(({ commit }) => commit.message),
    ['Change'],
  );
  t.is((await octokit.rest.pulls.list({ owner, repo, head: `${owner}:${head}` })).data.length, 1);

  const { data: merge } = await octokit.rest.pulls.merge({ owner, repo, pull_number: number });
  t.true(merge.merged);
  t.is(await scratch.main(), merge.sha);
  t.deepEqual(pushes, [{ ref: 'refs/heads/main', before, after: merge.sha }]);
  const { data: commit } = await octokit.rest.git.getCommit({ owner, repo, commit_sha: merge.sha });
  t.is(commit.parents.length, 2);
  t.is(commit.message, `Merge pull request #${number} from acme/${head}\n\nRaise`);
  t.like((await octokit.rest.pulls.get({ owner, repo, pull_number: number })).data, { state: 'closed', merged: true });
  await t.throwsAsync(octokit.rest.pulls.merge({ owner, repo, pull_number: number }), {
    message: /Pull Request is not mergeable/,
  });
});

test.serial('a pull request that conflicts is not merged', async t => {
  const one = await change('image: 3\n');
  const other = await change('image: 4\n');
  const first = await octokit.rest.pulls.create({ owner, repo, title: 'One', head: one, base: 'main' });
  const second = await octokit.rest.pulls.create({ owner, repo, title: 'Other', head: other, base: 'main' });
  await octokit.rest.pulls.merge({ owner, repo, pull_number: first.data.number, merge_method: 'squash' });
  const main = await scratch.main();
  t.like((await octokit.rest.pulls.get({ owner, repo, pull_number: second.data.number })).data, {
    mergeable: false,
    merge_commit_sha: null,
  });
  await t.throwsAsync(octokit.rest.pulls.merge({ owner, repo, pull_number: second.data.number }), {
    message: /not mergeable/,
  });
  t.is(await scratch.main(), main);
});

test.serial('a merge that expects another head is refused', async t => {
  const head = await change('image: 5\n');
  const { data } = await octokit.rest.pulls.create({ owner, repo, title: 'Raise', head, base: 'main' });
  const sha = await scratch.main();
  const failure = await t.throwsAsync(octokit.rest.pulls.merge({ owner, repo, pull_number: data.number, sha }));
  t.is((failure as { status?: number }).status, 409);
  await octokit.rest.pulls.update({ owner, repo, pull_number: data.number, state: 'closed' });
});

test.serial('what GitHub refuses is refused with 422 and the field', async t => {
  const head = await change('image: 6\n');
  const create = (changes: object) =>
    octokit.rest.pulls.create({ owner, repo, title: 'Raise', head, base: 'main', ...changes });
  await t.throwsAsync(create({ head: 'absent' }), { message: /"field":"head","code":"invalid"/ });
  await t.throwsAsync(create({ head: 'main' }), { message: /No commits between main and main/ });
  await t.throwsAsync(create({ title: '' }), { message: /"field":"title","code":"missing_field"/ });
  const { data } = await create({});
  await t.throwsAsync(create({}), { message: /A pull request already exists for acme:/ });
  const comment = (body: string) => octokit.rest.issues.createComment({ owner, repo, issue_number: data.number, body });
  await t.throwsAsync(comment('x'.repeat(65_537)), { message: /too long \(maximum is 65536 characters\)/ });
  t.is((await comment('x'.repeat(65_536))).status, 201);
  await octokit.rest.pulls.update({ owner, repo, pull_number: data.number, state: 'closed' });
});

test.serial('comments are created, found over pages, changed and deleted', async t => {
  const { data: issue } = await octokit.rest.issues.create({ owner, repo, title: 'Drift', labels: ['drift'] });
  const place = { owner, repo, issue_number: issue.number };
  for (let index = 0; index < 33; index++) await octokit.rest.issues.createComment({ ...place, body: `${index}` });
  const all = await octokit.paginate(octokit.rest.issues.listComments, { ...place, per_page: 10 });
  t.deepEqual(
    all.map(({ body }) => body),
    Array.from({ length: 33 }, (_, index) => `${index}`),
  );
  t.is(all[0]?.user?.login, 'github-actions[bot]');
  const id = Number(all[32]?.id);
  await octokit.rest.issues.updateComment({ owner, repo, comment_id: id, body: 'changed' });
  t.is(github.comments(issue.number)[32]?.body, 'changed');
  t.is((await octokit.rest.issues.deleteComment({ owner, repo, comment_id: id })).status, 204);
  t.is((await octokit.rest.issues.get(place)).data.comments, 32);
});

test.serial('issues are found by label and state, and closed', async t => {
  const { data: issue } = await octokit.rest.issues.create({
    owner,
    repo,
    title: 'Found by its label',
    labels: ['own'],
  });
  const find = async (state: 'open' | 'closed') =>
    (await octokit.rest.issues.listForRepo({ owner, repo, labels: 'own', state })).data.map(({ number }) => number);
  t.deepEqual(await find('open'), [issue.number]);
  await octokit.rest.issues.update({ owner, repo, issue_number: issue.number, state: 'closed' });
  t.deepEqual(await find('open'), []);
  t.deepEqual(await find('closed'), [issue.number]);
  t.is((await octokit.rest.issues.get({ owner, repo, issue_number: issue.number })).data.state_reason, 'completed');
});

test.serial('deployments carry their statuses, and a success makes the earlier one inactive', async t => {
  const create = async () => {
    const answer = await octokit.rest.repos.createDeployment({
      owner,
      repo,
      ref: await scratch.main(),
      environment: 'testnet',
      required_contexts: [],
      auto_merge: false,
    });
    if (answer.status !== 201) throw new Error('not created');
    return Number(answer.data.id);
  };
  const say = (id: number, state: 'in_progress' | 'success', description = '') =>
    octokit.rest.repos.createDeploymentStatus({ owner, repo, deployment_id: id, state, description });
  const earlier = await create();
  await say(earlier, 'in_progress');
  await say(earlier, 'success');
  const later = await create();
  t.is(github.statuses(earlier).at(-1)?.state, 'success');
  await say(later, 'success', 'all nodes run it');
  t.deepEqual(
    github.statuses(earlier).map(({ state }) => state),
    ['in_progress', 'success', 'inactive'],
  );
  const place = { owner, repo, deployment_id: later };
  const { data } = await octokit.rest.repos.listDeploymentStatuses(place);
  t.like(data[0], { state: 'success', description: 'all nodes run it', environment: 'testnet' });
  t.deepEqual(
    (await octokit.rest.repos.listDeployments({ owner, repo, environment: 'testnet' })).data.map(({ id }) => id),
    [later, earlier],
  );
  await t.throwsAsync(say(later, 'success', 'x'.repeat(141)), { message: /too long \(maximum is 140 characters\)/ });
  await t.throwsAsync(octokit.rest.repos.createDeployment({ owner, repo, ref: 'absent' }), {
    message: /No ref found for: absent/,
  });
});

test.serial('references are created, read, moved forward and deleted in the repository', async t => {
  const sha = await scratch.main();
  await octokit.rest.git.createRef({ owner, repo, ref: 'refs/heads/kept/one', sha });
  t.is((await octokit.rest.git.getRef({ owner, repo, ref: 'heads/kept/one' })).data.object.sha, sha);
  const { data: matching } = await octokit.rest.git.listMatchingRefs({ owner, repo, ref: 'heads/kept' });
  t.deepEqual(
    matching.map(({ ref }) => ref),
    ['refs/heads/kept/one'],
  );
  const parent = (await octokit.rest.git.getCommit({ owner, repo, commit_sha: sha })).data.parents[0]?.sha ?? '';
  const move = (to: string, force: boolean) =>
    octokit.rest.git.updateRef({ owner, repo, ref: 'heads/kept/one', sha: to, force });
  await t.throwsAsync(move(parent, false), { message: /not a fast forward/ });
  t.is((await move(parent, true)).data.object.sha, parent);
  await t.throwsAsync(octokit.rest.git.createRef({ owner, repo, ref: 'refs/heads/kept/one', sha }), {
    message: /already exists/,
  });
  await octokit.rest.git.deleteRef({ owner, repo, ref: 'heads/kept/one' });
  await t.throwsAsync(octokit.rest.git.getRef({ owner, repo, ref: 'heads/kept/one' }), { message: /Not Found/ });
});

test.serial('nobody writes without a token, and reading needs none', async t => {
  const path = `${github.url}/repos/${repository}`;
  t.is((await fetch(`${path}/issues`, { method: 'POST', body: '{"title":"x"}' })).status, 401);
  const answer = await fetch(path);
  t.is(answer.status, 200);
  t.is(((await answer.json()) as { default_branch: string }).default_branch, 'main');
});

test.serial('a body that is no JSON is refused', async t => {
  const headers = { authorization: 'token x' };
  const answer = await fetch(`${github.url}/repos/${repository}/issues`, { method: 'POST', headers, body: '{' });
  t.is(answer.status, 400);
  t.like(await answer.json(), { message: 'Problems parsing JSON', status: '400' });
});

test.serial('an endpoint that the stand-in does not know is answered 404 and can be found in the requests', async t => {
  t.true(github.requests.every(request => request.isKnown));
  await t.throwsAsync(octokit.rest.repos.listReleases({ owner, repo }), { message: /Not Found/ });
  await t.throwsAsync(octokit.rest.repos.get({ owner, repo: 'another' }), { message: /Not Found/ });
  t.deepEqual(
    github.requests.filter(request => !request.isKnown).map(({ method, path, status }) => [method, path, status]),
    [
      ['GET', '/repos/acme/fleet/releases', 404],
      ['GET', '/repos/acme/another', 404],
    ],
  );
});

async function change(text: string): Promise<string> {
  branches += 1;
  const branch = `change-${branches}`;
  await scratch.pushBranch(branch, 'Change', tree => writeFile(join(tree, 'environments/image.yaml'), text));
  return branch;
}
