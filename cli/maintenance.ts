// `active-eos maintenance`: while it is on nobody takes over by itself.

import { endMaintenance, startMaintenance } from '#operations/notices.ts';
import { CommandError, caller, readPlaceArguments, textOf } from './command.ts';
import { leaveWhenInterrupted } from './interrupt.ts';
import { describeNoticeResult } from './notice.ts';
import { openPlace } from './place.ts';

export async function maintenanceCommand(args: string[]): Promise<number> {
  const { place, words, json, options } = readPlaceArguments(args, ['on|off'], { why: { type: 'string' } });
  const [wanted] = words;
  if (wanted !== 'on' && wanted !== 'off') throw new CommandError(`expected on or off; found ${wanted}.`);
  const why = textOf(options, 'why');
  if (wanted === 'off' && why !== undefined) throw new CommandError('--why goes with on.');
  const crew = await openPlace(place);
  leaveWhenInterrupted('left; "active-eos status" shows whether maintenance is on.');
  const result =
    wanted === 'on' ? await startMaintenance(crew, { by: caller(), why: why ?? '' }) : await endMaintenance(crew);
  return describeNoticeResult(result, json);
}
