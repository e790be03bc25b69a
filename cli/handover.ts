// `active-eos handover`: hands production over to another node.

import { randomUUID } from 'node:crypto';
import { handOver } from '#operations/handover.ts';
import { CommandError, caller, readPlaceArguments, textOf } from './command.ts';
import { untilInterrupted } from './interrupt.ts';
import { describeMove } from './move.ts';
import { openPlace } from './place.ts';
import { news } from './terminal.ts';

export async function handoverCommand(args: string[]): Promise<number> {
  const own = { to: { type: 'string' }, moment: { type: 'string' } } as const;
  const { place, json, options } = readPlaceArguments(args, [], own);
  const moment = options.moment ?? 'gap';
  if (moment !== 'gap' && moment !== 'now') {
    throw new CommandError(`--moment is ${JSON.stringify(moment)}; expected gap or now.`);
  }
  const crew = await openPlace(place);
  const say = news();
  const result = await handOver(crew, {
    target: textOf(options, 'to'),
    moment,
    by: caller(),
    id: randomUUID(),
    onWait: async text => say(text),
    signal: untilInterrupted('withdrawing the request; Ctrl-C again leaves without waiting.'),
  });
  return describeMove('handover', result, json);
}
