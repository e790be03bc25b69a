import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import anyTest, { type TestFn } from 'ava';
import { slotAt } from '#core/slots.ts';
import type { FleetStatus } from '#operations/describe-status.ts';
import { startFellows } from './fellows.ts';
import { activeEos, startActiveEos } from './run-cli.ts';

type Fellows = Awaited<ReturnType<typeof startFellows>>;

const test = anyTest.serial as TestFn;
let fellows: Fellows;
const inPod = (...args: string[]) => [...args, '--monitor-config', fellows.configFile];
const run = (...args: string[]) => activeEos(...inPod(...args));

anyTest.before('three etcd members, three nodes', async () => {
  fellows = await startFellows();
});
anyTest.after.always('end them', () => fellows?.stop());

test('in a pod, status needs neither Kubernetes nor a checkout', async t => {
  const { exitCode, stdout } = await run('status');
  t.is(exitCode, 0);
  t.regex(stdout, /claim: aws-a signs, epoch 3/);
  t.regex(stdout, /aws-a +aws +a +holding +yes/);
  t.is(stdout.match(/healthy/g)?.length, 3);
});

test('status --json is the documented shape', async t => {
  const status = JSON.parse((await run('status', '--json')).stdout) as FleetStatus;
  t.like(status, {
    v: 1,
    producer: 'activeeosbp1',
    claim: { kind: 'held', holder: 'aws-a', epoch: 3 },
    maintenance: null,
  });
  t.deepEqual(
    status.nodes.map(each => each.node),
    ['aws-a', 'aws-b', 'gcp-a'],
  );
  t.true(Number.isInteger(status.members[0]?.roundTripMs));
});

test('a failover only reports, until it is told to go on', async t => {
  const report = await run('failover', '--to', 'aws-b');
  t.is(report.exitCode, 3);
  t.regex(report.stdout, /aws-b: could take over ← takes the claim[\s\S]*advice: [\s\S]*nothing was done: say --yes/);
  t.is((await run('failover', '--dry-run')).exitCode, 0);
  t.like(await fellows.claim(), { holder: 'aws-a', epoch: 3 });
  const done = await run('failover', '--to', 'aws-b', '--yes');
  t.is(done.exitCode, 0, done.stderr);
  t.regex(done.stdout, /aws-a → aws-b after .* epoch 4/);
});

test('a handover is served, and its request is gone afterwards', async t => {
  const { exitCode, stdout } = await run('handover', '--to', 'aws-a');
  t.is(exitCode, 0);
  t.regex(stdout, /aws-b → aws-a after .* epoch 5/);
  t.is(await fellows.member.get(fellows.keys.request), undefined);
});

test('history tells both, newest first', async t => {
  const { stdout } = await run('history');
  t.regex(stdout, /handover +aws-b → aws-a[\s\S]*failover +aws-a → aws-b/);
  t.regex(stdout, /^changes before epoch 4 are gone: etcd keeps the newest 500\./m);
  t.notRegex((await run('history', '--limit', '1')).stdout, /are gone/);
  const entries = JSON.parse((await run('history', '--limit', '1', '--json')).stdout) as object[];
  t.is(entries.length, 1);
  t.like(entries[0], { epoch: 5, how: 'handover', from: 'aws-b', to: 'aws-a' });
});

test('Ctrl-C withdraws a handover that nobody has served', async t => {
  fellows.state.isServing = false;
  const { child, ended } = startActiveEos(...inPod('handover'));
  await fellows.appeared(fellows.keys.request);
  child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await ended;
  fellows.state.isServing = true;
  t.is(exitCode, 130);
  t.regex(stderr, /withdrawing the request/);
  t.regex(stdout, /the request was withdrawn before it was served/);
  t.is(await fellows.member.get(fellows.keys.request), undefined);
});

test('the holder is drained, leaves, and comes back by undrain', async t => {
  const drained = await run('drain', 'aws-a', '--why', 'disk');
  t.is(drained.exitCode, 0, drained.stdout);
  t.is((await fellows.claim()).holder, 'gcp-a');
  t.regex((await run('status', '--quick')).stdout, /DRAINED aws-a by .*: disk/);
  t.is((await run('undrain', 'aws-a')).exitCode, 0);
  const again = await run('undrain', 'aws-a');
  t.is(again.exitCode, 0);
  t.regex(again.stdout, /aws-a is not drained: nothing to do/);
});

test('of two operators who want the opposite of maintenance each gets an answer that is true', async t => {
  const [on, off] = await Promise.all([run('maintenance', 'on', '--why', 'racks'), run('maintenance', 'off')]);
  const isOn = (await fellows.member.get(fellows.keys.maintenance)) !== undefined;
  t.is(on.exitCode === 0, isOn, on.stdout);
  t.is(off.exitCode === 0, !isOn || /not on: nothing to do/.test(off.stdout), off.stdout);
  t.is((await run('maintenance', 'off')).exitCode, 0);
});

test('status --watch tells each change once without a terminal, and Ctrl-C ends it well', async t => {
  const { child, ended } = startActiveEos(...inPod('status', '--watch', '--json'));
  await once(child.stdout ?? child, 'data');
  const second = once(child.stdout ?? child, 'data');
  await fellows.member.put(fellows.keys.maintenance, '{}');
  await second;
  child.kill('SIGINT');
  const { exitCode, stdout } = await ended;
  await fellows.member.delete(fellows.keys.maintenance);
  t.is(exitCode, 0);
  const looks = stdout
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as FleetStatus).maintenance !== null);
  t.deepEqual(looks, [false, true]);
});

test('a claim a year ahead is reset once no clock is mad any more', async t => {
  const yearMs = 365 * 86_400_000;
  await fellows.hold('aws-a', 9, slotAt(Date.now() + yearMs));
  fellows.state.clockAheadMs = yearMs;
  await fellows.announce();
  const refused = await run('reset-claim', '--yes');
  t.is(refused.exitCode, 1);
  t.regex(refused.stdout, /clock of gcp-a \(365 days ahead\).*Stop it first/);
  t.is((await fellows.claim()).epoch, 9);
  fellows.state.clockAheadMs = 0;
  await fellows.announce();
  t.is((await run('reset-claim')).exitCode, 3);
  await fellows.announce();
  t.is((await run('reset-claim', '--yes')).exitCode, 0);
  const { holder, epoch, slot } = await fellows.claim();
  t.deepEqual([holder, epoch], ['', 10]);
  t.true(slot - slotAt(Date.now()) <= 252 && slot > slotAt(Date.now()));
});

test('a configuration that is none is told with what is wrong', async t => {
  const file = `${fellows.configFile}.broken`;
  await writeFile(file, '{"node":"a"}');
  const { exitCode, stderr } = await activeEos('status', '--monitor-config', file);
  t.is(exitCode, 1);
  t.regex(stderr, /monitor\.json\.broken: producer: /);
});
