// Puts an operator's order for solo on this node's volume. Run beside the monitor, in its container: who can do that can read the key, too.

import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSoloOrder, type SoloOrder } from '#core/failover/solo-record.ts';
import { readConfig } from './config.ts';
import { readSealSecret, seal, unseal } from './solo-seal.ts';

const fileName = 'order.json';
const usage = `usage: solo-order.ts start|stop [--config FILE] [--id ID] [--by NAME] [--other TEXT]…
  start needs --others-are-off and --others-are-off-again: nothing else keeps two nodes from signing one slot.
`;

export type FoundOrder = SoloOrder | { problem: string };

export interface Orders {
  /** The order that waits; a text that is none, and why; undefined when there is nothing. */
  read(): Promise<FoundOrder | undefined>;
  /** `found` was obeyed or refused. One that has taken its place meanwhile stays. */
  remove(found: FoundOrder): Promise<void>;
}

export function openOrders(folder: string, secret: Buffer): Orders {
  const path = join(folder, fileName);
  const taken = `${path}.taken`;
  const read = async (from: string): Promise<FoundOrder | undefined> => {
    const text = await unlessMissing(readFile(from, 'utf8'));
    if (text === undefined) return undefined;
    return (
      parseSoloOrder(unseal(text, secret) ?? '') ?? {
        problem: `${path} is no order of somebody who can read the key for this node; expected what solo-order.ts writes`,
      }
    );
  };
  return {
    read: () => read(path),
    // The disk may have been slow: what lies there by now can be a newer order, such as one to stop.
    remove: async found => {
      if (!isSame(await read(path), found)) return;
      await unlessMissing(rename(path, taken));
      if (!isSame(await read(taken), found)) await link(taken, path).catch(() => undefined);
      await rm(taken, { force: true });
    },
  };
}

function isSame(one: FoundOrder | undefined, other: FoundOrder): boolean {
  if (one === undefined) return false;
  return 'problem' in one || 'problem' in other ? 'problem' in one && 'problem' in other : one.id === other.id;
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeOrder(folder: string, order: SoloOrder, secret: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, fileName);
  const file = await open(`${path}.new`, 'w', 0o640);
  try {
    await file.writeFile(seal(JSON.stringify(order), secret));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: '/etc/active-eos/monitor.json' },
      id: { type: 'string' },
      by: { type: 'string' },
      other: { type: 'string', multiple: true },
      'others-are-off': { type: 'boolean' },
      'others-are-off-again': { type: 'boolean' },
    },
  });
  const [kind, ...more] = positionals;
  if ((kind !== 'start' && kind !== 'stop') || more.length > 0) return fail(usage);
  if (kind === 'start' && !(values['others-are-off'] && values['others-are-off-again'])) return fail(usage);
  const read = readConfig(['--config', values.config, '--pod-ip', '127.0.0.1']);
  if ('problems' in read) return fail(`${read.problems.join('\n')}\n`);
  const { node, soloFolder, keyFile } = read.config;
  if (soloFolder === undefined) return fail(`${values.config} names no soloFolder: this node cannot sign solo.\n`);
  const order: SoloOrder = {
    v: 1,
    kind,
    id: values.id ?? randomUUID(),
    node,
    by: values.by ?? 'somebody on the node',
    others: values.other ?? [],
    atMs: Date.now(),
  };
  await writeOrder(soloFolder, order, readSealSecret(keyFile, read.config));
  process.stdout.write(`${JSON.stringify({ order: order.id, node, kind })}\n`);
  return 0;
}

function fail(text: string): number {
  process.stderr.write(text);
  return 2;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
