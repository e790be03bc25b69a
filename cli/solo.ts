// `active-eos solo`: break-glass when etcd is gone. docs/solo.md is to be read first.

import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { SoloStatus } from '#core/failover/solo-record.ts';
import { openFleet } from '#operations/fleet.ts';
import { readSolo, type SoloNode, type SoloOptions, type SoloResult, startSolo, stopSolo } from '#operations/solo.ts';
import { openSoloPort } from '#operations/solo-place.ts';
import { CommandError, caller, exitCodes, readPlaceArguments, textOf } from './command.ts';
import { print, printJson, progress, renderTable } from './terminal.ts';

export async function soloCommand(args: string[]): Promise<number> {
  const { place, words, json, options } = readPlaceArguments(args, ['start|stop|status'], {
    node: { type: 'string' },
    fenced: { type: 'string' },
    'fenced-again': { type: 'string' },
  });
  const [act] = words;
  if (act !== 'start' && act !== 'stop' && act !== 'status') {
    throw new CommandError(`expected start, stop or status after the environment; found ${act ?? 'nothing'}.`);
  }
  if (place.kind === 'pod') {
    throw new CommandError(
      'solo looks at all clusters. In a pod only its order can be given: node monitor/solo-order.ts.',
    );
  }
  const node = textOf(options, 'node');
  if (act !== 'status' && node === undefined) throw new CommandError('--node NODE is needed: the one that shall sign.');
  const fleet = await openFleet(place.access);
  if (act === 'status') return showStatus(await readSolo(fleet), json);
  const port = openSoloPort(fleet.environment, place.access.kubeconfig);
  const fenced = listOf(textOf(options, 'fenced'));
  const said = textOf(options, 'fenced-again');
  const order: SoloOptions = {
    node: node ?? '',
    fenced,
    fencedAgain: said === undefined && act === 'start' ? await askAgain(fenced) : listOf(said),
    by: caller(),
    id: randomUUID(),
    report: progress,
  };
  const result = act === 'start' ? await startSolo(fleet, port, order) : await stopSolo(fleet, port, order);
  if (json) printJson(result);
  else print(describe(result, order.node));
  return result.kind === 'signing' || result.kind === 'stopped' ? exitCodes.done : exitCodes.failed;
}

/** NODE[,NODE…] */
function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(each => each !== '');
}

/** A person types each name again; without a terminal nothing has been said twice. */
async function askAgain(fenced: readonly string[]): Promise<string[]> {
  if (fenced.length === 0 || !process.stdin.isTTY) return [];
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed: string[] = [];
    for (const node of fenced) {
      const question = `Is ${node} off, so that it cannot sign, whatever happens to the network? Type its name: `;
      typed.push((await terminal.question(question)).trim());
    }
    return typed;
  } finally {
    terminal.close();
  }
}

function showStatus(nodes: readonly SoloNode[], json: boolean): number {
  if (json) printJson(nodes);
  else print(renderTable(['node', 'solo', 'detail'], nodes.map(toRow)));
  return exitCodes.done;
}

function toRow({ node, solo }: SoloNode): string[] {
  return typeof solo === 'string' ? [node, solo, '–'] : [node, solo.phase, describeStatus(solo)];
}

function describeStatus({ by, slot, detail }: SoloStatus): string {
  return [by === '' ? '' : `by order of ${by}`, slot === null ? '' : `claimed up to slot ${slot}`, detail]
    .filter(each => each !== '')
    .join('; ');
}

function describe(result: SoloResult, node: string): string {
  switch (result.kind) {
    case 'signing':
      return `${node} signs SOLO, above slot ${result.status?.fence}. Keep every other node off until "active-eos solo … status" says off.`;
    case 'stopped':
      return result.status === null
        ? `${node} is not solo.`
        : `${node} signs no more. It tells etcd what it has signed as soon as that answers; leave it running.`;
    case 'refused':
      return `refused:\n${result.problems.map(each => `  ${each}`).join('\n')}`;
    case 'unconfirmed':
      return `ordered, but ${result.reason}. The order stands for ten minutes; "active-eos solo … status" tells.`;
  }
}
