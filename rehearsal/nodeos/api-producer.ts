// The producer API: pause and resume, run-time options, snapshots.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { slotTimestamp } from '#core/slots.ts';
import { type Detail, type Endpoint, HttpError, type HttpSettings, unparsableRequest } from './api.ts';
import { reportedOffsetMs } from './production.ts';
import type { RuntimeOptions } from './settings.ts';
import { renderSnapshot } from './snapshot.ts';
import type { StandIn } from './stand-in.ts';

export function producerEndpoints(standIn: StandIn, { snapshotsFolder }: HttpSettings): Record<string, Endpoint> {
  const { node } = standIn;
  const main = (parameters: Endpoint['parameters'], answer: (parameters: unknown) => unknown): Endpoint => ({
    thread: 'main',
    parameters,
    answer: given => ({ status: 201, value: answer(given) ?? { result: 'ok' } }),
  });
  return {
    '/v1/producer/pause': main('none', () => node.pause()),
    '/v1/producer/resume': main('none', () => node.resume()),
    '/v1/producer/paused': main('none', () => node.isPaused()),
    '/v1/producer/get_runtime_options': main('none', () => renderOptions(node.options)),
    '/v1/producer/update_runtime_options': main('required', given => updateOptions(node.options, given)),
    '/v1/producer/get_snapshot_requests': main('none', () => ({ snapshot_requests: [] })),
    '/v1/producer/create_snapshot': main('none', () => createSnapshot(standIn, snapshotsFolder)),
  };
}

function renderOptions(options: RuntimeOptions): unknown {
  return {
    max_transaction_time: options.maxTransactionTimeMs,
    max_irreversible_block_age: options.maxIrreversibleBlockAgeSeconds,
    produce_block_offset_ms: reportedOffsetMs(options.produceBlockOffsetMs),
    greylist_limit: options.greylistLimit,
  };
}

function updateOptions(options: RuntimeOptions, given: unknown): void {
  const number = (name: string): number | undefined => {
    const value = (given as Record<string, unknown>)[name];
    if (value === undefined) return undefined;
    if (!/^-?\d+$/.test(JSON.stringify(value).replaceAll('"', '')))
      throw unparsableRequest(detail("Couldn't parse int64_t", 'string.cpp', 32, 'to_int64'), true);
    return Number(value);
  };
  const offsetMs = number('produce_block_offset_ms');
  if (offsetMs !== undefined && (offsetMs < 0 || offsetMs >= 6000)) {
    throw new HttpError(500, 'Internal Service Error', {
      code: 3170006,
      name: 'plugin_config_exception',
      what: 'Incorrect plugin configuration',
      details: [
        detail(
          `produce-block-offset-ms ${offsetMs} must be [0 - 6000)`,
          'producer_plugin.cpp',
          985,
          'update_runtime_options',
        ),
      ],
    });
  }
  options.maxTransactionTimeMs = number('max_transaction_time') ?? options.maxTransactionTimeMs;
  options.maxIrreversibleBlockAgeSeconds =
    number('max_irreversible_block_age') ?? options.maxIrreversibleBlockAgeSeconds;
  options.produceBlockOffsetMs = offsetMs ?? options.produceBlockOffsetMs;
  options.greylistLimit = number('greylist_limit') ?? options.greylistLimit;
}

function detail(message: string, file: string, line: number, method: string): Detail {
  return { message, file, line_number: line, method };
}

function createSnapshot({ node }: StandIn, folder: string | undefined): unknown {
  if (folder === undefined) throw new HttpError(500, 'Internal Service Error');
  const { head } = node.forks;
  const name = join(folder, `snapshot-${head.id}.bin`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(name, renderSnapshot(node.forks));
  return {
    head_block_id: head.id,
    head_block_num: head.num,
    head_block_time: slotTimestamp(head.slot),
    version: 8,
    snapshot_name: name,
  };
}
