// `active-eos failover`: a standby takes the claim whether its holder agrees or not. Without --yes it only tells what that would do.

import { randomUUID } from 'node:crypto';
import { type FailoverPlan, failOver, prepareFailover } from '#operations/failover.ts';
import { caller, consentOptions, exitCodes, readConsent, readPlaceArguments, textOf } from './command.ts';
import { untilInterrupted } from './interrupt.ts';
import { describeMove } from './move.ts';
import { openPlace } from './place.ts';
import { news, print, printJson } from './terminal.ts';

export async function failoverCommand(args: string[]): Promise<number> {
  const { place, json, options } = readPlaceArguments(args, [], { ...consentOptions, to: { type: 'string' } });
  const consent = readConsent(options);
  const target = textOf(options, 'to');
  const crew = await openPlace(place);
  const { plan, refusal } = await prepareFailover(crew, target);
  if (!json) for (const line of plan === undefined ? [] : renderPlan(plan)) print(line);
  if (plan === undefined || refusal !== undefined) {
    if (json) printJson({ kind: 'refused', reason: refusal, plan });
    else print(`no failover: ${refusal}`);
    return exitCodes.failed;
  }
  if (consent !== 'yes') {
    if (json) printJson({ kind: 'planned', plan });
    else print(consent === 'dry-run' ? 'dry run: nothing was done.' : 'nothing was done: say --yes to do it.');
    return consent === 'dry-run' ? exitCodes.done : exitCodes.waiting;
  }
  const say = news();
  const result = await failOver(crew, plan, {
    target,
    by: caller(),
    id: randomUUID(),
    onWait: async text => say(text),
    signal: untilInterrupted('withdrawing the request; Ctrl-C again leaves without waiting.'),
  });
  return describeMove('failover', result, json);
}

export function renderPlan({
  holder,
  epoch,
  holderProblems,
  takes,
  standbys,
  windowInSeconds,
}: FailoverPlan): string[] {
  const isWell = holderProblems.length === 0;
  return [
    `holder:   ${holder || 'nobody'}, epoch ${epoch}: ${isWell ? 'it signs and is heard' : holderProblems.join(', ')}`,
    ...standbys.map(({ node, eligible, why }) => {
      const state = eligible ? 'could take over' : `could not: ${why.join(', ') || 'not eligible'}`;
      return `standby:  ${node}: ${state}${node === takes ? ' ← takes the claim' : ''}`;
    }),
    `window:   ${describeWindow(windowInSeconds)}`,
    ...(isWell && takes !== null
      ? [`advice:   ${holder} is well: "active-eos handover" moves production without a missed block.`]
      : []),
  ];
}

function describeWindow(seconds: number | null): string {
  if (seconds === null) return 'no monitor knows when it is ours; a failover within it may cost a block';
  if (seconds === 0) return 'ours is on: a failover now may cost a block';
  return `ours begins in ${seconds} s: a failover before that costs nothing`;
}
