// The claim: the one value in etcd that says which node may sign, and for which slots.

/** Newest format of the value that this program knows; a monitor that reads a higher one never claims. */
export const claimVersion = 1;

/** What the claim key holds. */
export interface Claim {
  v: number;
  /** Upper bound of every slot signable under this claim. */
  slot: number;
  /** Hex digest that was signed for, or is about to be; empty after a handover or takeover before the first signature. */
  digest: string;
  /** Node name of the holder; empty when nobody has held it yet. */
  holder: string;
  /** The holder's monitor process, new with every start: a restarted monitor is somebody else. */
  incarnation: string;
  /** Rises by one with every change of holder. */
  epoch: number;
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
export function renderClaim({ v, slot, digest, holder, incarnation, epoch }: Claim): string {
  return JSON.stringify({ v, slot, digest, holder, incarnation, epoch });
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
  const { v, slot, digest, holder, incarnation, epoch } = value as Record<string, unknown>;
  if (typeof v !== 'number' || !Number.isSafeInteger(v)) return { kind: 'broken', problem: 'v is not a whole number' };
  if (v > claimVersion) return { kind: 'newer', version: v };
  if (typeof slot !== 'number' || !Number.isSafeInteger(slot) || slot < 0)
    return { kind: 'broken', problem: 'slot is not a slot number' };
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 0)
    return { kind: 'broken', problem: 'epoch is not a whole number' };
  if (typeof digest !== 'string' || typeof holder !== 'string' || typeof incarnation !== 'string') {
    return { kind: 'broken', problem: 'digest, holder or incarnation is not a string' };
  }
  return { kind: 'claim', claim: { v, slot, digest, holder, incarnation, epoch } };
}
