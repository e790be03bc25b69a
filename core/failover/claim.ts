// The claim: the one value in etcd that says which node may sign, and for which slots.

/** Newest format of the value that this program knows; a monitor that reads a higher one never claims. */
export const claimVersion = 1;

/** What the claim key holds. */
export interface Claim {
  v: number;
  /** Upper bound of every slot signable under this claim. */
  slot: number;
  /** Hex digest that was signed for, or is about to be; empty after a handover or takeover before the first signature. Of a claim made ahead: the one signed before it. */
  digest: string;
  /** Node name of the holder; empty when nobody has held it yet. */
  holder: string;
  /** The holder's monitor process, new with every start: a restarted monitor is somebody else. */
  incarnation: string;
  /** Rises by one with every change of holder. */
  epoch: number;
  /** A digest that was signed for before, on a claim made ahead, and that no claim has named yet. */
  before?: string;
  /** Made ahead: for one signature more, asked for later. Drawn anew each time, so that no two such claims are alike. */
  ahead?: string;
}

/** A claim as etcd keeps it: the text matters, since every transaction compares it byte by byte. */
export interface StoredClaim {
  claim: Claim;
  text: string;
  /** mod_revision, a decimal string. */
  revision: string;
}

/** Newest format that every monitor there is can read; formats change only with a change of holder. @param formats as presences announce them */
export function claimFormat(formats: readonly number[]): number {
  return Math.min(claimVersion, ...formats);
}

/** What a claim key's text turned out to be. */
export type ParsedClaim =
  | { kind: 'claim'; claim: Claim }
  | { kind: 'newer'; version: number }
  | { kind: 'broken'; problem: string };

/** The text of a claim: one fixed order of fields, so that equal claims are equal texts. */
export function renderClaim({ v, slot, digest, holder, incarnation, epoch, before, ahead }: Claim): string {
  return JSON.stringify({ v, slot, digest, holder, incarnation, epoch, before, ahead });
}

/** Reads a claim's text. Anything unexpected is `broken`: nobody signs under a claim they cannot read. */
export function parseClaim(text: string): ParsedClaim {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken', problem: 'it is not JSON' };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'broken', problem: 'it is not an object' };
  const { v, slot, digest, holder, incarnation, epoch, before, ahead } = value as Record<string, unknown>;
  if (typeof v !== 'number' || !Number.isSafeInteger(v)) return { kind: 'broken', problem: 'v is not a whole number' };
  if (v > claimVersion) return { kind: 'newer', version: v };
  if (typeof slot !== 'number' || !Number.isSafeInteger(slot) || slot < 0)
    return { kind: 'broken', problem: 'slot is not a slot number' };
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 0)
    return { kind: 'broken', problem: 'epoch is not a whole number' };
  if (typeof digest !== 'string' || typeof holder !== 'string' || typeof incarnation !== 'string') {
    return { kind: 'broken', problem: 'digest, holder or incarnation is not a string' };
  }
  if (!isStringOrNothing(before) || !isStringOrNothing(ahead))
    return { kind: 'broken', problem: 'before or ahead is not a string' };
  const claim: Claim = { v, slot, digest, holder, incarnation, epoch };
  if (before !== undefined) claim.before = before;
  if (ahead !== undefined) claim.ahead = ahead;
  return { kind: 'claim', claim };
}

/** The highest slot that somebody can have signed for: a claim made ahead may still wait for its signature. */
export function signedUpTo({ slot, ahead }: Claim): number {
  return ahead === undefined ? slot : slot - 1;
}

function isStringOrNothing(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
