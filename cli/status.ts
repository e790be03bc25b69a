// `active-eos status`: who signs, and how every node and etcd member is; once, or again and again.

import { setTimeout as delay } from 'node:timers/promises';
import { askWithin } from '#operations/ask-within.ts';
import type { FleetStatus } from '#operations/describe-status.ts';
import type { Crew, Fleet } from '#operations/ports.ts';
import { readFleetStatus } from '#operations/status.ts';
import { exitCodes, readPlaceArguments } from './command.ts';
import { openPlace } from './place.ts';
import { renderStatus, renderStatusKey } from './status-table.ts';
import { plain, print, printJson } from './terminal.ts';

const redrawMs = 2000;
/** A look that takes longer shows who was slow. */
const watchLimitMs = 4000;
/** Moves the cursor home and clears what is below. */
const home = '\u001b[H\u001b[J';

export async function statusCommand(args: string[]): Promise<number> {
  const own = { watch: { type: 'boolean' }, quick: { type: 'boolean' } } as const;
  const { place, json, options } = readPlaceArguments(args, [], own);
  const crew = await openPlace(place);
  if (options.watch === true) return await watch(crew, json);
  const status = await readFleetStatus(crew, { releases: options.quick !== true });
  if (json) printJson(status);
  else print(renderStatus(status));
  return exitCodes.done;
}

/** On a terminal the picture is redrawn; elsewhere each change is a block of its own, or with --json a line. */
async function watch(crew: Crew | Fleet, json: boolean): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const ask = askWithin(watchLimitMs);
  let shown = '';
  while (!stop.signal.aborted) {
    const look = readFleetStatus(crew, { releases: false, ask });
    const status = await Promise.race([look, aborted(stop.signal)]);
    if (status === undefined) break;
    const key = renderStatusKey(status);
    if (process.stdout.isTTY && !json) process.stdout.write(`${home}${plain(renderStatus(status))}\n`);
    else if (key !== shown) print(json ? JSON.stringify(status) : `${renderStatus(status)}\n`);
    shown = key;
    await delay(redrawMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  return exitCodes.done;
}

function aborted(signal: AbortSignal): Promise<FleetStatus | undefined> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
