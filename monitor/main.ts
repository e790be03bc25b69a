// The block producer process monitor: signs for one nodeos, and decides with its fellows through etcd which of them may.

import { randomBytes, randomUUID } from 'node:crypto';
import { machineTime as time } from '#adapters/clock/machine.ts';
import { connectCluster } from '#adapters/etcd/cluster.ts';
import { connectNodeos } from '#adapters/nodeos/client.ts';
import { isSignatureOf } from '#adapters/signature/k1.ts';
import { registerKeys } from '#core/failover/keys.ts';
import { openAskedMark } from './asked-mark.ts';
import { readConfig } from './config.ts';
import { listenForOperators } from './http.ts';
import { startJournal } from './journal.ts';
import { openKeyFile } from './key-file.ts';
import { keepLeadership } from './leadership.ts';
import { type Loop, startLoop } from './loop.ts';
import { openRegister } from './register.ts';
import { startRepeater } from './repeat.ts';
import { lookAheadEveryMs, openSigningDesk } from './signer.ts';
import { listenForSigning } from './signer-socket.ts';
import { startSolo } from './solo.ts';
import { readTls, watchTls } from './tls.ts';
import { keepWarm, openWarmUpDesk } from './warm-up.ts';

/** Longer than an etcd election would be pointless: the slot is over by then. */
const etcdDeadlineMs = 400;

async function main(): Promise<void> {
  const read = readConfig(process.argv.slice(2));
  if ('problems' in read) return fail(read.problems);
  const { config } = read;
  const key = openKeyFile(config.keyFile, config.publicKey);
  if ('problem' in key) return fail([key.problem]);

  const incarnation = randomUUID();
  const journal = startJournal(config.node, line => process.stdout.write(`${line}\n`), time);
  const nodeos = connectNodeos(config.nodeosUrl);
  const tls = readTls(config.etcd);
  if (tls !== undefined && 'problem' in tls) return fail([tls.problem]);
  const cluster = connectCluster({
    endpoints: config.etcd.endpoints,
    deadlineMs: etcdDeadlineMs,
    time,
    ...(tls === undefined ? {} : { tls }),
  });
  const identity = { node: config.node, incarnation };
  const etcdRegister = openRegister(cluster, registerKeys(config), identity, detail => loop.cloned(detail));
  const solo = startSolo(config, etcdRegister, { journal, time, knows: () => loop.monitor.knows });
  const register = solo?.register ?? etcdRegister;
  const repeater = startRepeater(time);
  const around = { cluster, repeater, journal, time };
  const etcdNotes = [watchTls(config.etcd, tls, around), keepLeadership(config, around, () => loop.monitor)];
  const onCloned = () => process.exit(1);
  const isOurs = (signature: string, digest: string) => isSignatureOf(signature, digest, config.publicKey);
  const askedMark = openAskedMark(config.signerSocket);
  const loopParts = { nodeos, register, journal, time, onCloned, isSignatureOf: isOurs, etcdNotes, askedMark };
  const loop: Loop = startLoop(config, incarnation, loopParts);
  // A connection of its own: the question that a signature waits for stands behind no other.
  const signersNodeos = connectNodeos(config.nodeosUrl);
  const parts = { signer: key.signer, register, nodeos: signersNodeos, journal, producer: config.producer, time };
  // The volume answers solo at once.
  // The moment is not in a copy's memory, as what randomBytes gives next may be.
  const mark = () =>
    solo?.isOn() === true ? undefined : `${randomBytes(8).toString('hex')}-${process.hrtime.bigint().toString(36)}`;
  const desk = openSigningDesk(config.claimAhead === 1 ? { ...parts, mark } : parts, loop);
  if (config.claimAhead === 1) repeater.every(() => lookAheadEveryMs, desk.lookAhead);
  const warmUp = openWarmUpDesk({ nodeos: signersNodeos, producer: config.producer, time });
  await listenForSigning(config.signerSocket, [{ publicKey: config.publicKey, desk }, warmUp], journal.refuse);
  keepWarm(config.signerSocket, warmUp, { repeater, isIdle: () => !loop.maySignSoon() });
  await listenForOperators(config, { loop, journal, time, ...(solo === undefined ? {} : { solo }) });
  journal.say('started', `incarnation ${incarnation}; a standby until etcd says otherwise`);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      journal.say('stopping', signal);
      void loop.stop().then(() => process.exit(0));
    });
  }
}

function fail(problems: string[]): void {
  for (const problem of problems) process.stderr.write(`active-eos monitor: ${problem}\n`);
  process.exitCode = 2;
}

await main();
