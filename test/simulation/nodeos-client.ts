// nodeos' HTTP API as its monitor sees it: some calls are answered by any thread, most by the main thread, none by a process that is stopped.

import { type ChainInfo, type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { slotAt } from '#core/slots.ts';
import type { NodeosModel } from './nodeos-model.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';

export interface NodeosClientParts {
  client: Process;
  random: Random;
  chainId: string;
  offsetMs: number;
  /** The nodeos that runs now; undefined: none. */
  running(): NodeosModel | undefined;
  connections(): { peer: string; agent: string; isOpen: boolean }[];
  schedules(nowSlot: number): string[][];
  onResume(): void;
  sign(digest: string): string;
}

export function connectModelNodeos(parts: NodeosClientParts): Nodeos {
  const { client, random } = parts;
  const call = <T>(path: string, deadlineMs: number, thread: 'any' | 'main', work: (nodeos: NodeosModel) => T) =>
    new Promise<T>((resolve, reject) => {
      let isOver = false;
      const settle = (end: () => void) => {
        if (isOver) return;
        isOver = true;
        cancel();
        end();
      };
      const silent = (why: string) =>
        settle(() => reject(new NodeosError('silent', `nodeos did not answer ${path}: ${why}`)));
      const cancel = client.time.after(deadlineMs, () => silent(`no answer within ${deadlineMs} ms`));
      const nodeos = parts.running();
      if (nodeos === undefined) {
        client.in(0.2, () => silent('connection refused'));
        return;
      }
      const back = (value: T) => void client.in(random.between(0.1, 1), () => settle(() => resolve(value)));
      nodeos.process.in(random.between(0.1, 1), () => {
        if (thread === 'any') return back(work(nodeos));
        nodeos.thread.usually(done => {
          const value = work(nodeos);
          done();
          back(value);
        });
      });
    });
  return {
    info: deadlineMs => call('get_info', deadlineMs, 'any', nodeos => infoOf(nodeos, parts.chainId)),
    paused: deadlineMs => call('paused', deadlineMs, 'main', nodeos => nodeos.isPaused),
    pause: deadlineMs => call('pause', deadlineMs, 'main', nodeos => nodeos.pause()),
    resume: deadlineMs => {
      parts.onResume();
      return call('resume', deadlineMs, 'main', nodeos => nodeos.resume());
    },
    schedules: deadlineMs =>
      call('get_producer_schedule', deadlineMs, 'main', nodeos =>
        parts.schedules(Math.max(nodeos.head.slot, slotAt(nodeos.process.machine.wallMs()))),
      ),
    connections: deadlineMs => call('connections', deadlineMs, 'main', parts.connections),
    connect: (_, deadlineMs) => call('connect', deadlineMs, 'main', () => undefined),
    produceBlockOffsetMs: deadlineMs => call('get_runtime_options', deadlineMs, 'main', () => parts.offsetMs),
    signatureOf: async (id, deadlineMs) => {
      const block = await call('get_block_header', deadlineMs, 'main', nodeos => nodeos.find(id));
      if (block?.digest === undefined) throw new NodeosError('refused', 'nodeos answered get_block_header with 400');
      return parts.sign(block.digest);
    },
    close: () => undefined,
  };
}

function infoOf({ head }: NodeosModel, chainId: string): ChainInfo {
  return {
    chainId,
    version: 'model',
    headNum: head.num,
    headId: head.id,
    headSlot: head.slot,
    headProducer: head.producer,
    lib: Math.max(0, head.num - 3),
  };
}
