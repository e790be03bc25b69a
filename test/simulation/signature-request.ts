// A request of nodeos for a signature, over the socket to its monitor and back, as monitor/signer-socket.ts serves it.

import type { SigningDesk } from '../../monitor/signer.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';

export interface SignatureParts {
  random: Random;
  nodeos: Process;
  timeoutMs: number;
  /** The monitor that listens now; undefined: none. */
  monitor: { process: Process; desk: SigningDesk } | undefined;
  onLeft: () => void;
}

/** @param done true: nodeos has the signature, and waited for it */
export function requestSignature(parts: SignatureParts, digest: string, done: (isSigned: boolean) => void): void {
  const { random, nodeos, monitor } = parts;
  let isOver = false;
  let isHungUp = false;
  const end = (isSigned: boolean) => {
    if (isOver) return;
    isOver = true;
    cancel();
    done(isSigned);
  };
  const cancel = nodeos.in(parts.timeoutMs, () => {
    monitor?.process.in(random.between(0.05, 0.5), () => {
      isHungUp = true;
    });
    end(false);
  });
  if (monitor === undefined || !monitor.process.isAlive) {
    nodeos.in(0.2, () => end(false));
    return;
  }
  monitor.process.in(random.between(0.1, 1.5), () => void answer(monitor));

  async function answer({ process, desk }: { process: Process; desk: SigningDesk }): Promise<void> {
    const result = await desk.sign(digest);
    if (!process.isAlive) return;
    if (result.kind === 'refused') {
      nodeos.in(random.between(0.1, 1), () => end(false));
      return;
    }
    // A signature that nodeos did not wait for is no block: it must not leave, and does not count.
    if (isHungUp || !nodeos.isAlive) return;
    result.delivered();
    parts.onLeft();
    nodeos.in(random.between(0.1, 1), () => end(true));
  }
}
