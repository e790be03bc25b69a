// Bounds what a look at the fleet costs: whoever does not answer in time is a problem of its own, and is not asked again meanwhile.

import { describeError } from './operation-error.ts';

export type Answer<T> = { kind: 'answer'; value: T } | { kind: 'silent'; problem: string };

/** Answers within the limit, whatever `work` does. @param key who is asked what: the same question is never under way twice */
export type Ask = <T>(key: string, work: () => Promise<T>) => Promise<Answer<T>>;

export function askWithin(limitMs: number): Ask {
  const underWay = new Map<string, Promise<Answer<unknown>>>();
  return async <T>(key: string, work: () => Promise<T>): Promise<Answer<T>> => {
    const asked = underWay.get(key) ?? settle(work).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    const { promise: timeout, resolve } = Promise.withResolvers<Answer<T>>();
    const timer = setTimeout(
      () => resolve({ kind: 'silent', problem: `no answer within ${limitMs / 1000} s` }),
      limitMs,
    );
    try {
      return await Promise.race([asked as Promise<Answer<T>>, timeout]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function settle<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'answer', value: await work() };
  } catch (error) {
    return { kind: 'silent', problem: describeError(error).split('\n')[0] ?? '' };
  }
}
