// Renews a lease once: etcd offers renewal as a stream only, and a stream left open sticks to a member that may have stopped.

import type { LeaseClient } from 'etcd3';

/** Seconds the lease has again; 0 when etcd no longer knows it. Fails when no answer came within `deadlineMs`. */
export async function keepLeaseAlive(client: LeaseClient, leaseId: string, deadlineMs: number): Promise<number> {
  const stream = await client.leaseKeepAlive({ deadline: Date.now() + deadlineMs });
  return new Promise<number>((resolve, reject) => {
    // Ended, not cancelled: over TLS etcd answers a cancelled stream by closing the whole connection (GOAWAY), and refuses the next call on it.
    stream.on('data', answer => {
      stream.end();
      resolve(Number(answer.TTL));
    });
    stream.on('error', reject);
    stream.on('end', () => reject(new Error('the stream ended without an answer')));
    stream.write({ ID: leaseId });
  });
}
