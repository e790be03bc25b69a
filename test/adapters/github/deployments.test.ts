import test from 'ava';
import { openDeployments } from '#adapters/github/deployments.ts';
import { startGitHubApi } from '../../fakes/github-api.ts';

test('a deployment is created without waiting for commit statuses, and told how it goes', async t => {
  const github = await startGitHubApi(t);
  const deployments = openDeployments({ apiUrl: github.url, token: 'token', repository: 'owner/name' });
  const id = await deployments.create({ commit: 'c'.repeat(40), environment: 'testnet', description: 'd' });
  t.is(id, 42);
  await deployments.setState(id, { state: 'failure', description: 'x'.repeat(200), logUrl: 'https://log' });
  const [created, stated] = github.asked;
  t.like(created, { method: 'POST', path: '/repos/owner/name/deployments' });
  t.like(created?.body, { ref: 'c'.repeat(40), environment: 'testnet', required_contexts: [], auto_merge: false });
  t.is(created?.authorization, 'token token');
  t.is(stated?.path, '/repos/owner/name/deployments/42/statuses');
  const body = stated?.body as { description: string; state: string; log_url: string };
  t.like(body, { state: 'failure', log_url: 'https://log' });
  t.is(body.description.length, 140);
});

test('a refusal and an absence are told apart', async t => {
  const github = await startGitHubApi(t);
  github.status = 403;
  const access = { apiUrl: github.url, token: 'token', repository: 'owner/name' };
  const create = (apiUrl: string) =>
    openDeployments({ ...access, apiUrl }).create({ commit: 'c', environment: 'e', description: 'd' });
  await t.throwsAsync(create(github.url), { name: 'GitHubError', code: 'rejected' } as object);
  await t.throwsAsync(create('http://127.0.0.1:1'), { name: 'GitHubError', code: 'unreachable' } as object);
});
