// Decides the next step of a rollout from what the fleet looks like now. Every prefix of a plan is a legal place to stop:
// nothing is remembered, a run that was killed resumes because the next one sees the same fleet and decides the same.

import { compareStandbys } from '#core/failover/takeover.ts';
import { type FleetView, isFresh, type MemberView, type NodeView } from './fleet-view.ts';

/** `canary` ends when one node has been upgraded, has passed its gates and has been watched; `promote` is the rest. */
export type Part = 'canary' | 'promote';

export type Step =
  /** Wait until the node that holds the claim is well: no standby is taken away from an active node in trouble. */
  | { kind: 'await-active'; part: Part; node: string; why: string }
  /** Apply the node's release. Never the node that holds the claim. */
  | { kind: 'upgrade'; part: Part; node: string; why: string }
  /** Wait until the node passes its gates and has been ready for `soakSeconds`. */
  | { kind: 'prove'; part: Part; node: string; soakSeconds: number; why: string }
  /** Always of the second part: a canary moves no production. */
  | { kind: 'handover'; part: 'promote'; from: string; to: string; why: string }
  | { kind: 'upgrade-member'; part: 'promote'; member: string; moveLeadership: boolean; why: string }
  | { kind: 'prove-member'; part: 'promote'; member: string; why: string };

export type Next =
  | { kind: 'step'; step: Step }
  | { kind: 'done'; why: string }
  /** Supervised: a person goes on. */
  | { kind: 'ask'; why: string }
  | { kind: 'blocked'; why: string };

/** The next step. Promises: the claim's holder is never upgraded, and is handed over only to a sound node that has been upgraded. */
export function nextStep(fleet: FleetView): Next {
  const blocked = whyBlocked(fleet);
  if (blocked !== undefined) return { kind: 'blocked', why: blocked };
  const pending = fleet.nodes.filter(each => each.release !== 'current');
  const touched = fleet.nodes.filter(each => each.touched);
  const part: Part = touched.some(each => isProven(each, fleet.rollout.soakSeconds)) ? 'promote' : 'canary';
  return (
    proveFirst(fleet, pending, touched, part) ??
    upgradeStandby(fleet, pending, touched, part) ??
    releaseActive(fleet, pending, part) ??
    upgradeMember(fleet) ?? {
      kind: 'done',
      why: 'everything runs as the repository says',
    }
  );
}

/** The whole plan from here, as it goes when every step succeeds; the last entry says how it ends. */
export function planRollout(fleet: FleetView): { steps: Step[]; end: Exclude<Next, { kind: 'step' }> } {
  const steps: Step[] = [];
  // Each node and member needs at most: await-active, upgrade, prove, soak, and a handover.
  const bound = 5 * (fleet.nodes.length + fleet.members.length) + 5;
  let imagined = fleet;
  for (let count = 0; count < bound; count++) {
    const next = nextStep(imagined);
    if (next.kind !== 'step') return { steps, end: next };
    steps.push(next.step);
    imagined = afterStep(imagined, next.step);
  }
  throw new Error(`a plan of more than ${bound} steps: ${JSON.stringify(steps.at(-1))} repeats`);
}

function whyBlocked({ claim, nodes, members }: FleetView): string | undefined {
  if (claim.kind === 'missing') return 'there is no claim in etcd, so nobody may sign. Run "active-eos install" first.';
  if (claim.kind === 'unreadable')
    return `the claim cannot be read: ${claim.problem}. Nothing is changed until it can.`;
  if (claim.kind === 'held' && !nodes.some(each => each.node === claim.holder)) {
    return `the claim is held by ${claim.holder}, which the environment does not name. Hand over to a named node first.`;
  }
  const absent = members.find(each => each.release === 'missing');
  if (absent !== undefined) {
    return `the etcd member ${absent.member} is not installed; a rollout does not add members. Run "active-eos install".`;
  }
  return undefined;
}

/** Nothing new is touched while a node is down or unproven: one node at a time. */
function proveFirst(fleet: FleetView, pending: NodeView[], touched: NodeView[], part: Part): Next | undefined {
  const { soakSeconds } = fleet.rollout;
  const unsound = touched.find(
    each => !each.sound && (pending.length > 0 || isFresh(each.readySeconds, fleet.rollout)),
  );
  if (unsound !== undefined)
    return prove(part, unsound, 0, 'nothing else is touched until the upgraded node passes its gates');
  const sick = fleet.nodes.find(each => each.release === 'current' && !each.running && pending.length > 0);
  if (sick !== undefined) return prove(part, sick, 0, `nothing is upgraded while it is down: ${sick.problem}`);
  if (part === 'canary' && touched.length > 0) {
    const canary = touched.toSorted((a, b) => b.readySeconds - a.readySeconds)[0];
    if (canary !== undefined) return prove(part, canary, soakSeconds, 'the canary is watched before the next node');
  }
  return undefined;
}

function upgradeStandby(fleet: FleetView, pending: NodeView[], touched: NodeView[], part: Part): Next | undefined {
  const active = activeNode(fleet);
  const standby = inOrder(fleet, pending).find(each => each !== active);
  if (standby === undefined) return undefined;
  const fresh = touched.find(each => each.cluster !== standby.cluster && !isProven(each, fleet.rollout.soakSeconds));
  if (fresh !== undefined) {
    const why = `cluster ${fresh.cluster} is watched before cluster ${standby.cluster}`;
    return prove(part, fresh, fleet.rollout.soakSeconds, why);
  }
  if (active !== undefined && !active.holding && standby.running) {
    const why = `it holds the claim but is not signing under it${active.problem === '' ? '' : `: ${active.problem}`}`;
    return { kind: 'step', step: { kind: 'await-active', part, node: active.node, why } };
  }
  return { kind: 'step', step: { kind: 'upgrade', part, node: standby.node, why: whyNow(fleet, standby, part) } };
}

function whyNow(fleet: FleetView, standby: NodeView, part: Part): string {
  if (standby.release === 'missing') return 'a new node, a standby of nobody yet';
  if (!standby.running) return 'it is down already';
  if (part === 'promote') return `standby of cluster ${standby.cluster}`;
  return standby.cluster === fleet.rollout.order[0]
    ? `canary: the standby of cluster ${standby.cluster} that is last to take over`
    : `canary: the first cluster with a standby to upgrade is ${standby.cluster}`;
}

/** Down first (it cannot get worse), then cluster by cluster; the best standby last, so that it stays ready for longest. */
function inOrder({ rollout }: FleetView, nodes: NodeView[]): NodeView[] {
  const place = (cluster: string) => {
    const index = rollout.order.indexOf(cluster);
    return index < 0 ? rollout.order.length : index;
  };
  return nodes.toSorted(
    (a, b) =>
      Number(a.running) - Number(b.running) || place(a.cluster) - place(b.cluster) || compareStandbys(b, a, undefined),
  );
}

/** All that is left is the active node: production moves away from it first. */
function releaseActive(fleet: FleetView, pending: NodeView[], part: Part): Next | undefined {
  const active = activeNode(fleet);
  if (active === undefined || !pending.includes(active)) return undefined;
  const fellows = fleet.nodes.filter(each => each !== active);
  const fresh = fellows.find(each => each.touched && !isProven(each, fleet.rollout.soakSeconds));
  if (fresh !== undefined) {
    return prove(part, fresh, fleet.rollout.soakSeconds, `cluster ${fresh.cluster} is watched before the handover`);
  }
  const target = handoverTarget(active, fellows);
  if (target === undefined) {
    const why = fellows.length === 0 ? 'it has no standby' : `no standby is fit: ${fellows.map(notFit).join('; ')}`;
    return { kind: 'blocked', why: `${active.node} holds the claim and cannot be upgraded: ${why}` };
  }
  if (fleet.rollout.activeUpdate === 'supervised') {
    const why = `every standby is upgraded. activeUpdate is supervised: hand over from ${active.node}, such as to ${target.node}, then run the rollout again.`;
    return { kind: 'ask', why };
  }
  const why =
    target.site === active.site
      ? `${active.node} is the last to be upgraded; no fit standby in another site`
      : `${active.node} is the last to be upgraded; ${target.node} is upgraded and in another site`;
  return { kind: 'step', step: { kind: 'handover', part: 'promote', from: active.node, to: target.node, why } };
}

/** The upgraded standby that signs next: another site first, then as the monitors rank them. */
function handoverTarget(active: NodeView, fellows: NodeView[]): NodeView | undefined {
  return fellows
    .filter(each => each.release === 'current' && each.sound)
    .toSorted(
      (a, b) =>
        Number(a.site === active.site) - Number(b.site === active.site) ||
        a.priority - b.priority ||
        a.node.localeCompare(b.node),
    )[0];
}

function notFit(each: NodeView): string {
  return `${each.node} (${each.problem || each.release})`;
}

/** One member at a time, the leader last and only after leadership has moved. */
function upgradeMember({ members }: FleetView): Next | undefined {
  const pending = members.filter(each => each.release === 'outdated');
  const down = members.find(each => !each.running);
  if (pending.length === 0 && down === undefined) return undefined;
  if (down !== undefined && down.release === 'current') {
    const why = `one etcd member at a time${down.problem === '' ? '' : `: ${down.problem}`}`;
    return { kind: 'step', step: { kind: 'prove-member', part: 'promote', member: down.member, why } };
  }
  const member = memberOrder(pending)[0];
  if (member === undefined) return undefined;
  const why = member.leads ? 'the leader is the last member, and hands its leadership over first' : 'a follower';
  const step: Step = {
    kind: 'upgrade-member',
    part: 'promote',
    member: member.member,
    moveLeadership: member.leads,
    why,
  };
  return { kind: 'step', step };
}

/** A member that is down goes first: it cannot get worse. */
function memberOrder(members: MemberView[]): MemberView[] {
  return members.toSorted((a, b) => Number(a.running) - Number(b.running) || Number(a.leads) - Number(b.leads));
}

function prove(part: Part, { node }: NodeView, soakSeconds: number, why: string): Next {
  return { kind: 'step', step: { kind: 'prove', part, node, soakSeconds, why } };
}

function isProven(each: NodeView, soakSeconds: number): boolean {
  return each.sound && each.readySeconds >= soakSeconds;
}

function activeNode({ claim, nodes }: FleetView): NodeView | undefined {
  return claim.kind === 'held' ? nodes.find(each => each.node === claim.holder) : undefined;
}

/** The fleet as it is when the step has succeeded. */
export function afterStep(fleet: FleetView, step: Step): FleetView {
  const change = (name: string, changes: Partial<NodeView>): FleetView => ({
    ...fleet,
    nodes: fleet.nodes.map(each => (each.node === name ? { ...each, ...changes } : each)),
  });
  const changeMember = (name: string, changes: Partial<MemberView>): FleetView => ({
    ...fleet,
    members: fleet.members.map(each => (each.member === name ? { ...each, ...changes } : each)),
  });
  switch (step.kind) {
    case 'await-active':
      return change(step.node, { holding: true });
    case 'upgrade':
      return change(step.node, { release: 'current', touched: true, running: false, sound: false, readySeconds: 0 });
    case 'prove': {
      const before = fleet.nodes.find(each => each.node === step.node)?.readySeconds ?? 0;
      const readySeconds = Math.max(before, step.soakSeconds);
      return change(step.node, { running: true, sound: true, problem: '', readySeconds });
    }
    case 'handover':
      return {
        ...fleet,
        claim: { kind: 'held', holder: step.to, epoch: fleet.claim.kind === 'held' ? fleet.claim.epoch + 1 : 1 },
        nodes: fleet.nodes.map(each => ({ ...each, holding: each.node === step.to })),
      };
    case 'upgrade-member':
      return changeMember(step.member, { release: 'current', running: false, leads: false });
    case 'prove-member':
      return changeMember(step.member, { running: true, problem: '' });
  }
}
