// Keeps the monitor's picture of the register in etcd fresh: a watch makes changes quick to arrive, reading once a second makes sure that they do.

import type { Time } from '#core/time.ts';
import type { Register, RegisterView } from './register.ts';
import { oneAtATime, type Repeater } from './repeat.ts';

export interface RegisterWatchPort {
  /** The whole register, as it was at some time between question and answer. */
  onView(view: RegisterView): void;
  /** From now on every change of the claim is told, or no longer. */
  onWatch(isWatching: boolean): void;
  /** The claim has changed. */
  onClaim(stored: RegisterView['stored']): void;
}

export interface RegisterWatch {
  /** Whether etcd was read lately, and what it said last. */
  state(): { reachable: boolean; detail: string };
  stop(): void;
}

const readEveryMs = 1000;
const watchAgainMs = 200;
/** Etcd counts as reachable as long as something was read within this time. */
const silenceMs = 3000;

export function watchRegister(
  register: Register,
  parts: { repeater: Repeater; time: Time },
  port: RegisterWatchPort,
): RegisterWatch {
  const { repeater, time } = parts;
  let lastReadMs = Number.NEGATIVE_INFINITY;
  let detail = 'not asked yet';
  let stopWatch: () => void = () => undefined;

  const read = oneAtATime(async (): Promise<string | undefined> => {
    try {
      const view = await register.readAll();
      lastReadMs = time.nowMs();
      detail = `read at revision ${view.revision}`;
      port.onView(view);
      return view.revision;
    } catch (error) {
      detail = (error as Error).message;
      return undefined;
    }
  });

  const watch = async () => {
    const revision = await read();
    if (revision === undefined) return;
    try {
      const { ended, stop } = await register.watch(String(BigInt(revision) + 1n), () => void read(), port.onClaim);
      stopWatch = stop;
      port.onWatch(true);
      await ended;
    } catch (error) {
      detail = (error as Error).message;
    }
    port.onWatch(false);
  };

  repeater.every(() => watchAgainMs, watch);
  repeater.every(
    () => readEveryMs,
    async () => void (await read()),
  );
  return {
    state: () => ({ reachable: time.nowMs() - lastReadMs < silenceMs, detail }),
    stop: () => stopWatch(),
  };
}
