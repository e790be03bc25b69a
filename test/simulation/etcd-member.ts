// One member of the modelled etcd as a client sees it: the same calls, deadlines and errors as the real adapter's.

import { EtcdError } from '#adapters/etcd/error.ts';
import type { Member, MemberStatus, WatchHandlers } from '#adapters/etcd/member.ts';
import type { EtcdModel, ModelMember } from './etcd-model.ts';
import type { Process } from './process.ts';

interface Call<T> {
  action: string;
  isWrite: boolean;
  work: () => T;
}

/** @param onWrite told of each write that happens, by this client */
export function connectModelMember(
  model: EtcdModel,
  index: number,
  client: Process,
  deadlineMs: number,
  onWrite: (client: Process, key: string) => void = () => undefined,
): Member {
  const { store, scheduler } = model;
  const member = model.members[index] as ModelMember;
  const ask = <T>(call: Call<T>): Promise<T> => callMember(model, index, client, deadlineMs, call);
  const read = <T>(action: string, work: () => T) => ask({ action, isWrite: false, work });
  const write = <T>(action: string, work: () => T) => ask({ action, isWrite: true, work });
  const idOf = (each: number) => String(each + 1);
  return {
    endpoint: member.name,
    get: key => read(`read ${key}`, () => store.get(key)),
    range: (prefix, except) => read(`list ${prefix}`, () => store.range(prefix, except)),
    put: (key, value, lease) =>
      write(`write ${key}`, () => {
        onWrite(client, key);
        store.put(key, value, lease);
      }),
    compareAndPut: (key, expected, text, lease, beside) =>
      write(`compare and write ${key}`, () => {
        onWrite(client, key);
        return store.compareAndPut(key, expected, text, lease, beside);
      }),
    delete: key => write(`delete ${key}`, () => store.delete(key)),
    deleteFirst: (from, end, most) => write(`delete from ${from} on`, () => store.deleteFirst(from, end, most)),
    grantLease: ttl => write('grant a lease', () => store.grantLease(ttl, scheduler.nowMs)),
    keepAlive: id => write('renew a lease', () => store.keepAlive(id, scheduler.nowMs)),
    revoke: id => write('revoke a lease', () => store.revoke(id)),
    status: () =>
      read('tell its status', (): MemberStatus => {
        const { revision } = store.range('');
        const leaderId = model.leader === undefined ? '0' : idOf(model.leader);
        const counts = { term: String(model.term), raftIndex: revision, appliedIndex: revision, revision };
        return {
          memberId: idOf(index),
          leaderId,
          ...counts,
          version: 'model',
          databaseBytes: 0,
          errors: [],
          isLearner: false,
        };
      }),
    alarms: () => read('list alarms', () => (store.isFull ? [{ memberId: idOf(index), alarm: 'NOSPACE' }] : [])),
    members: () =>
      read('list members', () =>
        model.members.map(({ name }, each) => ({ memberId: idOf(each), name, isLearner: false })),
      ),
    moveLeader: target => write('move its leadership', () => model.lead(Number(target) - 1)),
    watch: async (prefix, from, handlers) => {
      // A watch that was not confirmed in time has ended for its client: what a member that hung makes of it later is not heard.
      let isGivenUp = false;
      const heard: WatchHandlers = {
        onChange: (changes, revision) => isGivenUp || handlers.onChange(changes, revision),
        onEnd: error => isGivenUp || handlers.onEnd(error),
      };
      try {
        return await read(`watch ${prefix}`, () =>
          model.watches.start(index, client, { prefix, fromRevision: Number(from) }, heard),
        );
      } catch (error) {
        isGivenUp = true;
        throw error;
      }
    },
    close: () => undefined,
  };
}

/** To the member, through the majority, and back: what is lost on the way ends at the deadline, whatever became of it. */
function callMember<T>(
  model: EtcdModel,
  index: number,
  client: Process,
  deadlineMs: number,
  { action, isWrite, work }: Call<T>,
): Promise<T> {
  const { network, scheduler, random } = model;
  const member = model.members[index] as ModelMember;
  const fail = (code: 'unknown' | 'refused', said: string) =>
    new EtcdError(code, `etcd member ${member.name} did not ${action}: ${said}`);
  return new Promise((resolve, reject) => {
    let isOver = false;
    const settle = (end: () => void) => {
      if (isOver) return;
      isOver = true;
      cancel();
      end();
    };
    const cancel = client.time.after(deadlineMs, () =>
      settle(() => reject(fail('unknown', `4 DEADLINE_EXCEEDED: no answer within ${deadlineMs} ms`))),
    );
    const back = (end: () => void) => {
      const travelMs = network.travelMs(member, client.machine, isWrite ? 'answer lost after a write' : 'message lost');
      if (travelMs !== undefined) client.in(travelMs, () => settle(end));
    };
    const commit = () => {
      let end: () => void;
      try {
        const value = work();
        end = () => resolve(value);
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        end = () => reject(fail(error.code as 'refused', error.message));
      }
      back(end);
    };
    const arrive = () => {
      if (!member.isUp) return back(() => reject(fail('unknown', '14 UNAVAILABLE: connection refused')));
      if (member.isHung) {
        // It reads its socket once it goes on; a caller that has hung up by then may be too late to be ignored.
        scheduler.at(scheduler.nowMs + 50, () => (isOver && !random.chance(0.99) ? undefined : arrive()));
        return;
      }
      model.propose({ member: index, commit, isForgotten: () => isOver });
    };
    const travelMs = network.travelMs(client.machine, member);
    if (travelMs !== undefined) scheduler.at(scheduler.nowMs + travelMs, arrive);
  });
}
