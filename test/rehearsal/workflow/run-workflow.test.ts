import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { preparePackages } from '#rehearsal/workflow/packages.ts';
import { renderPushEvent } from '#rehearsal/workflow/push-event.ts';
import { outputsOf, renderLine, type WorkflowLine } from '#rehearsal/workflow/run-record.ts';
import { runWorkflow, type WorkflowOptions } from '#rehearsal/workflow/run-workflow.ts';
import { ensureTools } from '#tools/install.ts';

const repositoryRoot = join(import.meta.dirname, '../../..');
let act = '';
let folder = '';
let checkout = '';
let before = '';
let after = '';

test.before('a repository with two commits', async () => {
  act = (await ensureTools(['act'], { report: () => {} })).path('act');
  // In memory, packages are unpacked three times as fast.
  folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'workflow-'));
  checkout = join(folder, 'checkout');
  await cp(join(import.meta.dirname, 'repository'), checkout, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) await cp(join(repositoryRoot, name), join(checkout, name));
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://github.com/acme/fleet.git');
  before = commit('first');
  await writeFile(join(checkout, 'environment.yaml'), 'image: 2\n');
  after = commit('second');
});

test.after.always('the scratch folder goes', () => rm(folder, { recursive: true, force: true }));

test.serial('jobs with outputs, a matrix, TypeScript actions and a failing step run as on GitHub', async t => {
  process.env.LEAKED = 'from the host';
  const lines: WorkflowLine[] = [];
  const result = await runWorkflow(options('rollout.yml', { onLine: line => lines.push(line) }));

  t.is(result.outcome, 'failure');
  t.is(result.exitCode, 1);
  const outcomes = result.steps.map(step => [...step.matrix, step.name, step.outcome].join(' '));
  t.true(outcomes.includes('Find success'));
  t.true(outcomes.includes('testnet Never reached for one success'));
  t.true(outcomes.includes('mainnet Fail for one failure'));
  t.false(outcomes.includes('mainnet Never reached for one success'));
  t.deepEqual(result.jobs.map(({ job, matrix, outcome }) => [job, ...matrix, outcome].join(' ')).sort(), [
    'find success',
    'greet mainnet failure',
    'greet testnet success',
  ]);
  t.is(result.summaries[0], '# Found\n\n| file |\n|---|\n| environment.yaml |\n');
  t.deepEqual(result.summaries.slice(1).sort(), ['# Greeted mainnet\n', '# Greeted testnet\n']);
  t.deepEqual(outputsOf(result, 'environments'), ['["testnet","mainnet"]']);
  const error = result.annotations.find(({ level }) => level === 'error');
  t.is(error?.message, 'two\nlines');
  t.deepEqual(error?.properties, { file: 'environment.yaml', line: '3', title: 'Refused' });

  const texts = lines.map(renderLine);
  t.true(texts.includes(`find · Find: at ${after}`), 'the workspace has the history and stands at the commit');
  const greeting = lines.find(line => line.kind === 'output' && line.text.startsWith('{'));
  t.deepEqual(JSON.parse(greeting?.text ?? '{}'), {
    api: 'http://127.0.0.1:1',
    repository: 'acme/fleet',
    kubeconfig: '/run/kubeconfig',
    hasToken: true,
    node: '24',
  });
  t.true(texts.some(text => text.startsWith('greet (testnet) · Greet: success after ')));
  t.deepEqual(await readdir(join(folder, 'home')), [], 'no workspace is left');
});

test.serial('a run that takes too long is ended with everything it started', async t => {
  let running = 0;
  const onLine = (line: WorkflowLine) => {
    if (line.text === 'hanging') running = processesIn(folder).length;
  };
  // A busy machine may not get as far as the step in the first limit.
  for (const timeoutMs of [3000, 15_000, 60_000]) {
    const result = await runWorkflow(options('hang.yml', { timeoutMs, onLine }));
    t.is(result.outcome, 'timed-out');
    t.is(result.exitCode, null);
    t.deepEqual(processesIn(folder), []);
    if (running > 0) break;
  }
  t.true(running > 2, 'the runner, the step and what it left in the background were running');
});

test.serial('a run is cancelled by its signal', async t => {
  const controller = new AbortController();
  const result = await runWorkflow(
    options('hang.yml', {
      signal: controller.signal,
      onLine: line => line.text === 'hanging' && controller.abort(),
    }),
  );
  t.is(result.outcome, 'cancelled');
  t.deepEqual(processesIn(folder), []);
});

test.serial('a run whose signal has come before it starts leaves nothing behind either', async t => {
  const result = await runWorkflow(options('hang.yml', { signal: AbortSignal.abort() }));
  t.is(result.outcome, 'cancelled');
  t.false(result.log.some(line => line.text === 'hanging'));
  t.deepEqual(processesIn(folder), []);
});

test.serial('what a step leaves in the background ends with the run', async t => {
  let running = 0;
  const onLine = (line: WorkflowLine) => {
    const [, workspace] = /^left in (.+)$/.exec(line.text) ?? [];
    if (workspace === undefined) return;
    running = processesIn(join(folder, 'home')).length;
    writeFileSync(join(workspace, 'looked'), '');
  };
  const result = await runWorkflow(options('background.yml', { onLine }));
  t.is(result.outcome, 'success', result.log.map(renderLine).join('\n'));
  t.true(running > 0, 'it was running during the next step');
  t.deepEqual(processesIn(folder), []);
});

test.serial('an action that would have to be fetched is named before anything runs', async t => {
  await t.throwsAsync(runWorkflow(options('unknown.yml', {})), {
    code: 'action-unknown',
    message: /somebody\/something@0123/,
  });
});

test.serial('a workflow that act cannot read is an error with its words', async t => {
  await t.throwsAsync(runWorkflow(options('broken.yml', {})), {
    code: 'runner-failed',
    message: /dependency graph for Broken/,
  });
  await t.throwsAsync(runWorkflow(options('absent.yml', {})), { code: 'workflow-missing' });
});

test.serial('npm installs inside a workflow from the cache alone', async t => {
  const { environment } = await preparePackages({
    repositoryFolder: repositoryRoot,
    timeoutMs: 120_000,
  });
  t.is(environment.npm_config_offline, 'true');
  const result = await runWorkflow(options('install.yml', { environment }));
  t.is(result.outcome, 'success', result.log.map(renderLine).join('\n'));
  const counted = result.log.find(line => line.step === 'Count' && line.kind === 'output');
  t.true(Number(counted?.text) > 20);
});

function options(workflow: string, changes: Partial<WorkflowOptions>): WorkflowOptions {
  return {
    checkout,
    workflow,
    act,
    event: { name: 'push', payload: renderPushEvent({ repository: 'acme/fleet', branch: 'main', before, after }) },
    homeFolder: join(folder, 'home'),
    pathFolders: [join(repositoryRoot, 'node_modules/.bin')],
    timeoutMs: 60_000,
    onLine: () => {},
    ...changes,
    environment: {
      GITHUB_API_URL: 'http://127.0.0.1:1',
      KUBECONFIG: '/run/kubeconfig',
      ...changes.environment,
    },
  };
}

function git(...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
    cwd: checkout,
    encoding: 'utf8',
  }).trim();
}

function commit(message: string): string {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
}

/** Processes at work in the folder; unlike names and environments, that can be read of one in the middle of a fork, too. */
function processesIn(parent: string): string[] {
  return readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return `${readlinkSync(`/proc/${name}/cwd`)}/`.startsWith(`${parent}/`);
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
}
