// `active-eos reset-claim`: sets a claim back that a clock far ahead has pushed into the future. Without --yes it only tells what it would do.

import { slotTimestamp } from '#core/slots.ts';
import { barredSeconds, prepareReset, resetClaim } from '#operations/reset-claim.ts';
import { caller, consentOptions, exitCodes, readConsent, readPlaceArguments } from './command.ts';
import { openPlace } from './place.ts';
import { print, printJson } from './terminal.ts';

export async function resetClaimCommand(args: string[]): Promise<number> {
  const { place, json, options } = readPlaceArguments(args, [], consentOptions);
  const consent = readConsent(options);
  const crew = await openPlace(place);
  const plan = await prepareReset(crew);
  const { verdict, clocks, stored } = plan;
  if (!json) {
    print(`claim:  ${stored?.text ?? 'none'}`);
    for (const { node, apartMs } of clocks)
      print(`clock:  ${node}: ${(apartMs / 1000).toFixed(1)} s from this machine's`);
    if (verdict.kind === 'reset') {
      print(
        `new:    slot ${verdict.claim.slot} (${slotTimestamp(verdict.claim.slot)}Z), nobody, epoch ${verdict.claim.epoch}`,
      );
      for (const risk of verdict.risks) print(`risk:   ${risk}`);
    }
  }
  if (verdict.kind === 'reset' && consent !== 'yes') {
    if (json) printJson({ kind: 'planned', claim: verdict.claim, risks: verdict.risks, clocks });
    else print(consent === 'dry-run' ? 'dry run: nothing was done.' : 'nothing was done: say --yes to do it.');
    return consent === 'dry-run' ? exitCodes.done : exitCodes.waiting;
  }
  const result = await resetClaim(crew, plan, caller());
  if (json) printJson(result);
  else if (result.kind === 'refused') print(`not reset: ${result.reason}`);
  else print(`reset: a standby takes the claim now, and signs in the first window after ${barredSeconds} s.`);
  return result.kind === 'done' ? exitCodes.done : exitCodes.failed;
}
