import test from 'ava';
import type { MonitorStatus, Presence } from '#core/failover/status.ts';
import { type GateResult, gatesPass, gatesProblem, judgeGates } from '#core/rollout/gates.ts';
import type { ClaimView, NodeObservation } from '#core/rollout/observation.ts';
import { slotStartMs } from '#core/slots.ts';

const settings = { maxHeadLagSlots: 4, minPeers: 2 };
const claim: ClaimView = { kind: 'held', holder: 'gcp-a', epoch: 5 };

function presence(node: string, changes: Partial<Presence> = {}): Presence {
  return {
    v: 1,
    node,
    site: 'x',
    zone: 'a',
    incarnation: '1',
    role: 'standby',
    priority: 0,
    eligible: true,
    why: [],
    draining: false,
    unheardSlot: null,
    claimFormat: 1,
    nodeos: {
      alive: true,
      paused: true,
      headNum: 100,
      headId: '',
      headSlot: 1000,
      headProducer: '',
      lib: 98,
      chainId: '',
      version: '',
      peers: 3,
    },
    p2pAddress: '',
    wallMs: slotStartMs(1001),
    paceMs: null,
    firstRequestFails: false,
    ...changes,
  };
}

function status(changes: Partial<MonitorStatus> = {}): MonitorStatus {
  const own = presence('aws-b');
  return {
    ...own,
    producer: 'p',
    claim: { v: 1, slot: 1, digest: '', holder: 'gcp-a', incarnation: '', epoch: 5 },
    etcd: { reachable: true, detail: '' },
    maintenance: null,
    window: null,
    nodes: [own, presence('gcp-a')],
    counters: { claims: 0, refusals: {}, takeovers: 0, handovers: 0 },
    decisions: [],
    ...changes,
  };
}

function observed(monitor: MonitorStatus | undefined, changes: Partial<NodeObservation> = {}): NodeObservation {
  return {
    node: 'aws-b',
    cluster: 'aws',
    site: 'x',
    priority: 0,
    release: { state: 'current', touched: true, deployedImages: [], desiredImages: [] },
    workload: { kind: 'running', readySinceMs: 0 },
    pod: undefined,
    monitor,
    ...changes,
  };
}

const nodeos = (changes: Partial<Presence['nodeos']>) => ({ ...presence('').nodeos, ...changes });

test('a node that is as good as before passes every gate', t => {
  const gates = judgeGates(observed(status()), claim, settings);
  t.true(gatesPass(gates));
  t.is(gatesProblem(gates), '');
  t.deepEqual(
    gates.map(gate => gate.name),
    ['revision', 'synced', 'final', 'peers', 'monitor', 'claim', 'etcd'],
  );
});

const judged = test.macro<[string, NodeObservation, GateResult['name'], GateResult['phase'], RegExp]>({
  exec(t, _title, seen, name, phase, message) {
    const found = judgeGates(seen, claim, settings).find(gate => gate.name === name);
    t.is(found?.phase, phase);
    t.regex(found?.message ?? '', message);
  },
  title: (_provided, title) => title ?? '',
});

test(
  judged,
  'a pod that is ready on an old revision fails',
  observed(status(), { workload: { kind: 'updating', why: 'the pod runs revision 1, not 2' } }),
  'revision',
  'fail',
  /runs revision 1/,
);
test(
  judged,
  'a silent monitor is doubt, not success',
  observed(undefined),
  'monitor',
  'inconclusive',
  /does not answer/,
);
test(
  judged,
  'a head behind the best fellow fails',
  observed(status({ nodeos: nodeos({ headSlot: 995 }) })),
  'synced',
  'fail',
  /5 slots behind the best fellow/,
);
test(
  judged,
  'a head as far behind as allowed passes',
  observed(status({ nodeos: nodeos({ headSlot: 996 }) })),
  'synced',
  'pass',
  /4 slots/,
);
test(
  judged,
  'without fellows the clock is the measure',
  observed(status({ nodes: [], nodeos: nodeos({ headSlot: 900 }) })),
  'synced',
  'fail',
  /100 slots behind the clock/,
);
test(
  judged,
  'when the whole chain stalls, a node that stalls with it passes',
  observed(status({ wallMs: slotStartMs(9999) })),
  'synced',
  'pass',
  /0 slots/,
);
test(
  judged,
  'a nodeos whose main thread does not answer fails',
  observed(status({ nodeos: nodeos({ alive: false }) })),
  'synced',
  'fail',
  /nodeos does not answer/,
);
test(
  judged,
  'finality a window behind passes',
  observed(status({ nodeos: nodeos({ lib: 84 }) })),
  'final',
  'pass',
  /14 blocks/,
);
test(
  judged,
  'finality further behind fails',
  observed(status({ nodeos: nodeos({ lib: 81 }) })),
  'final',
  'fail',
  /17 blocks/,
);
test(judged, 'finality without fellows is skipped', observed(status({ nodes: [] })), 'final', 'skipped', /no fellow/);
test(
  judged,
  'too few foreign peers fail',
  observed(status({ nodeos: nodeos({ peers: 1 }) })),
  'peers',
  'fail',
  /1 peers/,
);
test(
  judged,
  'a standby that is not eligible fails with its reason',
  observed(status({ eligible: false, why: ['lags'] })),
  'monitor',
  'fail',
  /lags/,
);
test(judged, 'a standby that drains fails', observed(status({ draining: true })), 'monitor', 'fail', /standby/);
test(
  judged,
  'a standby that believes to hold the claim fails',
  observed(status({ role: 'holding' })),
  'monitor',
  'fail',
  /holding/,
);
test(
  judged,
  'a monitor that sees another claim is doubt',
  observed(status({ claim: null })),
  'claim',
  'inconclusive',
  /sees the claim with none; etcd has gcp-a, epoch 5/,
);
test(
  judged,
  'a monitor without etcd fails',
  observed(status({ etcd: { reachable: false, detail: 'no quorum' } })),
  'etcd',
  'fail',
  /no quorum/,
);

test('a node that took the claim meanwhile must hold it, and need not be eligible as a standby', t => {
  const own: ClaimView = { kind: 'held', holder: 'aws-b', epoch: 5 };
  const holding = status({
    role: 'holding',
    eligible: false,
    claim: { v: 1, slot: 1, digest: '', holder: 'aws-b', incarnation: '', epoch: 5 },
  });
  t.is(gatesProblem(judgeGates(observed(holding), own, settings)), '');
  t.false(gatesPass(judgeGates(observed({ ...holding, role: 'resuming' }), own, settings)));
});
