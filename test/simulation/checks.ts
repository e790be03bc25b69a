// What must hold whatever happens: the rules of docs/signing.md, each looked at in the moment it could be broken.

import { type Claim, parseClaim } from '#core/failover/claim.ts';
import { slotAt, slotStartMs } from '#core/slots.ts';
import type { Block } from './chain.ts';
import type { Machine } from './process.ts';

export interface Violation {
  kind: 'double-signed' | 'rule broken';
  detail: string;
}

/** One value that the claim key has had. */
interface Link {
  claim: Claim;
  /** Slot of the claim with which its tenure began: every block of the tenure lies above it. */
  startSlot: number;
  /** `node/incarnation` of the monitor that wrote it. */
  writer: string;
  /** The one signature that a claim made ahead has paid for. */
  usedFor?: string;
}

/** A block may be so much late where the next slot is ours as well. */
const mostLateMs = 150;

export class Checks {
  readonly violations: Violation[] = [];
  readonly #note: (detail: string) => void;
  readonly #isOurs: (slot: number) => boolean;
  readonly #links: Link[] = [];
  readonly #linkOfDigest = new Map<string, number>();
  readonly #blocks: { link: number; slot: number; digest: string; node: string }[] = [];
  /** Signatures that left on claims made ahead. */
  paidAhead = 0;
  readonly #signedSlots = new Map<number, { digest: string; node: string }>();

  /** @param isOurs whether a slot is ours by the schedule in force or the one to come */
  constructor(note: (detail: string) => void, isOurs: (slot: number) => boolean) {
    this.#note = note;
    this.#isOurs = isOurs;
  }

  get claim(): Claim | undefined {
    return this.#links.at(-1)?.claim;
  }

  get doubleSigned(): number {
    return this.violations.filter(({ kind }) => kind === 'double-signed').length;
  }

  /** The key was initialised, as `active-eos install` does. */
  claimInitialised(claim: Claim): void {
    this.#links.push({ claim, startSlot: claim.slot, writer: '' });
  }

  /** The claim key was written. @param writer `node/incarnation` of the monitor that did it */
  claimWritten(text: string, writer: string): void {
    const parsed = parseClaim(text);
    const before = this.#links.at(-1);
    if (parsed.kind !== 'claim' || before === undefined) {
      this.#broken(`the claim was overwritten with ${text}`);
      return;
    }
    const { claim } = parsed;
    const isExtended = claim.epoch === before.claim.epoch;
    const holder = `${claim.holder}/${claim.incarnation}`;
    const holderBefore = `${before.claim.holder}/${before.claim.incarnation}`;
    if (claim.slot < before.claim.slot) this.#broken(`L fell from ${before.claim.slot} to ${claim.slot}`);
    if (isExtended && (holder !== holderBefore || writer !== holder))
      this.#broken(`${writer} extended the claim of ${holderBefore} as ${holder}`);
    if (!isExtended && claim.epoch !== before.claim.epoch + 1)
      this.#broken(`the epoch went from ${before.claim.epoch} to ${claim.epoch}`);
    if (!isExtended && writer !== holder && writer !== holderBefore)
      this.#broken(`${writer} gave the claim of ${holderBefore} to ${holder}`);
    this.#links.push({ claim, startSlot: isExtended ? before.startSlot : claim.slot, writer });
    const isOnlyNamed = this.#links.some(({ usedFor }) => usedFor === claim.digest);
    if (isExtended && claim.ahead === undefined && !isOnlyNamed)
      this.#linkOfDigest.set(claim.digest, this.#links.length - 1);
  }

  /** A signature leaves for a nodeos that still seems to wait. @param signer `node/incarnation` of the monitor that gives it */
  signatureLeft(machine: Machine, signer: string, digest: string): void {
    const index = this.#linkOfDigest.get(digest) ?? this.#useAhead(signer, digest);
    const link = this.#links[index];
    if (link === undefined) {
      this.#broken(`${machine.name} signed ${digest.slice(0, 16)} without a claim`);
      return;
    }
    const { slot } = link.claim;
    const lateMs = machine.wallMs() - slotStartMs(slot);
    if (lateMs > (this.#isOurs(slot + 1) ? mostLateMs : 0))
      this.#broken(`a signature for slot ${slot} left ${Math.round(lateMs)} ms late`);
  }

  /** Without a claim of its own it is paid for by the newest that its monitor has made ahead. */
  #useAhead(signer: string, digest: string): number {
    const index = this.#links.findLastIndex(({ claim, writer }) => claim.ahead !== undefined && writer === signer);
    const link = this.#links[index];
    if (link === undefined) return -1;
    if (link.usedFor !== undefined)
      this.#broken(`the claim made ahead for slot ${link.claim.slot} was used twice by ${signer}`);
    this.paidAhead++;
    link.usedFor = digest;
    this.#linkOfDigest.set(digest, index);
    return index;
  }

  /** A monitor holds a block of ours for signed outside the register; nobody does that here. */
  alarmed(machine: Machine, line: string): void {
    this.#broken(`false alarm at ${machine.name}: ${line}`);
  }

  /** nodeos took the signature: this is a block. */
  produced(block: Block, digest: string): void {
    const index = this.#linkOfDigest.get(digest);
    const link = this.#links[index ?? -1];
    const { slot, node } = block;
    const other = this.#signedSlots.get(slot);
    if (other === undefined) this.#signedSlots.set(slot, { digest, node });
    else this.#violated('double-signed', `slot ${slot} was signed twice: by ${other.node} and by ${node}`);
    if (link === undefined || index === undefined) return;
    if (slot > link.claim.slot) this.#broken(`the block of slot ${slot} exceeds its claim of ${link.claim.slot}`);
    if (slot <= link.startSlot) this.#broken(`a block of slot ${slot} in a tenure that began at ${link.startSlot}`);
    const before = this.#blocks.findLast(each => each.link < index);
    if (before !== undefined && before.slot >= slot)
      this.#broken(`the block of slot ${slot} was claimed after that of slot ${before.slot}`);
    this.#blocks.push({ link: index, slot, digest, node });
  }

  /**
   * A monitor tells its nodeos to produce.
   * @param claimed the slot of the claim that it knows of
   * @param begun the slot of a block that nodeos is making already, if it is
   */
  resumed(machine: Machine, claimed: number, begun: number | undefined): void {
    const slot = slotAt(machine.wallMs());
    if (slot < claimed) this.#broken(`${machine.name} resumed nodeos in slot ${slot}, before the claimed ${claimed}`);
    if (begun !== undefined && begun <= claimed)
      this.#broken(`${machine.name} resumed nodeos while it made a block of slot ${begun}; ${claimed} is claimed`);
  }

  /** Our own code threw where nobody catches it. */
  crashed(error: unknown): void {
    this.#broken(`the monitor would have crashed: ${error instanceof Error ? error.stack : String(error)}`);
  }

  #broken(detail: string): void {
    this.#violated('rule broken', detail);
  }

  #violated(kind: Violation['kind'], detail: string): void {
    this.violations.push({ kind, detail });
    this.#note(`${kind}: ${detail}`);
  }
}
