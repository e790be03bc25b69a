// validate.yml and validate-comment.yml as they are, run by act against the stand-in for GitHub.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type GitHub, startGitHub } from '#rehearsal/github/github.ts';
import { openPullRequest, readPullRequest } from '#rehearsal/github/operator.ts';
import { createScratchRepository, type ScratchRepository } from '#rehearsal/github/scratch-repository.ts';
import { preparePackages } from '#rehearsal/workflow/packages.ts';
import { renderPullRequestEvent, renderWorkflowRunEvent } from '#rehearsal/workflow/push-event.ts';
import { renderLine } from '#rehearsal/workflow/run-record.ts';
import { runWorkflow, type WorkflowResult } from '#rehearsal/workflow/run-workflow.ts';
import { ensureTools } from '#tools/install.ts';

const root = join(import.meta.dirname, '../../..');
const repository = 'acme/fleet';
const file = 'environments/rehearsal/environment.yaml';
const paths = ['.github', 'actions', 'adapters', 'charts', 'core', 'environments', 'operations'];
let folder = '';
let scratch: ScratchRepository;
let github: GitHub;
let tools: Awaited<ReturnType<typeof ensureTools>>;
let packages: Record<string, string> = {};

test.before('a repository with our workflows, and the stand-in', async () => {
  tools = await ensureTools(['act', 'helm'], { report: () => {} });
  packages = (await preparePackages({ repositoryFolder: root, timeoutMs: 120_000 })).environment;
  folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'validate-'));
  scratch = await createScratchRepository({
    sourceFolder: root,
    paths: [...paths, 'package.json', 'package-lock.json'],
    folder: join(folder, 'scratch'),
    repository,
  });
  github = await startGitHub({ repositoryFolder: scratch.folder, repository });
});

test.after.always('all is closed', async () => {
  await github?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A branch with an edited environment; of a fork with an owner of its own. */
async function openPull(branch: string, edit: (text: string) => string, owner?: string): Promise<number> {
  await scratch.pushBranch(branch, 'Change', async tree => {
    await writeFile(join(tree, file), edit(await readFile(join(tree, file), 'utf8')));
  });
  const head = owner === undefined ? branch : `${owner}:${branch}`;
  return openPullRequest(github, repository, { title: 'Change', body: '', branch: head });
}

/** One more commit on the branch. */
async function push(branch: string, edit: (text: string) => string, path = file): Promise<void> {
  const tree = await mkdtemp(join(folder, 'push-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: tree, stdio: 'pipe' });
  git('clone', '--quiet', '--branch', branch, scratch.folder, '.');
  await writeFile(join(tree, path), edit(await readFile(join(tree, path), 'utf8')));
  git('commit', '--quiet', '--all', '--message', 'more');
  git('push', '--quiet', 'origin', branch);
}

async function run(workflow: string, checkout: string, event: { name: string; payload: Record<string, unknown> }) {
  return runWorkflow({
    checkout,
    workflow,
    event,
    act: tools.path('act'),
    homeFolder: join(folder, 'home'),
    pathFolders: [dirname(process.execPath), tools.folder('helm')],
    environment: { ...packages, GITHUB_API_URL: github.url, ARTIFACTS_FOLDER: join(folder, 'artifacts') },
    timeoutMs: 120_000,
    onLine: () => {},
  });
}

async function validate(
  t: ExecutionContext,
  number: number,
  outcome: WorkflowResult['outcome'],
): Promise<WorkflowResult> {
  const pull = await readPullRequest(github, repository, number);
  const checkout = await scratch.checkout(pull.merge_commit_sha ?? pull.head.sha);
  const payload = renderPullRequestEvent(repository, pull);
  const result = await run('validate.yml', checkout, { name: 'pull_request', payload });
  t.is(result.outcome, outcome, result.log.map(renderLine).slice(-40).join('\n'));
  return result;
}

const bodies = (number: number) => github.comments(number).map(({ body }) => body ?? '');

test.serial('a pull request is answered by a comment, and a second push updates it in place', async t => {
  const number = await openPull('raise', text => text.replace('rehearsal/nodeos:1', 'rehearsal/nodeos:2'));
  const result = await validate(t, number, 'success');
  t.is(bodies(number).length, 1);
  const [comment = ''] = bodies(number);
  t.regex(
    comment,
    /^<!-- active-eos \w+ -->\n## ✅ No problems[^\n]*rehearsal is rolled out in [^\n]*expected to miss no block/,
  );
  for (const part of ['upgrade aws-b', 'hand over aws-a → gcp-a', '-   rehearsal/nodeos:1', '+   rehearsal/nodeos:2']) {
    t.true(comment.includes(part), part);
  }
  t.true(result.summaries.some(summary => summary.startsWith('## ✅ No problems')));
  const [first] = github.comments(number);

  await push('raise', text => text.replace('id: 6d0f', 'id: XXXX'));
  const failed = await validate(t, number, 'failure');
  t.is(github.comments(number).length, 1);
  t.is(github.comments(number)[0]?.id, first?.id);
  t.regex(bodies(number)[0] ?? '', /^<!-- active-eos \w+ -->\n## ⛔ \d problems? in rehearsal: not ready to be merged/);
  const error = failed.annotations.find(({ properties }) => properties.file === file);
  t.like(error?.properties, { line: '4', col: '7', title: 'schema' });
  t.true(github.requests.every(({ isKnown }) => isKnown));
});

test.serial(
  'a pull request that patches a rule is judged by the rule of its base, and is told that it does',
  async t => {
    const rule = 'core/validation/catalog.ts';
    const poison = `throw new Error('the code of the pull request ran');\n`;
    await scratch.pushBranch('patched', 'Change', async tree => {
      await writeFile(join(tree, rule), poison);
      await writeFile(join(tree, file), (await readFile(join(tree, file), 'utf8')).replace('id: 6d0f', 'id: XXXX'));
    });
    const number = await openPullRequest(github, repository, { title: 'Change', body: '', branch: 'patched' });
    const result = await validate(t, number, 'failure');
    t.false(result.log.some(({ text }) => text.includes('the code of the pull request ran')));
    t.regex(
      bodies(number)[0] ?? '',
      /## ⛔ \d problems? in rehearsal[^\n]*\n+<b>This changes the checks themselves: <\/b>core\/validation\/catalog\.ts\. /,
    );
  },
);

test.serial(
  "a fork's pull request is commented by the second workflow alone, from the default branch's code",
  async t => {
    const number = await openPull('from-fork', text => text.replace('soak: 5s', 'soak: 7s'), 'somebody');
    await validate(t, number, 'success');
    t.deepEqual(bodies(number), []);
    const pull = await readPullRequest(github, repository, number);
    const event = {
      id: 7,
      headOwner: 'somebody',
      headBranch: 'from-fork',
      headSha: pull.head.sha,
      conclusion: 'success',
    };
    const comment = async () => {
      const checkout = await scratch.checkout(await scratch.main());
      const payload = renderWorkflowRunEvent(repository, event);
      const result = await run('validate-comment.yml', checkout, { name: 'workflow_run', payload });
      t.is(result.outcome, 'success', result.log.map(renderLine).slice(-40).join('\n'));
      return result;
    };
    await comment();
    t.is(bodies(number).length, 1);
    t.regex(
      bodies(number)[0] ?? '',
      /## ✅ No problems[\s\S]*<b>Caution: <\/b>this was computed by the code of the pull request itself/,
    );

    await push('from-fork', text => text.replace('soak: 7s', 'soak: 8s'));
    const late = await comment();
    t.is(bodies(number).length, 1, 'the commit is no head any more');
    t.true(late.annotations.some(({ message }) => message.includes('No open pull request has this commit')));
  },
);

test.serial('a comment that is too long for one is parted in order, and is one again when it is short', async t => {
  const script = 'charts/block-producer/templates/long.yaml';
  const text = JSON.stringify('@everyone </details> ``` '.repeat(160));
  const object = (index: number) =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${index}\ndata:\n  text: ${text}\n`;
  const chart = Array.from({ length: 30 }, (_, index) => object(index)).join('');
  await scratch.pushBranch('long', 'Change', tree => writeFile(join(tree, script), chart));
  const number = await openPullRequest(github, repository, { title: 'Change', body: '', branch: 'long' });
  await validate(t, number, 'success');
  const parts = bodies(number);
  t.true(parts.length > 2, `${parts.length} parts`);
  t.true(parts.every(part => part.length <= 65_536));
  t.deepEqual(
    parts.map(part => /part (\d+) of \d+/.exec(part)?.[1]),
    parts.map((_, index) => String(index + 1)),
  );
  const shown = new Set(parts.join('').match(/^@@ ConfigMap \{release\}-\d+ \(v1\) added @@/gm));
  t.is(shown.size, 30);
  await push('long', () => '', script);
  await validate(t, number, 'success');
  t.is(bodies(number).length, 1);
});
