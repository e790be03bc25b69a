import test from 'ava';
import { openComments } from '#adapters/github/comments.ts';
import { startGitHubApi } from '../../fakes/github-api.ts';

const comment = { pull: 7, key: 'validate all', author: 'github-actions[bot]', parts: ['x'] };

test('a limit is told with the time to come again, and is no refusal', async t => {
  const github = await startGitHubApi(t);
  const keep = () => openComments({ apiUrl: github.url, token: 't', repository: 'owner/name' }).keep(comment);
  Object.assign(github, {
    status: 403,
    message: 'API rate limit exceeded',
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse('2026-12-01T12:30:00Z') / 1000) },
  });
  await t.throwsAsync(keep(), {
    code: 'limited',
    message: /did not list the comments of #7: it takes no more requests .* Run the job again at 2026-12-01T12:30:00Z/,
  } as object);
  Object.assign(github, {
    message: 'You have exceeded a secondary rate limit',
    headers: { 'retry-after': '60' },
  });
  await t.throwsAsync(keep(), { code: 'limited', message: /Run the job again in 60 s/ } as object);
  Object.assign(github, { status: 429, headers: {} });
  await t.throwsAsync(keep(), { code: 'limited', message: /Run the job again in a few minutes/ } as object);
});

test('a token that may not is a refusal, and an API that is away is neither', async t => {
  const github = await startGitHubApi(t);
  const keep = (apiUrl: string) => openComments({ apiUrl, token: 't', repository: 'owner/name' }).keep(comment);
  Object.assign(github, { status: 403, message: 'Resource not accessible by integration' });
  await t.throwsAsync(keep(github.url), { code: 'rejected', message: /Resource not accessible/ } as object);
  await t.throwsAsync(keep('http://127.0.0.1:1'), { code: 'unreachable' } as object);
});
