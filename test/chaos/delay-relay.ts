// Passes connections on and delays all that goes through: a long line, where the kernel has none to offer.
// node test/chaos/delay-relay.ts '[{"from": <address>, "to": <address>, "delayMs": 15}, …]'; an address is host:port or the path of a unix socket.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  from: string;
  to: string;
  /** In each direction. */
  delayMs: number;
}

const lines = JSON.parse(process.argv[2] ?? '[]') as Line[];
const ports = await Promise.all(lines.map(open));
process.stdout.write(`${JSON.stringify({ type: 'listening', ports })}\n`);

function open({ from, to, delayMs }: Line): Promise<number | undefined> {
  const server = createServer({ allowHalfOpen: true }, near => {
    const far = connect({ ...place(to), allowHalfOpen: true });
    pass(near, far, delayMs);
    pass(far, near, delayMs);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place(from), () => resolve((server.address() as AddressInfo | null)?.port));
  });
}

function place(address: string): { host: string; port: number } | { path: string } {
  const [host = '', port] = address.split(':');
  return port === undefined ? { path: address } : { host, port: Number(port) };
}

/** Timers of one length end in the order in which they began, so nothing overtakes. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  from.setNoDelay(true);
  from.on('data', chunk => setTimeout(() => to.writable && to.write(chunk), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), delayMs));
}
