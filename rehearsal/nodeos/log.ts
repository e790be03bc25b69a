// Renders log lines as nodeos writes them to stderr.

import { slotStartMs, slotTimestamp } from '#core/slots.ts';
import type { Block } from './block.ts';

export type Level = 'info' | 'warn' | 'error';

/** Writes one line: level, where in nodeos' sources, the method (cut at 20 characters, as nodeos does), the text. */
export type Log = (level: Level, source: string, method: string, message: string) => void;

export function renderLine(nowMs: number, level: Level, source: string, method: string, message: string): string {
  const time = new Date(nowMs).toISOString().slice(0, -1);
  return `${level.padEnd(5)} ${time} ${'nodeos'.padEnd(9)} ${source.padEnd(29)} ${method.slice(0, 20).padEnd(20)} ] ${message}`;
}

export function logProduced(log: Log, block: Block, irreversible: number, producingMs: number): void {
  log(
    'info',
    'controller.cpp:3592',
    'log_applied',
    `Produced block ${renderBlock(block)} [trxs: 0, lib: ${irreversible}, net: 0, cpu: 100 us, elapsed: 50 us, producing time: ${Math.round(producingMs * 1000)} us]`,
  );
}

export function logReceived(log: Log, block: Block, irreversible: number, nowMs: number): void {
  log(
    'info',
    'controller.cpp:3616',
    'log_applied',
    `Received block ${renderBlock(block)} [trxs: 0, lib: ${irreversible}, net: 0, cpu: 100 us, elapsed: 50 us, applying time: 200 us, latency: ${nowMs - slotStartMs(block.slot)} ms]`,
  );
}

function renderBlock(block: Block): string {
  return `${block.id.slice(8, 24)}... #${block.num} @ ${slotTimestamp(block.slot)} signed by ${block.producer}`;
}

export function logSwitch(
  log: Log,
  from: Block,
  to: Block,
  irreversible: number,
  removed: readonly Block[],
  applied: readonly Block[],
): void {
  const detail = (block: Block): string =>
    `${block.id} (block number ${block.num} ${block.producer}) [ irreversible_blocknum: ${irreversible}, block_num: ${block.num}, timestamp: ${slotTimestamp(block.slot)}, id: ${block.id} ]`;
  const list = (blocks: readonly Block[]): string => `{${blocks.map(({ num, id }) => `${num}:${id}`).join(',')}}`;
  log('info', 'controller.cpp:4478', 'operator()', `switching forks from ${detail(from)} to ${detail(to)}`);
  log(
    'info',
    'controller.cpp:4593',
    'operator()',
    `successfully switched fork to new head ${to.id}, removed ${list(removed)}, applied ${list(applied)}`,
  );
  for (const block of applied) {
    if (!removed.some(other => other.slot === block.slot && other.producer === block.producer)) continue;
    log('warn', 'controller.cpp:4483', 'operator()', `${block.producer} double produced block ${block.num}`);
  }
}
