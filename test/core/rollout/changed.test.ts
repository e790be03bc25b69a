import test from 'ava';
import { changedEnvironments } from '#core/rollout/changed.ts';

const existing = ['example', 'mainnet', 'testnet'];

test('a file of an environment concerns that environment alone', t => {
  const { environments } = changedEnvironments(['environments/testnet/environment.yaml', 'README.md'], existing, []);
  t.deepEqual(environments, ['testnet']);
});

test('a name that begins like another is another', t => {
  t.deepEqual(changedEnvironments(['environments/testnet2/x'], existing, []).environments, []);
});

test('a chart concerns every environment that is rolled out', t => {
  const { environments, notes } = changedEnvironments(['charts/etcd/values.yaml'], existing, ['mainnet', 'testnet']);
  t.deepEqual(environments, ['mainnet', 'testnet']);
  t.deepEqual(notes, []);
});

test('a chart concerns none when it is not said which are rolled out, and that is noted', t => {
  const { environments, notes } = changedEnvironments(
    ['charts/etcd/values.yaml', 'environments/testnet/x'],
    existing,
    [],
  );
  t.deepEqual(environments, ['testnet']);
  t.regex(notes.join(), /a chart changed.*ENVIRONMENTS/);
});

test('when the changed files are not known, everything that is rolled out is concerned', t => {
  t.deepEqual(changedEnvironments(undefined, existing, ['testnet']).environments, ['testnet']);
});

test('an environment that is not rolled out is left alone even when its files change', t => {
  t.deepEqual(changedEnvironments(['environments/example/x'], existing, ['testnet']).environments, []);
});

test('a rolled out environment that does not exist is noted', t => {
  t.regex(changedEnvironments([], existing, ['tesnet']).notes.join(), /no environment tesnet/);
});
