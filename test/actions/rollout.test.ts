import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startGitHubApi } from '../fakes/github-api.ts';
import { startKubernetesApi } from '../fakes/kubernetes-api.ts';
import { repository, runAction } from './run-action.ts';

for (const action of ['canary', 'promote']) {
  test(`${action}: everything that is wrong with its inputs is said at once, and nothing is done`, async t => {
    const inputs = { environment: '../etc', kubeconfig: '/nowhere', 'dry-run': 'maybe', deployment: 'x' };
    const run = await runAction(action, inputs);
    t.is(run.exitCode, 1);
    const error = run.stdout.split('\n').find(line => line.startsWith('::error::')) ?? '';
    for (const problem of [
      'input environment is',
      '/nowhere does not exist',
      'dry-run is "maybe"',
      'deployment is "x"',
    ]) {
      t.true(error.includes(problem), `${problem} is missing in ${error}`);
    }
    t.regex(run.summary, new RegExp(`## ❌ ${action}`));
  });
}

test('an environment that does not exist is named, with what is expected', async t => {
  const { kubeconfig } = await startKubernetesApi(t);
  const run = await runAction('canary', { environment: 'nowhere', kubeconfig, 'working-directory': repository });
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /::error::There is no .*environments\/nowhere\/environment\.yaml; expected/);
});

test('problems of an environment are reported with file, line and column', async t => {
  const { kubeconfig } = await startKubernetesApi(t);
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-checkout-'));
  mkdirSync(join(folder, 'environments/testnet'), { recursive: true });
  writeFileSync(join(folder, 'environments/testnet/environment.yaml'), 'chian: {}\n');
  const run = await runAction('canary', { environment: 'testnet', kubeconfig, 'working-directory': folder });
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /environments\/testnet\/environment\.yaml:1:1: .*Did you mean/);
});

test('a kubeconfig without the context of a cluster ends it before GitHub hears of a deployment', async t => {
  const { kubeconfig } = await startKubernetesApi(t);
  const github = await startGitHubApi(t);
  const run = await runAction(
    'canary',
    { environment: 'rehearsal', kubeconfig, 'working-directory': repository, token: 'secret' },
    { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'owner/name' },
  );
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /has the contexts fake; expected aws\. Add the context/);
  t.deepEqual(github.asked, []);
});

test('an error while looking at the fleet is told to the deployment, and GitHub being away is only a warning', async t => {
  const { kubeconfig } = await kubeconfigOfAll(t);
  const github = await startGitHubApi(t);
  const inputs = {
    environment: 'rehearsal',
    kubeconfig,
    'working-directory': repository,
    token: 'secret',
    helm: '/nowhere/helm',
  };
  const facts = { GITHUB_REPOSITORY: 'owner/name', GITHUB_SHA: 'c'.repeat(40) };
  const told = await runAction('canary', inputs, { ...facts, GITHUB_API_URL: github.url });
  t.is(told.exitCode, 1);
  t.deepEqual(
    github.asked.slice(1).map(each => (each.body as { state: string }).state),
    ['in_progress', 'error'],
  );
  const untold = await runAction('canary', inputs, { ...facts, GITHUB_API_URL: 'http://127.0.0.1:1' });
  t.is(untold.exitCode, 1);
  t.regex(untold.stdout, /::warning::GitHub did not create a deployment/);
  t.regex(untold.stdout, /::error::\/nowhere\/helm cannot be started/);
});

/** Every cluster of the rehearsal at one API that knows nothing. */
async function kubeconfigOfAll(t: Parameters<typeof startKubernetesApi>[0]) {
  const api = await startKubernetesApi(t);
  const text = readFileSync(api.kubeconfig, 'utf8');
  const config = JSON.parse(text) as { contexts: object[] };
  config.contexts = ['aws', 'gcp', 'witness'].map(name => ({ name, context: { cluster: 'fake', user: 'fake' } }));
  writeFileSync(api.kubeconfig, JSON.stringify(config));
  return api;
}

test('etcd-stability: no member can be reached, so etcd is not stable', async t => {
  const { kubeconfig } = await kubeconfigOfAll(t);
  const inputs = { environment: 'rehearsal', kubeconfig, 'working-directory': repository, 'window-seconds': '1' };
  const run = await runAction('etcd-stability', inputs);
  t.is(run.exitCode, 1);
  t.is(run.outputs.stable, 'false');
  t.regex(run.stdout, /::error title=etcd of rehearsal::no member answered/);
  t.regex(run.summary, /⛔ etcd of rehearsal is not stable/);
});

test('etcd-stability: a window that is no number is refused', async t => {
  const run = await runAction('etcd-stability', {
    environment: 'rehearsal',
    'window-seconds': '5s',
    'working-directory': repository,
  });
  t.is(run.exitCode, 1);
  t.regex(run.stdout, /window-seconds is "5s"; expected a whole number from 1 to 600/);
});
