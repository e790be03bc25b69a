// What only the stand-in can do: faults that a real node may have, made on demand.

import type { Endpoint } from './api.ts';
import type { StandIn } from './stand-in.ts';

/** The longest hang that can be asked for. */
const longestHangMs = 600_000;

/** `/v1/standin/hang {"ms": N}`: the main thread hangs; `/v1/standin/full_blocks {"on": true}`: every block is full at once. */
export function standInEndpoints({ node }: StandIn): Record<string, Endpoint> {
  return {
    '/v1/standin/hang': {
      thread: 'http',
      parameters: 'required',
      answer: given => {
        node.mainThread.hang(Math.min(Number((given as { ms: unknown }).ms) || 0, longestHangMs));
        return { status: 201, value: { result: 'ok' } };
      },
    },
    '/v1/standin/full_blocks': {
      thread: 'http',
      parameters: 'required',
      answer: given => {
        node.fullBlocks = (given as { on: unknown }).on === true;
        return { status: 201, value: { result: 'ok' } };
      },
    },
  };
}
