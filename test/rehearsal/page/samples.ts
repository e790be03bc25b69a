// Models as a rehearsal makes them: a rollout that went well, a kill in the window, and the worst that may be seen.
import { slotAt, slotStartMs, slotsPerWindow } from '#core/slots.ts';
import type { SlotVerdict, Verdict } from '#rehearsal/observer/ledger.ts';
import type { ClaimSpan, Model, NodeModel, SiteModel } from '#rehearsal/page/model.ts';

const startedMs = Date.UTC(2026, 10, 24, 3, 2, 11);
/** Four producers: a round of 24 s. */
const round = 4 * slotsPerWindow;
const firstWindow = Math.ceil(slotAt(startedMs + 35_000) / round) * round;

/** When cell `cell` of our window `window` is made. */
function at(window: number, cell: number): number {
  return slotStartMs(firstWindow + window * round + cell) - 300;
}

const names: Record<string, string> = { A: 'aws-a', B: 'aws-b', C: 'gcp-a', D: 'gcp-b' };

/** One text per window, a letter per slot: A to D signed, `.` missed, `x` forked out, `2` signed twice, `?` pending, blank unseen. */
function slotsOf(...windows: string[]): SlotVerdict[] {
  return windows.flatMap((letters, window) =>
    letters.split('').flatMap((letter, cell) => {
      if (letter === ' ') return [];
      const verdicts: Record<string, Verdict> = { '.': 'missed', x: 'missed', '2': 'double', '?': 'pending' };
      const node = names[letter];
      const nodes = node !== undefined ? [node] : letter === '2' ? ['aws-a', 'gcp-a'] : letter === 'x' ? ['aws-a'] : [];
      const slot = firstWindow + window * round + cell;
      const verdict = verdicts[letter] ?? 'signed';
      return [{ slot, verdict, nodes, ids: nodes.map(name => `${slot}${name}`), onChain: verdict === 'signed' }];
    }),
  );
}

function node(name: string, role: NodeModel['role'], image: string, note = ''): NodeModel {
  return { name, zone: name, role, image: `rehearsal/nodeos:${image}`, holdsClaim: role === 'signing', note };
}

function sites(nodes: NodeModel[], etcdLeader: string): SiteModel[] {
  const member = (name: string) => ({ name: `etcd-${name}`, isHealthy: true, isLeader: etcdLeader === name });
  const of = (name: string) => nodes.filter(each => each.name.startsWith(name));
  return [
    { name: 'aws', cloud: 'AWS us-west-2', isCutOff: false, nodes: of('aws'), etcd: member('aws') },
    { name: 'gcp', cloud: 'GCP us-west1', isCutOff: false, nodes: of('gcp'), etcd: member('gcp') },
    { name: 'witness', cloud: 'third provider', isCutOff: false, nodes: [], etcd: member('witness') },
  ];
}

const a12 = 'AAAAAAAAAAAA';
const c12 = 'CCCCCCCCCCCC';
const heldByA: ClaimSpan = { node: 'aws-a', fromMs: startedMs + 30_000, toMs: at(4, 12) + 4000 };

export const rollout: Model = {
  title: 'Rehearsal of activeeosbp1',
  startedMs,
  nowMs: at(8, 12) + 2000,
  nextWindowMs: at(9, 0),
  sites: sites(
    [
      node('aws-a', 'starting', '2', 'catching up, 214 slots behind'),
      node('aws-b', 'standby', '2'),
      node('gcp-a', 'signing', '2'),
      node('gcp-b', 'standby', '2'),
    ],
    'witness',
  ),
  slots: slotsOf(a12, a12, a12, a12, a12, c12, c12, c12, 'CCCCCCC?????'),
  claims: [heldByA, { node: 'gcp-a', fromMs: at(4, 12) + 4000, toMs: null }],
  events: [
    { atMs: at(0, -18), kind: 'pull request', text: '#1 Run nodeos:2' },
    { atMs: at(0, 4), kind: 'merge', text: '#1 into main, 8f3c21d' },
    { atMs: at(0, 5), kind: 'step', text: 'rollout.yml starts' },
    { atMs: at(1, -12), kind: 'restart', text: 'with nodeos:2, the canary', subject: 'aws-b' },
    { atMs: at(2, 3), kind: 'step', text: 'gates passed: revision, head lag 0, 3 peers, monitor agrees' },
    { atMs: at(3, -7), kind: 'restart', text: 'with nodeos:2', subject: 'gcp-a' },
    { atMs: at(4, 2), kind: 'restart', text: 'with nodeos:2', subject: 'gcp-b' },
    { atMs: at(4, 12) + 4000, kind: 'handover', text: 'from aws-a to gcp-a, in the gap', subject: 'gcp-a' },
    { atMs: at(7, 7), kind: 'restart', text: 'with nodeos:2, the old active last', subject: 'aws-a' },
  ],
  steps: [
    { name: 'Bring the fleet up', outcome: 'passed', seconds: 31.4, note: '3 clusters, 4 nodes, 3 etcd members' },
    {
      name: 'Roll nodeos:2 out by pull request',
      outcome: 'running',
      seconds: 187.2,
      note: 'promote: waiting for aws-a',
    },
    { name: 'Hand over on request', outcome: 'waiting', seconds: null, note: '' },
    { name: 'Kill the active in its window', outcome: 'waiting', seconds: null, note: '' },
    { name: 'Cut a site off', outcome: 'waiting', seconds: null, note: '' },
  ],
  verdict: null,
};

export const kill: Model = {
  ...rollout,
  nowMs: at(14, 12) + 5000,
  sites: sites(
    [
      node('aws-a', 'down', '2', 'killed, restarts from its snapshot'),
      node('aws-b', 'standby', '2'),
      node('gcp-a', 'signing', '2'),
      node('gcp-b', 'standby', '2'),
    ],
    'gcp',
  ),
  slots: slotsOf(a12, a12, a12, a12, a12, a12, a12, a12, a12, a12, 'AAA.CCCCCCCC', c12, c12, c12, c12),
  claims: [
    { node: 'aws-a', fromMs: startedMs + 30_000, toMs: at(10, 4) },
    { node: 'gcp-a', fromMs: at(10, 4), toMs: null },
  ],
  events: [
    { atMs: at(0, -18), kind: 'step', text: 'fleet is up' },
    { atMs: at(10, 3), kind: 'kill', text: 'kubelet, containerd, nodeos and monitor at once', subject: 'aws-a' },
    {
      atMs: at(10, 4),
      kind: 'takeover',
      text: 'claim for slot 4 was 63 ms late; resumed after 17 ms',
      subject: 'gcp-a',
    },
    { atMs: at(11, -20), kind: 'step', text: 'gcp-a is alone to sign; aws-b and gcp-b stand by' },
  ],
  steps: [
    { name: 'Bring the fleet up', outcome: 'passed', seconds: 31.4, note: '3 clusters, 4 nodes, 3 etcd members' },
    { name: 'Roll nodeos:2 out by pull request', outcome: 'passed', seconds: 214.9, note: '' },
    { name: 'Hand over on request', outcome: 'passed', seconds: 24.1, note: '' },
    {
      name: 'Kill the active in its window',
      outcome: 'passed',
      seconds: 36.6,
      note: '1 slot missed, at most 1 allowed',
    },
  ],
  verdict: { outcome: 'passed', reasons: [] },
};

export const disaster: Model = {
  ...kill,
  nowMs: at(3, 12) + 5000,
  sites: sites(
    [
      node('aws-a', 'signing', '1'),
      node('aws-b', 'down', '1', 'CrashLoopBackOff: database dirty flag set'),
      node('gcp-a', 'standby', '1'),
      node('gcp-b', 'standby', '1'),
    ],
    'gcp',
  ).map(site =>
    site.name === 'aws'
      ? { ...site, isCutOff: true, etcd: { name: 'etcd-aws', isHealthy: false, isLeader: false } }
      : site,
  ),
  slots: slotsOf(a12, 'AAAx....CC2C', '.2..CCCCCCCC', c12),
  claims: [
    { node: 'aws-a', fromMs: startedMs + 30_000, toMs: at(1, 3) },
    { node: 'gcp-a', fromMs: at(1, 8), toMs: null },
  ],
  events: [
    { atMs: at(1, 3), kind: 'cut off', text: 'the link to the other sites is down', subject: 'aws' },
    { atMs: at(1, 8), kind: 'takeover', text: 'after an election of etcd, 1.9 s', subject: 'gcp-a' },
    { atMs: at(1, 10), kind: 'alarm', text: 'two ids for one slot <seen by the observer>' },
    { atMs: at(3, -9), kind: 'healed', text: 'the link is up', subject: 'aws' },
    {
      atMs: at(3, 4),
      kind: 'drift',
      text: 'StatefulSet gcp-b: spec.replicas 1, expected 1; label edited by hand',
      subject: 'gcp-b',
    },
  ],
  steps: [
    { name: 'Bring the fleet up', outcome: 'passed', seconds: 31.4, note: '' },
    {
      name: 'Cut a site off',
      outcome: 'failed',
      seconds: 61.2,
      note: '8 slots missed, at most 5 allowed; 2 slots signed twice',
    },
    { name: 'Kill the active in its window', outcome: 'skipped', seconds: 0, note: '' },
  ],
  verdict: { outcome: 'failed', reasons: ['Cut a site off: 8 slots missed, at most 5 allowed; 2 slots signed twice'] },
};
