// Sets a claim back that a clock far ahead has pushed into the future: the one case in which an operator, and no monitor, writes it.

import { type Claim, claimVersion, parseClaim, renderClaim } from '#core/failover/claim.ts';
import { historyKey } from '#core/failover/keys.ts';
import { slotAt, slotMs, slotStartMs, slotsPerWindow } from '#core/slots.ts';
import { readPicture } from './picture.ts';
import type { Crew } from './ports.ts';
import { keysOf, withAnyMember } from './register.ts';

export interface ClockSeen {
  node: string;
  /** Its wall clock less this machine's. */
  apartMs: number;
}

export type ResetVerdict = { kind: 'reset'; claim: Claim; risks: string[] } | { kind: 'refused'; reason: string };

export interface ResetPlan {
  /** As etcd has it; undefined when there is none. */
  stored: { text: string; revision: string } | undefined;
  clocks: ClockSeen[];
  verdict: ResetVerdict;
}

export type ResetResult = { kind: 'done'; claim: Claim; risks: string[] } | { kind: 'refused'; reason: string };

/** A nearer claim is waited for: that risks nothing. */
export const leastAheadMs = 3600_000;
/** A presence is up to a second old when it is read, and port-forwards take their time. */
const clockToleranceMs = 2000;
/** One round of the longest schedule: further ahead than anything that an honest clock can have claimed. */
const roundSlots = 21 * slotsPerWindow;

/** Looks, and changes nothing. */
export async function prepareReset(crew: Crew): Promise<ResetPlan> {
  const stored = await withAnyMember(crew, session => session.get(keysOf(crew).claim));
  const clocks = await readClocks(crew);
  const silent = (await crew.nodes.names()).filter(node => !clocks.some(each => each.node === node));
  const verdict = judgeReset({ text: stored?.value, clocks, silent, nowMs: crew.clock.now() });
  return { stored: stored && { text: stored.value, revision: stored.modRevision }, clocks, verdict };
}

/** Puts the claim only if it is still the one that was judged. */
export async function resetClaim(crew: Crew, { stored, verdict }: ResetPlan, by: string): Promise<ResetResult> {
  if (verdict.kind === 'refused') return verdict;
  if (stored === undefined) return { kind: 'refused', reason: 'there is no claim.' };
  const { claim, risks } = verdict;
  const keys = keysOf(crew);
  const text = renderClaim(claim);
  const before = parseClaim(stored.text);
  const entry = {
    at: new Date(crew.clock.now()).toISOString(),
    how: 'reset',
    from: before.kind === 'claim' ? before.claim.holder : '',
    to: '',
    why: `the claim lay far ahead; reset by ${by}`,
    afterSlot: claim.slot,
  };
  const isDone = await withAnyMember(crew, async session => {
    const { kind } = await session.compareAndPut(keys.claim, stored, text);
    // An earlier attempt whose answer was lost shows as our own text.
    if (kind === 'changed' && (await session.get(keys.claim))?.value !== text) return false;
    await session.put(historyKey(keys, claim.epoch), JSON.stringify(entry));
    return true;
  });
  if (isDone) return { kind: 'done', claim, risks };
  const reason =
    'the claim moved meanwhile, so some node still claims with a clock far ahead. Stop that node, then try again.';
  return { kind: 'refused', reason };
}

export interface ResetFacts {
  text: string | undefined;
  clocks: readonly ClockSeen[];
  /** Nodes whose clock is not known. */
  silent: readonly string[];
  /** Wall clock of this machine. */
  nowMs: number;
}

export function judgeReset({ text, clocks, silent, nowMs }: ResetFacts): ResetVerdict {
  if (text === undefined) return { kind: 'refused', reason: 'there is no claim. Run "active-eos install".' };
  const parsed = parseClaim(text);
  if (parsed.kind !== 'claim') {
    const found = parsed.kind === 'newer' ? `has format ${parsed.version}` : parsed.problem;
    return { kind: 'refused', reason: `the claim cannot be read: ${found}. That is no matter of a clock.` };
  }
  const { slot, epoch, holder } = parsed.claim;
  const aheadMs = slotStartMs(slot) - nowMs;
  if (aheadMs <= leastAheadMs) {
    const where = aheadMs > 0 ? `${Math.ceil(aheadMs / 1000)} s ahead; wait for that` : 'not ahead at all';
    return {
      kind: 'refused',
      reason: `the claim's slot ${slot} lies ${where}. Only one more than an hour ahead is reset.`,
    };
  }
  const mad = clocks.filter(each => each.apartMs > clockToleranceMs);
  if (mad.length > 0) {
    // Alive, it would be deposed, but with few fellows to compare with it could take the claim again and push it as far.
    const named = mad.map(each => `${each.node} (${describeSpan(each.apartMs)} ahead)`).join(', ');
    const how = `Stop it first (kubectl scale statefulset ${mad[0]?.node} --replicas=0) and mend its machine's clock`;
    return { kind: 'refused', reason: `the clock of ${named} could push the claim ahead again. ${how}.` };
  }
  const agreeing = clocks.filter(each => Math.abs(each.apartMs) <= clockToleranceMs);
  if (!hasPair(agreeing.map(each => each.apartMs))) {
    const seen = clocks.map(each => `${each.node} ${(each.apartMs / 1000).toFixed(1)} s`).join(', ') || 'none answers';
    const reason = `two monitors' clocks must agree with each other and with this machine's within 2 s; found ${seen}.`;
    return { kind: 'refused', reason: `${reason} Is this machine's clock right?` };
  }
  const claim: Claim = {
    v: Math.min(parsed.claim.v, claimVersion),
    slot: slotAt(nowMs) + roundSlots,
    digest: '',
    holder: '',
    incarnation: '',
    epoch: epoch + 1,
  };
  return { kind: 'reset', claim, risks: describeRisks({ slot, holder, next: claim.slot, silent }) };
}

function hasPair(apart: readonly number[]): boolean {
  const sorted = apart.toSorted((a, b) => a - b);
  return sorted.some((each, index) => index > 0 && each - (sorted[index - 1] ?? 0) <= clockToleranceMs);
}

function describeRisks(facts: { slot: number; holder: string; next: number; silent: readonly string[] }): string[] {
  const time = (slot: number) => new Date(slotStartMs(slot)).toISOString().slice(0, 19);
  const risks = [
    `Slots between ${time(facts.next)}Z and ${time(facts.slot)}Z are no longer barred. If ${facts.holder || 'a node'} signed a block stamped in that ` +
      'time, peers dropped it (they take none more than 7 s ahead); a node that kept it nevertheless would have two of ours once that time has come.',
  ];
  for (const node of facts.silent) {
    risks.push(`${node} does not answer, so its clock is not known: see that it is right before the node comes back.`);
  }
  return risks;
}

export function describeSpan(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** By each monitor's own word, or else by its presence. */
async function readClocks(crew: Crew): Promise<ClockSeen[]> {
  const { clock } = crew;
  const asked = (await crew.nodes.names()).map(async node => {
    const askedMs = clock.now();
    const word = await crew.nodes.look(node);
    // It read its clock at some time in between.
    return word === undefined ? [] : [{ node, apartMs: word.wallMs - (askedMs + clock.now()) / 2 }];
  });
  const heard = (await Promise.all(asked)).flat();
  const { nodes } = await readPicture(crew);
  const present = nodes
    .filter(each => !heard.some(({ node }) => node === each.node))
    .map(({ node, wallMs }) => ({ node, apartMs: wallMs - clock.now() }));
  return [...heard, ...present];
}

/** Until somebody may sign again after a reset, in seconds. */
export const barredSeconds = (roundSlots * slotMs) / 1000;
