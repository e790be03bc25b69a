// What solo stands on: the chain's newest link, and whether it can be used at all.

import { stopped } from '#core/failover/solo.ts';
import type { SoloRecord } from '#core/failover/solo-record.ts';
import { type Chain, type Link, SoloError } from './solo-chain.ts';

export interface SoloVolume {
  /** The newest link as last read or made. */
  tip(): Link | undefined;
  /** The record in force; undefined when solo is off. */
  active(): SoloRecord | undefined;
  /** Why the chain cannot be used; undefined when it can. */
  broken(): string | undefined;
  load(): Promise<void>;
  /** False when another process was faster: then its link is the newest. Throws SoloError. */
  extend(record: SoloRecord): Promise<boolean>;
  /** Extends by a change of phase, and says so. */
  enter(record: SoloRecord, decision: string, why: string): Promise<void>;
  stop(record: SoloRecord, decision: string, why: string): Promise<void>;
}

/** Nothing is read before `load`. */
export function openVolume(chain: Chain, say: (decision: string, reason: string) => void): SoloVolume {
  let tip: Link | undefined;
  let broken: string | undefined;
  const volume: SoloVolume = {
    tip: () => tip,
    active: () => (tip === undefined || tip.record.phase === 'over' ? undefined : tip.record),
    broken: () => broken,
    load: async () => {
      try {
        tip = await chain.tip();
        broken = undefined;
      } catch (error) {
        if (!(error instanceof SoloError)) throw error;
        if (broken !== error.message) say('cannot be used', error.message);
        broken = error.message;
        tip = undefined;
      }
    },
    extend: async record => {
      const sequence = tip?.sequence ?? 0;
      if ((await chain.extend(sequence, record)) === 'made') {
        tip = { sequence: sequence + 1, record };
        return true;
      }
      await volume.load();
      return false;
    },
    enter: async (record, decision, why) => {
      if (await volume.extend({ ...record, why })) say(decision, why);
    },
    stop: (record, decision, why) => volume.enter(stopped(record), decision, why),
  };
  return volume;
}
