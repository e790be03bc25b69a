// Says in etcd what this node has to say of itself: when something changes that fellows must hear at once, and otherwise as often as it has promised.

import type { Presence, Role } from '#core/failover/status.ts';
import type { Time } from '#core/time.ts';
import { oneAtATime } from './repeat.ts';

export interface Announcer {
  /** Resolves when it is said, or could not be. */
  announce(): Promise<void>;
  /** Announces if what fellows must hear at once is not what they heard last. */
  announceNews(): void;
  stop(): void;
}

const announceEveryMs = 1000;

/** @param say bounded; never fails */
export function startAnnouncer(parts: {
  time: Time;
  presence: () => Presence;
  isNearWindow: () => boolean;
  say: (presence: Presence) => Promise<void>;
}): Announcer {
  const { time, presence, say } = parts;
  let announced: Presence | undefined;
  let stopped = false;
  let cancel: () => void = () => undefined;
  const announce = oneAtATime(async () => {
    cancel();
    const now = presence();
    announced = now;
    await say(now);
    cancel();
    if (!stopped) cancel = time.after(Math.min(announceEveryMs, now.paceMs ?? announceEveryMs), () => void announce());
  });
  return {
    announce,
    announceNews: () => {
      if (!stopped && isNews(presence())) void announce();
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };

  /** Who takes the claim they see by the claim itself: in our window the first signature shall not wait behind such words. */
  function isNews(now: Presence): boolean {
    if (announced === undefined) return true;
    const role = isComing(now.role) && parts.isNearWindow() ? announced.role : now.role;
    return headline({ ...now, role }) !== headline(announced);
  }
}

/** On the way to a signature, or there. */
export function isComing(role: Role): boolean {
  return role === 'taking' || role === 'resuming' || role === 'holding';
}

function headline({ role, eligible, unheardSlot, nodeos: { alive } }: Presence): string {
  return `${role} ${eligible} ${alive} ${unheardSlot}`;
}
