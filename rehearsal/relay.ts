// Lets a browser outside the sandbox reach the page inside: a port of the loopback, relayed to a unix socket.

import { connect, createServer } from 'node:net';

/** Listens on a free port of 127.0.0.1; a connection made before the socket is there is closed. */
export async function relayToSocket(socketPath: string): Promise<{ url: string; close(): void }> {
  const server = createServer(outside => {
    const inside = connect(socketPath);
    const drop = () => {
      outside.destroy();
      inside.destroy();
    };
    outside.on('error', drop).on('close', drop);
    inside.on('error', drop).on('close', drop);
    outside.pipe(inside).pipe(outside);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
