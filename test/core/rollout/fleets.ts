// Fleets as a plan sees them: written down by hand, or drawn from a seed.

import type { FleetView, MemberView, NodeView } from '#core/rollout/fleet-view.ts';

export function node(name: string, changes: Partial<NodeView> = {}): NodeView {
  const [cluster = '', zone = ''] = name.split('-');
  return {
    node: name,
    cluster,
    site: cluster,
    priority: zone === 'a' ? 0 : 1,
    release: 'outdated',
    touched: false,
    running: true,
    sound: true,
    problem: '',
    readySeconds: 86_400,
    holding: false,
    ...changes,
  };
}

export function member(name: string, changes: Partial<MemberView> = {}): MemberView {
  return {
    member: name,
    cluster: name,
    release: 'current',
    running: true,
    problem: '',
    leads: name === 'aws',
    ...changes,
  };
}

/** Upgraded by this rollout, and watched. */
export const proven: Partial<NodeView> = { release: 'current', touched: true, readySeconds: 60 };

export function fleet(nodes: NodeView[], changes: Partial<FleetView> = {}): FleetView {
  return {
    claim: { kind: 'held', holder: 'aws-a', epoch: 3 },
    nodes,
    members: ['aws', 'gcp', 'witness'].map(name => member(name)),
    rollout: { order: ['aws', 'gcp'], soakSeconds: 60, readyTimeoutSeconds: 300, activeUpdate: 'unsupervised' },
    ...changes,
  };
}

export const active = (changes: Partial<NodeView> = {}) => node('aws-a', { holding: true, ...changes });

/** Deterministic: one seed decides a whole run. */
export function random(seed: number): (below: number) => number {
  let state = seed + 1;
  return below => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    state ^= state >>> 12;
    return (state >>> 0) % below;
  };
}

export function randomFleet(draw: (below: number) => number): FleetView {
  const names = ['aws-a', 'aws-b', 'gcp-a', 'gcp-b', 'oci-a'].slice(0, 2 + draw(4));
  const holder = names[draw(names.length)] ?? 'aws-a';
  const nodes = names.map(name => {
    const release = draw(4) === 0 ? 'current' : draw(8) === 0 ? 'missing' : 'outdated';
    const running = release !== 'missing' && (name === holder || draw(5) > 0);
    const touched = release === 'current' && draw(2) === 0;
    const sound = running && draw(6) > 0;
    return node(name, {
      release,
      running,
      touched,
      sound,
      readySeconds: running ? draw(90) : 0,
      holding: name === holder,
    });
  });
  const soakSeconds = draw(3) === 0 ? 0 : 60;
  return fleet(nodes, {
    claim: { kind: 'held', holder, epoch: 1 },
    rollout: { order: ['aws', 'gcp', 'oci'], soakSeconds, readyTimeoutSeconds: 300, activeUpdate: 'unsupervised' },
  });
}
