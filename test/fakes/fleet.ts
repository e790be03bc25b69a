// A fleet of memory: Helm releases become pods, pods become ready with time, monitors follow the claim and serve handovers.

import type { Release } from '#core/environment/environment.ts';
import { claimVersion, parseClaim, renderClaim } from '#core/failover/claim.ts';
import { registerKeys } from '#core/failover/keys.ts';
import { parseRequest } from '#core/failover/requests.ts';
import type { MonitorStatus, Presence } from '#core/failover/status.ts';
import type { PodFacts } from '#core/rollout/workload.ts';
import { slotAt } from '#core/slots.ts';
import type { ContainerExit, Fleet } from '#operations/ports.ts';
import { environment, fakeReleases } from './environment.ts';
import { FakeEtcd } from './etcd-store.ts';

interface Revision {
  revision: number;
  status: string;
  manifest: string;
  description: string;
}

interface Pod {
  uid: string;
  manifest: string;
  startedMs: number;
}

const image = /image: (\S+)/;

export class FakeFleet implements Fleet {
  environment = structuredClone(environment);
  releases: Release[] = fakeReleases();
  nowMs = Date.UTC(2026, 0, 1);
  /** What was changed, in order, such as `upgrade aws-b` or `delete-pod aws-b`. */
  readonly actions: string[] = [];
  readonly etcd = announcing(new FakeEtcd(['aws', 'gcp', 'witness'], () => this.nowMs), () => this.#announce());
  /** Called at every moment that passes, to let the world change. */
  onTick: () => void = () => {};
  /** Called before an action, to let the world change just then. */
  onAction: (action: string) => void = () => {};
  /** How monitors differ from healthy ones, by node. */
  readonly monitorChanges = new Map<string, Partial<MonitorStatus>>();
  readonly silent = new Set<string>();
  /** `refuse`, `ignore` or `serve` requests, and drains of the holder. */
  handovers: 'serve' | 'refuse' | 'ignore' = 'serve';
  readonly history = new Map<string, Revision[]>();
  readonly pods = new Map<string, Pod>();
  /** kubernetes#67250: a bad pod stays until somebody deletes it. */
  stuckPods = false;
  podStartMs = 10_000;
  readonly keys = registerKeys({
    prefix: this.environment.etcd.prefix,
    chainId: this.environment.chain.id,
    producer: this.environment.chain.producer,
  });
  #uids = 0;

  /** Everything deployed and ready for a day, with the claim held by `holder`. */
  static running(holder = 'aws-a'): FakeFleet {
    const fleet = new FakeFleet();
    for (const release of fleet.releases) {
      const manifest = fleet.#render(release);
      fleet.history.set(release.name, [{ revision: 1, status: 'deployed', manifest, description: 'first' }]);
      fleet.#startPod(release.name, manifest);
    }
    fleet.nowMs += 86_400_000;
    fleet.hold(holder, 3);
    return fleet;
  }

  hold(holder: string, epoch: number): void {
    const slot = slotAt(this.nowMs);
    this.etcd.put(
      this.keys.claim,
      renderClaim({ v: claimVersion, slot, digest: '', holder, incarnation: `${holder}/1`, epoch }),
    );
  }

  holder(): string {
    const parsed = parseClaim(this.etcd.get(this.keys.claim) ?? '');
    return parsed.kind === 'claim' ? parsed.claim.holder : '';
  }

  /** The repository asks for another image from now on. */
  want(text: string, which: (release: Release) => boolean = release => release.node !== undefined): void {
    for (const release of this.releases.filter(which)) release.values.image = text;
  }

  running(name: string): string {
    return image.exec(this.pods.get(name)?.manifest ?? '')?.[1] ?? '';
  }

  readonly clock = {
    now: () => this.nowMs,
    sleep: async (ms: number) => {
      this.nowMs += ms;
      this.#serveRequest();
      this.#serveDrain();
      this.onTick();
    },
  };

  readonly helm = {
    render: async (release: Release) => this.#render(release),
    deployed: async (release: Release) => this.history.get(release.name)?.at(-1),
    history: async (release: Release) => this.history.get(release.name) ?? [],
    upgrade: async (release: Release, description: string) => {
      this.#act(`upgrade ${release.name}`);
      this.deploy(release.name, this.#render(release), description);
    },
    rollback: async (release: Release, revision: number) => {
      this.#act(`rollback ${release.name}`);
      const target = this.history.get(release.name)?.find(each => each.revision === revision);
      if (target === undefined) throw new Error(`no revision ${revision}`);
      this.deploy(release.name, target.manifest, `Rollback to ${revision}`);
    },
  };

  deploy(name: string, manifest: string, description: string): void {
    const before = this.history.get(name) ?? [];
    for (const each of before) each.status = each.status === 'deployed' ? 'superseded' : each.status;
    this.history.set(name, [...before, { revision: before.length + 1, status: 'deployed', manifest, description }]);
    const pod = this.pods.get(name);
    if (this.stuckPods && pod !== undefined && !this.#isReady(pod)) return;
    this.#startPod(name, manifest);
  }

  readonly workloads = {
    statefulSet: async ({ name }: Release) => {
      const manifest = this.history.get(name)?.at(-1)?.manifest;
      if (manifest === undefined) return undefined;
      const images = [image.exec(manifest)?.[1] ?? ''];
      return { generation: 2, observedGeneration: 2, updateRevision: manifest, images };
    },
    pod: async ({ name }: Release) => this.#podFacts(name),
    deletePod: async ({ name }: Release, uid: string) => {
      this.#act(`delete-pod ${name}`);
      if (this.pods.get(name)?.uid !== uid) return 'changed' as const;
      this.#startPod(name, this.history.get(name)?.at(-1)?.manifest ?? '');
      return 'deleted' as const;
    },
    warnings: async ({ name }: Release) => (this.running(name).includes('missing') ? ['Failed: no such image'] : []),
    logs: async ({ name }: Release) => [`nodeos: last words of ${name}`],
    exits: async ({ name }: Release) => this.exits.get(name) ?? [],
  };

  /** How containers have ended, by node. */
  readonly exits = new Map<string, ContainerExit[]>();

  readonly monitors = { status: async ({ name }: Release) => this.#status(name) };

  readonly nodes = {
    names: async () => this.releases.flatMap(({ node }) => node ?? []),
    look: async (node: string) => this.#status(node),
  };

  #render(release: Release): string {
    return `---
kind: StatefulSet
metadata: { name: ${release.name} }
spec:
  template:
    spec:
      containers:
        - name: main
          image: ${String(release.values.image)}
`;
  }

  #act(action: string): void {
    this.onAction(action);
    this.actions.push(action);
  }

  #startPod(name: string, manifest: string): void {
    this.#uids += 1;
    this.pods.set(name, { uid: `uid-${this.#uids}`, manifest, startedMs: this.nowMs });
  }

  /** An image whose name has `missing` cannot be pulled, one with `crash` never becomes ready. */
  #isReady({ manifest, startedMs }: Pod): boolean {
    return !/missing|crash/.test(manifest) && this.nowMs - startedMs >= this.podStartMs;
  }

  #podFacts(name: string): PodFacts | undefined {
    const pod = this.pods.get(name);
    if (pod === undefined) return undefined;
    const ready = this.#isReady(pod);
    return {
      uid: pod.uid,
      revision: pod.manifest,
      images: [this.running(name)],
      ready,
      readySinceMs: ready ? pod.startedMs + this.podStartMs : null,
      deleting: false,
      phase: ready ? 'Running' : 'Pending',
      restarts: 0,
      trouble: pod.manifest.includes('missing') ? ['nodeos: ErrImagePull (not found)'] : [],
    };
  }

  #status(name: string): MonitorStatus | undefined {
    const pod = this.pods.get(name);
    if (pod === undefined || this.silent.has(name) || !this.#isReady(pod)) return undefined;
    const parsed = parseClaim(this.etcd.get(this.keys.claim) ?? '');
    const claim = parsed.kind === 'claim' ? parsed.claim : null;
    const own = this.#presence(name);
    return {
      ...own,
      producer: this.environment.chain.producer,
      claim,
      etcd: { reachable: true, detail: '' },
      maintenance: null,
      window: { first: slotAt(this.nowMs) + 100, last: slotAt(this.nowMs) + 111 },
      nodes: this.releases.flatMap(({ node }) => (node === undefined ? [] : [this.#presence(node)])),
      counters: { claims: 0, refusals: {}, takeovers: 0, handovers: 0 },
      decisions: [],
      ...this.monitorChanges.get(name),
    };
  }

  #presence(node: string): Presence {
    const holds = this.holder() === node;
    const draining = this.etcd.get(`${this.keys.drain}${node}`) !== undefined;
    return {
      v: 1,
      node,
      site: '',
      zone: '',
      incarnation: `${node}/1`,
      role: holds ? 'holding' : 'standby',
      priority: 0,
      eligible: !draining,
      why: draining ? ['it is draining'] : [],
      draining,
      unheardSlot: null,
      claimFormat: 1,
      nodeos: {
        alive: true,
        paused: !holds,
        headNum: 1000,
        headId: '',
        headSlot: slotAt(this.nowMs) - 1,
        headProducer: '',
        lib: 998,
        chainId: this.environment.chain.id,
        version: 'v1.2.2',
        peers: 3,
      },
      p2pAddress: '',
      wallMs: this.nowMs,
      paceMs: null,
      firstRequestFails: false,
    };
  }

  /** Presences of monitors that answer, as they stand in etcd. */
  #announce(): void {
    for (const { node } of this.releases) {
      if (node === undefined) continue;
      const key = `${this.keys.nodes}${node}/${node}/1`;
      const pod = this.pods.get(node);
      if (pod === undefined || this.silent.has(node) || !this.#isReady(pod)) this.etcd.keys.delete(key);
      else this.etcd.put(key, JSON.stringify({ ...this.#presence(node), ...this.monitorChanges.get(node) }));
    }
  }

  #serveRequest(): void {
    const request = parseRequest(this.etcd.get(this.keys.request) ?? '');
    if (request === undefined || this.handovers === 'ignore') return;
    const before = this.holder();
    if (this.etcd.get(this.keys.answer)?.includes(request.id)) return;
    if (request.kind === 'failover' && request.epoch !== this.#epoch()) return;
    const answer = { v: 1, id: request.id, node: before, reason: 'not now' };
    if (this.handovers === 'refuse') {
      this.etcd.put(this.keys.answer, JSON.stringify({ ...answer, outcome: 'refused' }));
      return;
    }
    const to = request.target ?? 'gcp-a';
    this.actions.push(`${request.kind} ${before} ${to}`);
    this.hold(to, this.#epoch() + 1);
    this.etcd.put(this.keys.answer, JSON.stringify({ ...answer, node: to, outcome: 'done' }));
  }

  #serveDrain(): void {
    if (this.handovers !== 'serve' || !this.#presence(this.holder()).draining) return;
    const to = this.releases.find(({ node }) => node !== undefined && this.#presence(node).eligible)?.node;
    if (to !== undefined) this.hold(to, this.#epoch() + 1);
  }

  #epoch(): number {
    const parsed = parseClaim(this.etcd.get(this.keys.claim) ?? '');
    return parsed.kind === 'claim' ? parsed.claim.epoch : 0;
  }
}

/** Lets `announce` bring the keys up to date before anybody reads them. */
function announcing(etcd: FakeEtcd, announce: () => void): FakeEtcd {
  const use = etcd.use.bind(etcd);
  etcd.use = (member, work) => {
    announce();
    return use(member, work);
  };
  return etcd;
}
