// Long lines between the sites' etcd members: a relay that delays, where the kernel has no netem.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Component, isListening, runToEnd } from '#rehearsal/sandbox/component.ts';
import { enterNetwork } from '#rehearsal/sandbox/network.ts';
import type { Line } from '../delay-relay.ts';
import { changeNetwork, type Field, memberAddress } from '../field.ts';
import { type Fault, gapLeadMs, shortLeadMs, twoMissed, untilMoment } from '../scene.ts';
import { handOverInGap, handOverNow } from './handover.ts';
import { killHolder } from './kill.ts';

const roundTripsMs = [30, 60];
const ports = [12379, 12380];
const upLimitMs = 5000;

export const relayFaults: Fault[] = roundTripsMs.flatMap(roundTripMs => {
  const conditions = { prepare: (field: Field) => lengthenLines(field, roundTripMs / 2) };
  const line = `a round trip of ${roundTripMs} ms between the sites' etcd members`;
  return [
    {
      name: `round-trip-${roundTripMs}ms`,
      what: `${line}, and no fault`,
      leadMs: shortLeadMs,
      conditions,
      inject: async () => `${roundTripMs} ms between the sites`,
    },
    {
      name: `round-trip-${roundTripMs}ms-kill-both`,
      what: `${line}, and the holder's nodeos and monitor killed within our window`,
      leadMs: shortLeadMs,
      ...(roundTripMs <= 30 ? { bound: twoMissed } : {}),
      conditions,
      inject: async scene => `${roundTripMs} ms between the sites, ${await killHolder(scene)}`,
    },
    {
      name: `round-trip-${roundTripMs}ms-handover`,
      what: `${line}, a handover in the gap and one within our window`,
      leadMs: gapLeadMs,
      conditions,
      inject: async scene =>
        `${roundTripMs} ms between the sites, ${await handOverInGap(scene, 1)}, ${await handOverNow(scene, 1)}`,
    },
  ] satisfies Fault[];
});

/**
 * Every packet between sites passes `wan`: there the members' addresses are taken by one half of the relay. It delays, and hands over to the half
 * in the member's own site by a unix socket, which knows no network.
 */
async function lengthenLines(field: Field, delayMs: number): Promise<() => Promise<void>> {
  const { sandbox } = field.rehearsal;
  const started: Component[] = [];
  const addresses = field.members.map(({ site }) => memberAddress(site));
  const socket = (site: string, port: number) => join(sandbox.folder, `relay-${site}-${port}.sock`);
  const run = (network: string, lines: Line[]) => {
    const args = [join(field.repository, 'test/chaos/delay-relay.ts'), JSON.stringify(lines)];
    started.push(sandbox.run(network, process.execPath, args, { name: `relay-${network}`, cwd: field.repository }));
  };
  const undo = async () => {
    await Promise.all(started.map(component => component.stop(0)));
    // A relay that was killed leaves its sockets, and nobody can listen there again.
    for (const { site } of field.members) for (const port of ports) await rm(socket(site.name, port), { force: true });
    for (const address of addresses)
      await changeNetwork(field, 'wan', [`addr del ${address}/32 dev lo`]).catch(() => undefined);
  };
  try {
    for (const { site } of field.members)
      run(
        site.name,
        ports.map(port => ({ from: socket(site.name, port), to: `${memberAddress(site)}:${port}`, delayMs: 0 })),
      );
    await untilListening(field.members.flatMap(({ site }) => ports.map(port => socket(site.name, port))));
    await resetOldLines();
    await changeNetwork(
      field,
      'wan',
      addresses.map(address => `addr add ${address}/32 dev lo`),
    );
    run(
      'wan',
      field.members.flatMap(({ site }) =>
        ports.map(port => ({ from: `${memberAddress(site)}:${port}`, to: socket(site.name, port), delayMs })),
      ),
    );
    return undo;
  } catch (error) {
    await undo();
    throw error;
  }
}

/**
 * A member that only reads on an old connection would wait for it for ever, since `wan` drops what comes from an address of its own.
 * Passed on, it is acknowledged, and the acknowledgement is answered with a reset.
 */
async function resetOldLines(): Promise<void> {
  const [command, args] = enterNetwork('wan', 'sh', ['-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/accept_local']);
  await runToEnd(command, args);
}

async function untilListening(sockets: readonly string[]): Promise<void> {
  const endMs = performance.now() + upLimitMs;
  for (const socket of sockets) {
    while (!(await isListening(socket))) {
      if (performance.now() > endMs) throw new Error(`nobody listens at ${socket}`);
      await untilMoment(Date.now() + 50);
    }
  }
}
