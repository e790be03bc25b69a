import test from 'ava';
import { slotOfTimestamp } from '#core/slots.ts';
import { logProduced, logReceived, renderLine } from '#rehearsal/nodeos/log.ts';
import { child, genesis } from './chain.ts';

const nowMs = Date.parse('2026-11-23T07:39:31.819Z');

function block() {
  const id = `0000048b${'c825d28ee976ad1b'.padEnd(56, '0')}`;
  return { ...child(genesis), num: 1163, id, producer: 'prodc3', slot: slotOfTimestamp('2026-11-23T07:39:32.000') };
}

/** The text of a line up to the numbers that a run decides. */
function linesOf(write: (log: Parameters<typeof logProduced>[0]) => void): string {
  const lines: string[] = [];
  write((level, source, method, message) => lines.push(renderLine(nowMs, level, source, method, message)));
  return lines.join('\n');
}

// The expected lines are from a log of nodeos v1.2.2.

test('a produced block is logged as nodeos does', t => {
  const expected =
    'info  2026-11-23T07:39:31.819 nodeos    controller.cpp:3592           log_applied          ] Produced block c825d28ee976ad1b... #1163 @ 2026-11-23T07:39:32.000 signed by prodc3 [trxs: 0, lib: 1161, net: 0, cpu: 100 us, elapsed: 50 us, producing time: 465312 us]';
  t.is(
    linesOf(log => logProduced(log, block(), 1161, 465.312)),
    expected,
  );
});

test('a received block is logged as nodeos does, with its latency', t => {
  const expected =
    'info  2026-11-23T07:39:31.819 nodeos    controller.cpp:3616           log_applied          ] Received block c825d28ee976ad1b... #1163 @ 2026-11-23T07:39:32.000 signed by prodc3 [trxs: 0, lib: 1161, net: 0, cpu: 100 us, elapsed: 50 us, applying time: 200 us, latency: -181 ms]';
  t.is(
    linesOf(log => logReceived(log, block(), 1161, nowMs)),
    expected,
  );
});

test('a long method is cut as nodeos cuts it', t => {
  const expected =
    'warn  2026-11-23T07:39:31.819 nodeos    producer_plugin.cpp:2090      determine_pending_bl ] Not producing block because production is explicitly paused, block 2026-11-23T07:24:35.000';
  const message = 'Not producing block because production is explicitly paused, block 2026-11-23T07:24:35.000';
  t.is(renderLine(nowMs, 'warn', 'producer_plugin.cpp:2090', 'determine_pending_block_mode', message), expected);
});
