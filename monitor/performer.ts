// Does what the machine in core/failover asks for, at nodeos and in etcd, and tells it what came of it.

import type { Nodeos } from '#adapters/nodeos/client.ts';
import type { Command, MonitorEvent } from '#core/failover/state.ts';
import type { Time } from '#core/time.ts';
import type { Journal } from './journal.ts';
import type { ClaimOutcome, Register } from './register.ts';

/** The event without its times, which the loop adds. */
export type Happening = MonitorEvent extends infer Each
  ? Each extends MonitorEvent
    ? Omit<Each, 'nowMs' | 'wallMs'>
    : never
  : never;

export interface Performer {
  /** When nodeos last answered a pause or a resume: what it was asked before says nothing about it. */
  readonly controlledAtMs: number;
  perform(command: Command): Promise<void>;
  /** Does some work in etcd that nothing depends on; the journal tells when it fails. */
  quietly(action: string, work: Promise<void>): Promise<void>;
}

const controlDeadlineMs = 1000;

export function startPerformer(parts: {
  nodeos: Nodeos;
  register: Register;
  journal: Journal;
  time: Time;
  dispatch: (happening: Happening) => void;
}): Performer {
  const { nodeos, register, journal, time, dispatch } = parts;
  let controlledAtMs = Number.NEGATIVE_INFINITY;

  async function perform(command: Command): Promise<void> {
    switch (command.type) {
      case 'say':
        if (command.decision === 'takeover') journal.count('takeovers');
        if (command.decision === 'handed over') journal.count('handovers');
        return journal.say(command.decision, command.reason);
      case 'pause':
        journal.say('pause nodeos', command.reason);
        return dispatch({ type: 'paused', ok: await control('pause') });
      case 'resume':
        journal.say('resume nodeos', command.reason);
        return dispatch({ type: 'resumed', ok: await control('resume') });
      case 'take':
      case 'give': {
        const outcome = await swap(command);
        const type = command.type === 'take' ? 'took' : 'gave';
        return dispatch({
          type,
          outcome: outcome.kind === 'put' ? 'put' : 'changed',
          stored: outcome.kind === 'unclear' ? undefined : outcome.stored,
        });
      }
      case 'answer':
        journal.say(`request ${command.answer.outcome}`, command.answer.reason);
        return quietly('answer a request', register.answer(command.answer));
    }
  }

  async function control(action: 'pause' | 'resume'): Promise<boolean> {
    try {
      await nodeos[action](controlDeadlineMs);
      return true;
    } catch (error) {
      journal.measures.controlFailures[action]++;
      journal.trouble('nodeos did not obey', (error as Error).message);
      return false;
    } finally {
      controlledAtMs = time.nowMs();
    }
  }

  async function swap(command: Command & { type: 'take' | 'give' }): Promise<ClaimOutcome> {
    const { type, expected, claim, reason } = command;
    try {
      const change = {
        at: new Date(time.wallMs()).toISOString(),
        how: type === 'take' ? 'takeover' : 'handover',
        from: expected.claim.holder,
        to: claim.holder,
        why: reason,
        afterSlot: claim.slot,
      };
      const outcome = await register.swapClaim(expected, claim, change, type === 'take' ? command.silent : undefined);
      if (outcome.kind === 'unclear') journal.etcdWrite('move the claim', new Error(outcome.detail));
      return outcome;
    } catch (error) {
      journal.etcdWrite('move the claim', error as Error);
      return { kind: 'unclear', detail: (error as Error).message };
    }
  }

  async function quietly(action: string, work: Promise<void>): Promise<void> {
    try {
      await work;
      journal.etcdWrite(action);
    } catch (error) {
      journal.etcdWrite(action, error as Error);
    }
  }

  return {
    get controlledAtMs() {
      return controlledAtMs;
    },
    perform,
    quietly,
  };
}
