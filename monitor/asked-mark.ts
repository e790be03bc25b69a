// Remembers beside the signer's socket, beyond this process, that nodeos has asked for a signature there: it keeps its connection, and finds it
// closed when another monitor has taken this one's place. The folder lives as long as the pod.

import { existsSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

export interface AskedMark {
  /** Whether an earlier process was asked by a nodeos that nobody has seen end since. */
  readonly wasAsked: boolean;
  /** nodeos has asked this process. */
  asked(): void;
  /** nodeos has ended: the next one connects anew. */
  ended(): void;
}

/** What cannot be written is not remembered: it only decides who comes first among standbys. */
export function openAskedMark(socketPath: string): AskedMark {
  const file = `${socketPath}.asked`;
  const wasAsked = existsSync(file);
  let isMarked = wasAsked;
  return {
    wasAsked,
    asked: () => {
      if (isMarked) return;
      isMarked = true;
      // Not waited for: a signature is on its way.
      writeFile(file, '').catch(() => undefined);
    },
    ended: () => {
      if (!isMarked) return;
      isMarked = false;
      rmSync(file, { force: true });
    },
  };
}
