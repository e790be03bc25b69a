// `active-eos history`: who held the claim when, and why it moved.

import { keptChanges } from '#core/failover/keys.ts';
import { type HolderChange, readPicture } from '#operations/picture.ts';
import { CommandError, exitCodes, readPlaceArguments, textOf } from './command.ts';
import { openPlace } from './place.ts';
import { moment, print, printJson, renderTable } from './terminal.ts';

const usualLimit = 20;

export async function historyCommand(args: string[]): Promise<number> {
  const { place, json, options } = readPlaceArguments(args, [], { limit: { type: 'string' } });
  const said = textOf(options, 'limit');
  const limit = said === undefined ? usualLimit : Number(said);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new CommandError(`--limit is ${JSON.stringify(said)}; expected a whole number from 1 on.`);
  }
  const { history } = await readPicture(await openPlace(place));
  const newest = history.slice(0, limit);
  if (json) printJson(newest);
  else if (newest.length === 0) print('the claim has not changed hands yet.');
  else {
    print(renderHistory(newest));
    const gone = renderGone(history, limit);
    if (gone !== undefined) print(gone);
  }
  return exitCodes.done;
}

export function renderHistory(changes: readonly HolderChange[]): string {
  const rows = changes.map(({ epoch, at, how, from, to, why, afterSlot }) => [
    moment(at),
    how || '?',
    `${from || 'nobody'} → ${to || 'nobody'}`,
    String(afterSlot ?? '?'),
    String(epoch),
    why || '–',
  ]);
  return renderTable(['when', 'how', 'holder', 'after slot', 'epoch', 'why'], rows);
}

/** What to say of changes that etcd no longer has; undefined when all that it has had are there, or more of them could be shown. */
function renderGone(history: readonly HolderChange[], limit: number): string | undefined {
  const oldest = history.at(-1);
  if (oldest === undefined || history.length > limit || oldest.epoch <= 1) return undefined;
  return `changes before epoch ${oldest.epoch} are gone: etcd keeps the newest ${keptChanges}. The monitors' logs may have them.`;
}
