// Several members as one: the member that answered last is asked first; a read tries each once, a write only one.

import { EtcdError } from './error.ts';
import { connectMember, type Member, type MemberOptions } from './member.ts';

export interface EtcdCluster {
  /** Asks each member once, best first, until one answers. */
  read<T>(ask: (member: Member) => Promise<T>): Promise<T>;
  /** Asks the best member, once: a write whose answer is lost must not be sent again unseen. */
  write<T>(ask: (member: Member) => Promise<T>): Promise<T>;
  close(): void;
}

/** Opens clients for all members; nothing is sent until the first call. @param endpoints nearest first */
export function connectCluster({
  endpoints,
  ...options
}: Omit<MemberOptions, 'endpoint'> & { endpoints: readonly string[] }): EtcdCluster {
  let order = endpoints.map(endpoint => connectMember({ ...options, endpoint }));
  const write = async <T>(ask: (member: Member) => Promise<T>): Promise<T> => {
    const [member] = order;
    if (member === undefined) throw new EtcdError('refused', 'no etcd member is configured');
    try {
      return await ask(member);
    } catch (error) {
      if (error instanceof EtcdError && error.code === 'unknown')
        order = [...order.filter(other => other !== member), member];
      throw error;
    }
  };
  return {
    write,
    read: async ask => {
      let last: unknown;
      for (let attempt = 0; attempt < endpoints.length; attempt++) {
        try {
          return await write(ask);
        } catch (error) {
          last = error;
        }
      }
      throw last;
    },
    close: () => {
      for (const member of order) member.close();
    },
  };
}
