// Ctrl-C while something is waited for: the first one is a wish, the second one leaves.

import { exitCodes } from './command.ts';
import { progress } from './terminal.ts';

/** @param said what the first Ctrl-C does */
export function untilInterrupted(said: string): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    progress(said);
    process.once('SIGINT', () => process.exit(exitCodes.interrupted));
    controller.abort();
  });
  return controller.signal;
}

/** Ctrl-C leaves at once: what was asked for needs us no more. */
export function leaveWhenInterrupted(said: string): void {
  process.once('SIGINT', () => {
    progress(said);
    process.exit(exitCodes.interrupted);
  });
}
