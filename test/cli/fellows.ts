// What the monitors of a fleet would do for an operator, on a real etcd: presences that follow drains, and requests that are served.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectMember } from '#adapters/etcd/member.ts';
import { claimVersion, parseClaim, renderClaim } from '#core/failover/claim.ts';
import { historyKey, registerKeys } from '#core/failover/keys.ts';
import { parseRequest } from '#core/failover/requests.ts';
import type { Presence } from '#core/failover/status.ts';
import { slotAt } from '#core/slots.ts';
import { startThreeMembers } from '../adapters/etcd/three-members.ts';
import { chainId, nodeosView, presence } from '../core/failover/presences.ts';

const producer = 'activeeosbp1';
const names = ['aws-a', 'aws-b', 'gcp-a'];

export async function startFellows() {
  const etcd = await startThreeMembers();
  const [endpoint = ''] = etcd.endpoints;
  const member = connectMember({ endpoint, deadlineMs: 3000 });
  const keys = registerKeys({ prefix: '/test', chainId, producer });
  const base = keys.claim.slice(0, -'claim'.length);
  const state = { isServing: true, clockAheadMs: 0 };
  let served = '';

  const presenceOf = async (node: string): Promise<Presence> => {
    const holder = (await claim()).holder;
    const draining = (await member.get(`${keys.drain}${node}`)) !== undefined;
    const now = Date.now();
    return presence(node, {
      site: node.split('-')[0] ?? '',
      role: holder === node ? 'holding' : 'standby',
      eligible: !draining,
      why: draining ? ['it is draining'] : [],
      draining,
      nodeos: nodeosView({ paused: holder !== node, headSlot: slotAt(now) }),
      wallMs: now + (node === 'gcp-a' ? state.clockAheadMs : 0),
    });
  };
  const claim = async () => {
    const parsed = parseClaim((await member.get(keys.claim))?.value ?? '');
    if (parsed.kind !== 'claim') throw new Error('the claim cannot be read');
    return parsed.claim;
  };
  const hold = async (holder: string, epoch: number, slot = slotAt(Date.now())) => {
    const incarnation = `${holder}-1`;
    await member.put(keys.claim, renderClaim({ v: claimVersion, slot, digest: '', holder, incarnation, epoch }));
  };
  const announce = async () => {
    for (const node of names) {
      const value = await presenceOf(node);
      await member.put(`${keys.nodes}${node}/${value.incarnation}`, JSON.stringify(value));
    }
  };
  const serve = async () => {
    const request = parseRequest((await member.get(keys.request))?.value ?? '');
    const { holder, epoch, slot } = await claim();
    if ((await member.get(`${keys.drain}${holder}`)) !== undefined && state.isServing) await hold('gcp-a', epoch + 1);
    if (request !== undefined && state.isServing && request.id !== served) {
      served = request.id;
      const to = request.target ?? 'gcp-a';
      await hold(to, epoch + 1);
      const entry = {
        at: new Date().toISOString(),
        how: request.kind,
        from: holder,
        to,
        why: 'asked',
        afterSlot: slot,
      };
      await member.put(historyKey(keys, epoch + 1), JSON.stringify(entry));
      const answer = { v: 1, id: request.id, outcome: 'done', node: to, reason: 'signs' };
      await member.put(keys.answer, JSON.stringify(answer));
    }
    await announce();
  };

  for (const each of etcd.endpoints) await answering(each);
  await hold('aws-a', 3);
  await announce();
  let isOver = false;
  let failure: unknown;
  let stopWatch: () => void = () => undefined;
  /** Serves what there is, then waits for the next change; a watch that breaks is begun anew. */
  const follow = async () => {
    while (!isOver) {
      const { revision } = await member.range(base);
      await serve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const { stop } = await member.watch(base, String(BigInt(revision) + 1n), {
        onChange: changes => {
          if (changes.some(({ key }) => key === keys.request || key.startsWith(keys.drain))) resolve();
        },
        onEnd: () => resolve(),
      });
      stopWatch = () => {
        stop();
        resolve();
      };
      if (!isOver) await promise;
      stop();
    }
  };
  // As monitors do: a clock is judged by a presence that is fresh.
  const beat = setInterval(() => {
    void announce().catch((error: unknown) => {
      failure = error;
    });
  }, 500);
  const following = follow().catch((error: unknown) => {
    failure = error;
  });

  const server = createServer((_request, response) => {
    void presenceOf('aws-a').then(own => response.end(JSON.stringify(statusOf(own))));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'active-eos-pod-'));
  const configFile = join(folder, 'monitor.json');
  const listen = { host: '127.0.0.1', port: (server.address() as { port: number }).port };
  const config = { node: 'aws-a', producer, chainId, prefix: '/test', listen, etcd: { endpoints: etcd.endpoints } };
  await writeFile(configFile, JSON.stringify(config));

  return {
    member,
    keys,
    state,
    configFile,
    etcd,
    claim,
    hold,
    announce,
    /** Resolves once a key exists; bounded. */
    appeared: async (key: string) => {
      for (let looks = 0; looks < 1200; looks++) {
        if ((await member.get(key)) !== undefined) return;
        await delay(25);
      }
      throw new Error(`${key} did not appear`);
    },
    stop: async () => {
      isOver = true;
      clearInterval(beat);
      stopWatch();
      await following;
      member.close();
      server.close();
      server.closeAllConnections();
      await etcd.stop();
      await rm(folder, { recursive: true });
      if (failure !== undefined) throw failure;
    },
  };
}

/** A member that has just started answers after its election; bounded. */
async function answering(endpoint: string): Promise<void> {
  const member = connectMember({ endpoint, deadlineMs: 500 });
  for (let attempt = 0; attempt < 100; attempt++) {
    const startedMs = performance.now();
    try {
      await member.get('any');
      return member.close();
    } catch {
      await delay(Math.max(0, 100 - (performance.now() - startedMs)));
    }
  }
  throw new Error(`${endpoint} does not answer`);
}

/** As far as the command line reads it. */
function statusOf(own: Presence): object {
  const now = slotAt(Date.now());
  return { ...own, nodes: [own], etcd: { reachable: true, detail: '' }, window: { first: now + 100, last: now + 111 } };
}
