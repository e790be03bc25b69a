import { mkdir, mkdtemp, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keepPodLogs, keptName } from '#rehearsal/sandbox/pod-logs.ts';

test('a kept log is named by its pod, container, the start of the uid and the restart', t => {
  t.is(keptName('active-eos_aws-a-0_56c37a91-1259', 'monitor', '0.log'), 'aws-a-0.monitor.56c37a91.0.log');
});

test('what a container said is there after kubelet has deleted it', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'pod-logs-'));
  const pods = join(folder, 'pods');
  const kept = join(folder, 'kept');
  const container = join(pods, 'ns_pod-0_0123456789', 'nodeos');
  await mkdir(container, { recursive: true });
  await mkdir(kept);
  await writeFile(join(container, '0.log'), 'last words\n');
  const changes = watch(kept, { signal: AbortSignal.timeout(10_000) });
  keepPodLogs(pods, kept);
  for await (const { filename } of changes) {
    t.is(filename, 'pod-0.nodeos.01234567.0.log');
    break;
  }
  await rm(pods, { recursive: true });
  t.is(await readFile(join(kept, 'pod-0.nodeos.01234567.0.log'), 'utf8'), 'last words\n');
  await rm(folder, { recursive: true });
});
