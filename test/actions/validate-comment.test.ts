import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { renderVerdictFile } from '#core/validation/verdict-file.ts';
import { head, sampleVerdict } from '../core/validation/sample.ts';
import { startGitHubApi } from '../fakes/github-api.ts';
import { runAction } from './run-action.ts';

const sound = renderVerdictFile(sampleVerdict(() => 'x'));

interface Options {
  /** What the other run has left; undefined: nothing. */
  text: string | undefined;
  link?: string;
  event?: object;
}

async function comment(t: ExecutionContext, { text, link, event }: Options) {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-verdict-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const github = await startGitHubApi(t);
  Object.assign(github, { status: 200, answer: [] });
  const verdict = join(folder, 'verdict.json');
  if (link !== undefined) symlinkSync(link, verdict);
  else if (text !== undefined) writeFileSync(verdict, text);
  const eventFile = join(folder, 'event.json');
  const validated = {
    head_sha: head,
    head_branch: 'change',
    html_url: 'https://github.com/owner/name/actions/runs/7',
    head_repository: { owner: { login: 'somebody' } },
    ...event,
  };
  writeFileSync(eventFile, JSON.stringify({ workflow_run: validated }));
  const run = await runAction(
    'validate-comment',
    { verdict, token: 't' },
    { GITHUB_EVENT_PATH: eventFile, GITHUB_REPOSITORY: 'owner/name', GITHUB_API_URL: github.url },
  );
  return { ...run, asked: github.asked };
}

test('the pull request is asked for by the head that GitHub tells, and none means no comment', async t => {
  const run = await comment(t, { text: sound });
  t.is(run.exitCode, 0, run.stdout);
  t.regex(run.stdout, /::notice::No open pull request has this commit at its head any more/);
  t.is(run.outputs['pull-request'], '');
  t.deepEqual(
    run.asked.map(({ path }) => path),
    ['/repos/owner/name/pulls?state=open&head=somebody%3Achange&per_page=100'],
  );
});

const refused = test.macro<[string, Options, RegExp]>({
  async exec(t, _title, options, message) {
    const run = await comment(t, options);
    t.is(run.exitCode, 1, run.stdout);
    t.regex(run.stdout, message);
    t.deepEqual(run.asked, [], 'GitHub is asked for nothing');
  },
  title: (_provided, title) => title ?? '',
});

test(refused, 'what is no JSON is refused', { text: '<b>' }, /::error::The verdict in .* is refused: it is no JSON/);
test(
  refused,
  'a field that nobody knows is refused',
  { text: sound.replace('{', '{"pull_request":1,') },
  /is refused: .*pull_request/,
);
test(
  refused,
  'a field of another kind is refused',
  { text: sound.replace('"level":"error"', '"level":"fine"') },
  /is refused: .*level is not as expected/,
);
test(
  refused,
  'a verdict on another commit than the run was started for is refused',
  { text: sound.replace(head, 'c'.repeat(40)) },
  /is about another commit; expected aaaaaaaaaaaa/,
);
test(refused, 'a link is not followed', { text: undefined, link: '/etc/passwd' }, /cannot be read \(ELOOP\)/);
test(refused, 'a device is not read', { text: undefined, link: '/dev/zero' }, /cannot be read \(ELOOP\)/);
test(
  refused,
  'an event that is no run on a pull request is refused',
  { text: sound, event: { head_sha: 'main' } },
  /The event is no workflow_run/,
);

test('a run that left no verdict is told, and is no failure', async t => {
  const run = await comment(t, { text: undefined });
  t.is(run.exitCode, 0);
  t.regex(run.stdout, /::notice::The run of validate has left no verdict.*actions\/runs\/7/);
});
