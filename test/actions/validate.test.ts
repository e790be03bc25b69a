import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseVerdictFile } from '#core/validation/verdict-file.ts';
import type { GitRepository } from '../adapters/git/repository.ts';
import { helmBinary } from '../charts/render.ts';
import { startGitHubApi } from '../fakes/github-api.ts';
import { createFleetRepository, type FleetRepository, file } from '../operations/fleet-repository.ts';
import { type ActionRun, runAction, repository as source } from './run-action.ts';

/** On a branch that a pull request is made of. */
function clone(t: ExecutionContext): FleetRepository {
  const repository = createFleetRepository(t);
  repository.git('switch', '--quiet', '--create', 'change');
  return repository;
}

interface PullOptions {
  headRepository?: string;
  inputs?: Record<string, string>;
  environment?: Record<string, string>;
}

async function onPull(t: ExecutionContext, repository: GitRepository, options: PullOptions = {}) {
  const head = repository.commit();
  const temporary = mkdtempSync(join(tmpdir(), 'active-eos-runner-'));
  t.teardown(() => rmSync(temporary, { recursive: true, force: true }));
  const eventFile = join(temporary, 'event.json');
  const base = { sha: repository.git('rev-parse', 'main') };
  const repo = { full_name: options.headRepository ?? 'owner/name' };
  writeFileSync(eventFile, JSON.stringify({ pull_request: { number: 7, base, head: { sha: head, repo } } }));
  const run = await runAction(
    'validate',
    { 'working-directory': repository.folder, comment: 'true', helm: '/nowhere/helm', token: 't', ...options.inputs },
    {
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_API_URL: 'http://127.0.0.1:1',
      RUNNER_TEMP: temporary,
      ...options.environment,
    },
  );
  return { ...run, head, verdictFile: join(temporary, 'verdict.json') };
}

function annotationsOf({ stdout }: ActionRun, level: string): string[] {
  return stdout.split('\n').filter(line => line.startsWith(`::${level} `));
}

test('a sound change passes, with outputs, a summary and a verdict that can be read again', async t => {
  const repository = clone(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  const run = await onPull(t, repository, { inputs: { helm: await helmBinary() }, headRepository: 'somebody/name' });
  t.is(run.exitCode, 0, run.stdout);
  t.like(run.outputs, {
    outcome: 'clean',
    errors: '0',
    environments: '["testnet"]',
    verdict: run.verdictFile,
    comment: '',
  });
  t.regex(run.summary, /^## ✅ No problems[^\n]*testnet is rolled out in/);
  t.regex(run.summary, /\+ {3}rehearsal\/nodeos:2/);
  t.regex(run.summary, new RegExp(`https://github\\.com/owner/name/commit/${run.head}`));
  t.regex(run.stdout, /the branch is in a fork, whose token may not comment/);
  const { verdict } = parseVerdictFile(readFileSync(run.verdictFile, 'utf8'));
  t.is(verdict?.head, run.head);
  t.is(verdict?.environments[0]?.diffs?.filter(each => each.change === 'changed').length, 4);
});

test('problems are annotated at their lines and fail the check; GitHub being away is only a warning', async t => {
  const repository = clone(t);
  repository.edit(file, 'soak: 5s', 'soak: soon');
  const run = await onPull(t, repository);
  t.is(run.exitCode, 1);
  t.is(run.outputs.outcome, 'problems');
  const line =
    repository
      .read(file)
      .split('\n')
      .findIndex(each => each.includes('soak: soon')) + 1;
  const [annotation = ''] = annotationsOf(run, 'error');
  t.regex(annotation, new RegExp(`file=${file},line=${line},col=9`));
  t.regex(annotation, /title=schema/);
  t.regex(run.stdout, /::warning::GitHub did not show pull request #7.*The job summary has the verdict/);
  t.regex(run.summary, /^## ⛔ \d problems? in testnet/);
});

test('of more problems than GitHub shows, the others are printed, and the summary has all', async t => {
  const repository = clone(t);
  repository.edit(
    file,
    'chain:',
    `${Array.from({ length: 14 }, (_, index) => `unknown${index}: 1`).join('\n')}\nchain:`,
  );
  const run = await onPull(t, repository);
  const shown = annotationsOf(run, 'error').length;
  t.is(shown, 10);
  const [, more = ''] = /(\d+) more of level error, which GitHub would not show/.exec(run.stdout) ?? [];
  t.is(Number(run.outputs.errors), shown + Number(more));
  for (let index = 0; index < 14; index++) t.true(run.summary.includes(`unknown${index} is not known`), `${index}`);
});

test('text of others gives the runner no order', async t => {
  const repository = clone(t);
  const name = (index: number) => `a${index}\n::stop-commands::x\n::error::forged\n##[error]forged.txt`;
  // More than are annotated, so that some are printed.
  for (let index = 0; index < 12; index++) repository.write({ [`environments/testnet/values/${name(index)}`]: 'x' });
  symlinkSync('x\n::error::forged', join(repository.folder, 'environments/testnet/link'));
  const run = await onPull(t, repository);
  // The runner takes a line for one order: of `::…` at its beginning, and only without that for the old form anywhere in it.
  const orders = run.stdout.split('\n').filter(line => line.startsWith('::') || line.includes('##['));
  const ours =
    /^::error title=(?:plain-file|values-file),file=|^::error::⛔ 13 problems|^::warning::GitHub did not|^::(?:stop-commands::)?[0-9a-f-]{36}(?:::)?$/;
  t.deepEqual(
    orders.filter(line => !ours.test(line)),
    [],
  );
  t.is(orders.length, 10 + 2 + 2);
  t.true(run.stdout.includes('## [error]forged.txt'));
});

test('a comment that may not be made is a warning with the permission that is missing', async t => {
  const repository = clone(t);
  const github = await startGitHubApi(t);
  github.status = 403;
  const run = await onPull(t, repository, { environment: { GITHUB_API_URL: github.url } });
  t.is(run.exitCode, 0, run.stdout);
  t.regex(run.stdout, /::warning::GitHub did not show pull request #7.*pull-requests: write/);
});

test('a verdict on a commit that is not the head any more is not commented', async t => {
  const repository = clone(t);
  const github = await startGitHubApi(t);
  Object.assign(github, { status: 200, answer: { head: { sha: 'f'.repeat(40) } } });
  const run = await onPull(t, repository, { environment: { GITHUB_API_URL: github.url } });
  t.regex(run.stdout, /#7 is at ffffffffffff by now/);
  t.deepEqual(
    github.asked.map(({ method }) => method),
    ['GET'],
  );
});

test('everything that is wrong with its inputs is said at once', async t => {
  const run = await runAction('validate', { 'working-directory': tmpdir(), comment: 'maybe', kubeconfig: '/nowhere' });
  t.is(run.exitCode, 1);
  for (const problem of ['has no folder environments', 'comment is "maybe"', '/nowhere does not exist']) {
    t.true(run.stdout.includes(problem), problem);
  }
});

test('a clone that is cut off says which depth is needed', async t => {
  const repository = clone(t);
  repository.edit(file, 'rehearsal/nodeos:1', 'rehearsal/nodeos:2');
  repository.commit();
  const shallow = mkdtempSync(join(tmpdir(), 'active-eos-shallow-'));
  t.teardown(() => rmSync(shallow, { recursive: true, force: true }));
  repository.git('clone', '--quiet', '--depth=1', '--branch=change', `file://${repository.folder}`, shallow);
  const run = await runAction('validate', {
    'working-directory': shallow,
    head: repository.git('rev-parse', 'change'),
    base: repository.git('rev-parse', 'main'),
  });
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /no commit .* in this clone\. The clone is shallow: check out with fetch-depth: 0/);
});

test('the first line comes before anything is loaded', async t => {
  const child = spawn(process.execPath, [join(source, 'actions/validate/main.ts')], {
    cwd: mkdtempSync(join(tmpdir(), 'active-eos-start-')),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  t.teardown(() => child.kill());
  const [first] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  t.is(first, 'validate: reading the change\n');
  await once(child, 'close');
  t.true(existsSync(join(source, 'actions/validate/run.ts')));
});
