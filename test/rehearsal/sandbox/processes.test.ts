import test from 'ava';
import { type ProcessRow, processesOfNode } from '#rehearsal/sandbox/processes.ts';

const rows: ProcessRow[] = [
  { pid: 1, parent: 0, commandLine: 'sh' },
  { pid: 2, parent: 1, commandLine: 'node fleet.ts' },
  { pid: 10, parent: 2, commandLine: 'containerd --config /run/active-eos/aws-a/containerd.toml' },
  { pid: 11, parent: 2, commandLine: 'kubelet --config=aws-a' },
  { pid: 12, parent: 11, commandLine: 'umount something' },
  { pid: 20, parent: 1, commandLine: 'containerd-shim-runc-v2 -namespace k8s.io -address /run/aws-a.sock' },
  { pid: 21, parent: 20, commandLine: 'sh -c pause' },
  { pid: 22, parent: 21, commandLine: 'sleep' },
  { pid: 30, parent: 2, commandLine: 'containerd --config /run/active-eos/aws-b/containerd.toml' },
  { pid: 40, parent: 1, commandLine: 'containerd-shim-runc-v2 -namespace k8s.io -address /run/aws-b.sock' },
  { pid: 41, parent: 40, commandLine: 'sh -c pause' },
];

test('a node’s processes are its containers’ first, then its shims, kubelet and containerd; the neighbour’s are not among them', t => {
  const found = processesOfNode(rows, [10, 11], '/run/aws-a.sock');
  t.deepEqual(new Set(found.slice(0, 3)), new Set([12, 21, 22]));
  t.deepEqual(new Set(found.slice(3)), new Set([10, 11, 20]));
});
