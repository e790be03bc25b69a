// Tells what became of a drain or of maintenance.

import type { NoticeResult } from '#operations/notices.ts';
import { exitCodes } from './command.ts';
import { print, printJson } from './terminal.ts';

/** Prints it; gives the exit code. */
export function describeNoticeResult(result: NoticeResult, json: boolean): number {
  if (json) printJson(result);
  else
    switch (result.kind) {
      case 'done':
        print(result.text);
        break;
      case 'unconfirmed':
        print(`not confirmed: ${result.reason} It stays so; run "active-eos status".`);
        break;
      case 'crossed':
        print(`undone: ${result.reason}`);
        break;
      case 'refused':
        print(`nothing was changed: ${result.reason}`);
        break;
    }
  return result.kind === 'done' ? exitCodes.done : exitCodes.failed;
}
