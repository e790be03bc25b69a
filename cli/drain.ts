// `active-eos drain` and `undrain`: a node that shall not sign until further notice.

import { drainNode, undrainNode } from '#operations/notices.ts';
import { caller, readPlaceArguments, textOf } from './command.ts';
import { leaveWhenInterrupted } from './interrupt.ts';
import { describeNoticeResult } from './notice.ts';
import { openPlace } from './place.ts';
import { news } from './terminal.ts';

export async function drainCommand(args: string[]): Promise<number> {
  const { place, words, json, options } = readPlaceArguments(args, ['NODE'], { why: { type: 'string' } });
  const [node = ''] = words;
  const crew = await openPlace(place);
  leaveWhenInterrupted(`${node} stays drained, "active-eos undrain" ends that; "active-eos status" shows who signs.`);
  const why = textOf(options, 'why') ?? '';
  return describeNoticeResult(await drainNode(crew, node, { by: caller(), why, onWait: news() }), json);
}

export async function undrainCommand(args: string[]): Promise<number> {
  const { place, words, json } = readPlaceArguments(args, ['NODE']);
  const [node = ''] = words;
  const crew = await openPlace(place);
  leaveWhenInterrupted('left; "active-eos status" shows whether it is drained.');
  return describeNoticeResult(await undrainNode(crew, node, { by: caller(), why: '', onWait: news() }), json);
}
