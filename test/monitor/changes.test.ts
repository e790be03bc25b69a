import test from 'ava';
import { type Surroundings, sayChanges } from '../../monitor/changes.ts';

const well: Surroundings = {
  presence: { eligible: true, why: [], draining: false },
  etcd: { reachable: true, detail: 'read at revision 7' },
  maintenance: undefined,
};

const says = test.macro((t, from: Surroundings, to: Surroundings, expected: [string, string][]) => {
  const said: [string, string][] = [];
  const look = sayChanges({ say: (decision, reason) => said.push([decision, reason]) });
  look(from);
  look(from);
  t.deepEqual(said, []);
  look(to);
  look(to);
  t.deepEqual(said, expected);
});

const unfit = { ...well, presence: { eligible: false, why: ['x', 'y'], draining: false } };
const silent = { ...well, etcd: { reachable: false, detail: 'no answer' } };
const draining = { ...well, presence: { ...well.presence, draining: true } };
const paused = { ...well, maintenance: { v: 1 as const, by: 'ann', why: 'disks', atMs: 5 } };
test('that a node could no longer take over is said once, with the reasons', says, well, unfit, [
  ['not eligible', 'x; y'],
]);
test('that a node could take over is said once', says, unfit, well, [['eligible', 'this node may take over']]);
test('silence of etcd is said', says, well, silent, [['etcd is silent', 'no answer']]);
test('that etcd answers again is said', says, silent, well, [['etcd answers', 'read at revision 7']]);
test('a drain is said', says, well, draining, [['draining', 'this node shall leave signing to others']]);
test('maintenance is said, with who wants it', says, well, paused, [['maintenance', 'by ann: disks']]);
test('the end of maintenance is said', says, paused, well, [['maintenance ends', 'standbys take over again']]);
