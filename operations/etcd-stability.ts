// Asks every etcd member by itself, again and again over a window, and has the answers judged.

import { judgeStability, type MemberSample, type StabilityVerdict } from '#core/etcd-stability/judge.ts';
import { stabilityWindowSeconds } from '#core/rollout/duration.ts';
import { describeError } from './operation-error.ts';
import type { EtcdSession, Fleet } from './ports.ts';
import { withAnyMember } from './register.ts';

export interface StabilityOptions {
  /** Length of the window; one sample a second. */
  windowSeconds: number;
}

export const defaultStability: StabilityOptions = { windowSeconds: stabilityWindowSeconds };

/** Never throws for a member that is away: that is part of the verdict. */
export async function checkEtcdStability(fleet: Fleet, { windowSeconds }: StabilityOptions): Promise<StabilityVerdict> {
  const members = fleet.environment.etcd.members.map(each => each.name);
  const rounds = Math.max(2, Math.floor(windowSeconds) + 1);
  const samples = await Promise.all(members.map(member => sampleMember(fleet, member, rounds)));
  const alarms = await withAnyMember(fleet, session => session.alarms()).catch(() => []);
  return judgeStability(members, samples.flat(), alarms);
}

async function sampleMember(fleet: Fleet, member: string, rounds: number): Promise<MemberSample[]> {
  const samples: MemberSample[] = [];
  try {
    await fleet.etcd.use(member, async session => {
      // The first call opens the connection; its time says nothing about the member.
      await session.status();
      for (let round = 0; round < rounds; round++) {
        if (round > 0) await fleet.clock.sleep(1000);
        samples.push({ member, round, answer: await askMember(fleet, session) });
      }
    });
  } catch (error) {
    samples.push({ member, round: samples.length, answer: { kind: 'silent', problem: describeError(error) } });
  }
  return samples;
}

async function askMember(fleet: Fleet, session: EtcdSession): Promise<MemberSample['answer']> {
  const askedMs = fleet.clock.now();
  try {
    const status = await session.status();
    return { kind: 'answer', ...status, roundTripMs: fleet.clock.now() - askedMs };
  } catch (error) {
    return { kind: 'silent', problem: describeError(error) };
  }
}
