// Certificates that end, are renewed or do not fit, against a real etcd that wants them.

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { machineTime } from '#adapters/clock/machine.ts';
import { connectCluster } from '#adapters/etcd/cluster.ts';
import { EtcdError } from '#adapters/etcd/error.ts';
import type { Time } from '#core/time.ts';
import { startRepeater } from '../../monitor/repeat.ts';
import { readTls, watchTls } from '../../monitor/tls.ts';
import { type Certificate, makeAuthority } from '../adapters/etcd/certificates.ts';
import { type OneMember, startOneMember } from '../adapters/etcd/one-member.ts';
import { freePorts } from '../adapters/etcd/three-members.ts';

/** A minute passes in 20 ms. */
const hastyTime: Time = { ...machineTime, after: (ms, work) => machineTime.after(Math.min(ms, 20), work) };
const files = (folder: string) => ({
  caFile: join(folder, 'ca.crt'),
  certFile: join(folder, 'tls.crt'),
  keyFile: join(folder, 'tls.key'),
});

let folder: string;
let issue: Awaited<ReturnType<typeof makeAuthority>>;
let etcd: OneMember;
let good: Certificate;
let other: Certificate;
let ended: Certificate;

test.before('an etcd that wants certificates', async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
  issue = await makeAuthority(folder);
  await issue('server', 30);
  good = await issue('good', 30);
  other = await issue('other', 3);
  ended = await issue('ended', -1);
  const [client = 0, peer = 0] = await freePorts(2);
  etcd = await startOneMember({
    dataFolder: join(folder, 'data'),
    ports: { client, peer },
    tls: good,
    further: {
      'client-cert-auth': 'true',
      'trusted-ca-file': join(folder, 'ca.crt'),
      'cert-file': join(folder, 'server.crt'),
      'key-file': join(folder, 'server.key'),
    },
  });
});
test.after.always('end it', async () => {
  await etcd?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A folder as a Secret is mounted; each file is whole at any moment. */
async function mount(name: string) {
  const mounted = await mkdtemp(join(folder, `${name}-`));
  const replace = async (file: string, content: Buffer) => {
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  };
  const put = async ({ ca, cert, key }: Certificate) => {
    await replace(files(mounted).caFile, ca);
    await replace(files(mounted).certFile, cert);
    await replace(files(mounted).keyFile, key);
  };
  return { paths: files(mounted), put };
}

function read(paths: ReturnType<typeof files>): Certificate {
  const tls = readTls(paths);
  if (tls === undefined || 'problem' in tls) throw new Error(tls?.problem ?? 'no certificates');
  return tls;
}

/** A journal whose next line can be waited for. */
function listen() {
  const said: string[] = [];
  const reasons: string[] = [];
  let next = Promise.withResolvers<void>();
  const say = (decision: string, reason: string) => {
    said.push(decision);
    reasons.push(reason);
    next.resolve();
    next = Promise.withResolvers();
  };
  const until = async (decision: string) => {
    while (!said.includes(decision)) await next.promise;
  };
  return { said, reasons, journal: { say }, until };
}

test('a certificate that has ended is told of, and one that replaces it is used within a minute', async t => {
  const { paths, put } = await mount('ended');
  await put(ended);
  const tls = read(paths);
  const cluster = connectCluster({
    endpoints: [etcd.endpoint],
    deadlineMs: 400,
    time: machineTime,
    tls,
  });
  const repeater = startRepeater(hastyTime);
  t.teardown(() => {
    repeater.stop();
    cluster.close();
  });
  await t.throwsAsync(
    cluster.ask(member => member.get('any')),
    { instanceOf: EtcdError },
  );
  const { said, reasons, journal, until } = listen();
  const note = watchTls(paths, tls, { cluster, repeater, journal, time: machineTime });
  await until('certificate ends');
  t.regex(note() ?? '', /certificate for etcd in \S+tls\.crt has ended at 20\d\d-.*Z: etcd takes no new connection/);
  t.regex(note() ?? '', /Put a new one into the Secret or file/);
  await put(good);
  await until('certificates renewed');
  t.is(await cluster.ask(member => member.get('any')), undefined);
  while (note() !== undefined) await repeater.rest(20);
  t.deepEqual(
    said.filter(each => each !== 'certificates unusable'),
    ['certificate ends', 'certificates renewed'],
  );
  t.notRegex(reasons.join(), /PRIVATE KEY/);
});

test('renewed connections let a call that is under way end, and end a watch', async t => {
  const cluster = connectCluster({ endpoints: [etcd.endpoint], deadlineMs: 400, time: machineTime, tls: good });
  t.teardown(() => cluster.close());
  await cluster.ask(member => member.put('/watched', 'one'));
  const { promise: end, resolve } = Promise.withResolvers<Error>();
  await cluster.ask(member => member.watch('/watched', '0', { onChange: () => undefined, onEnd: resolve }));
  const renewing = cluster.renew(other);
  const underWay = cluster.ask(member => member.get('/watched'));
  await renewing;
  t.is((await underWay)?.value, 'one');
  t.regex((await end).message, /the client was closed/);
  t.is((await cluster.ask(member => member.get('/watched')))?.value, 'one');
});

test('certificates that etcd does not take leave the connections as they are, and are tried again every minute', async t => {
  const elsewhere = await mkdtemp(join(folder, 'elsewhere-'));
  const unknown = await (await makeAuthority(elsewhere))('unknown', 30);
  for (const bad of [unknown, ended]) {
    const { paths, put } = await mount('bad');
    await put(good);
    const cluster = connectCluster({ endpoints: [etcd.endpoint], deadlineMs: 400, time: machineTime, tls: good });
    const repeater = startRepeater(hastyTime);
    t.teardown(() => {
      repeater.stop();
      cluster.close();
    });
    const { reasons, journal, until } = listen();
    let trials = 0;
    const renew: typeof cluster.renew = tls => {
      trials++;
      return cluster.renew(tls);
    };
    const note = watchTls(paths, read(paths), { cluster: { renew }, repeater, journal, time: machineTime });
    await put(bad);
    await until('certificates unusable');
    while (trials < 6) await repeater.rest(20);
    // Twice where the files were caught while they did not fit each other.
    t.true(reasons.filter(each => each.startsWith('no etcd member answers')).length <= 2, reasons.join('\n'));
    t.regex(note() ?? '', /no etcd member answers to \S+tls\.crt; those read before stay in use/);
    t.is(await cluster.ask(member => member.get('any')), undefined);
    await put(other);
    await until('certificates renewed');
    t.is(await cluster.ask(member => member.get('any')), undefined);
  }
});

test('files that do not fit each other are not used, and told of once', async t => {
  const { paths, put } = await mount('mixed');
  await put(good);
  const repeater = startRepeater(hastyTime);
  t.teardown(() => repeater.stop());
  const { said, journal, until } = listen();
  const renewed: Certificate[] = [];
  const cluster = {
    renew: async (tls: Certificate) => {
      renewed.push(tls);
      return { kind: 'renewed' as const };
    },
  };
  const note = watchTls(paths, read(paths), { cluster, repeater, journal, time: machineTime });
  await put({ ...good, cert: other.cert });
  await until('certificates unusable');
  t.regex(note() ?? '', /the private key is not that of the certificate; those read before stay in use/);
  await repeater.rest(200);
  t.deepEqual([said.length, renewed.length], [1, 0]);
  await put(other);
  await until('certificates renewed');
  await until('certificate ends');
  t.deepEqual(renewed, [other]);
  t.regex(note() ?? '', /ends at 20/);
});

test('files that are missing or do not fit are a problem at the start', async t => {
  const { paths, put } = await mount('missing');
  t.regex(JSON.stringify(readTls(paths)), /the certificates for etcd: ENOENT.*ca\.crt/);
  await put({ ...good, key: other.key });
  t.regex(JSON.stringify(readTls(paths)), /tls\.crt.*the private key is not that of the certificate/);
});

test('without certificates nothing is watched', t => {
  t.is(readTls({}), undefined);
  const parts = {
    cluster: {
      renew: async () => {
        t.fail();
        return { kind: 'renewed' as const };
      },
    },
    repeater: startRepeater(hastyTime),
    journal: { say: () => t.fail() },
  };
  t.is(watchTls({}, undefined, { ...parts, time: machineTime })(), undefined);
});
