// Reads a producer's whole register in etcd to one value: the claim, who is present, what operators have asked for, who held when.

import { type Claim, parseClaim } from '#core/failover/claim.ts';
import type { RegisterKeys } from '#core/failover/keys.ts';
import {
  type Notice,
  parseAnswer,
  parseNotice,
  parseRequest,
  type Request,
  type RequestAnswer,
} from '#core/failover/requests.ts';
import { type Presence, unsaid } from '#core/failover/status.ts';
import type { ClaimView } from '#core/rollout/observation.ts';
import type { Crew, EtcdSession } from './ports.ts';
import { keysOf, viewClaim, withAnyMember } from './register.ts';

export interface Picture {
  claim: ClaimView;
  /** The claim in full, when it can be read. */
  stored: Claim | undefined;
  /** One for each node, the newest. */
  nodes: Presence[];
  drains: { node: string; notice: Notice }[];
  maintenance: Notice | undefined;
  request: { request: Request; text: string } | undefined;
  answer: RequestAnswer | undefined;
  /** Newest first. */
  history: HolderChange[];
}

/** A change of holder, as the monitor that moved the claim wrote it down; what it did not write is empty. */
export interface HolderChange {
  epoch: number;
  at: string;
  how: string;
  from: string;
  to: string;
  why: string;
  /** Last slot that was claimed before; null when it was not written. */
  afterSlot: number | null;
}

export async function readPicture(crew: Crew): Promise<Picture> {
  const keys = keysOf(crew);
  return await withAnyMember(crew, session => takePicture(session, keys));
}

/** All keys at one revision. */
export async function takePicture(session: EtcdSession, keys: RegisterKeys): Promise<Picture> {
  const { keys: all } = await session.range(keys.claim.slice(0, -'claim'.length));
  return toPicture(all, keys);
}

/** @param all every key of the register */
export function toPicture(all: readonly { key: string; value: string }[], keys: RegisterKeys): Picture {
  const find = (key: string) => all.find(each => each.key === key);
  const under = (prefix: string) => all.filter(each => each.key.startsWith(prefix));
  const claim = find(keys.claim);
  const parsed = claim === undefined ? undefined : parseClaim(claim.value);
  const maintenance = find(keys.maintenance);
  const requestText = find(keys.request)?.value ?? '';
  const request = parseRequest(requestText);
  return {
    claim: viewClaim(claim),
    stored: parsed?.kind === 'claim' ? parsed.claim : undefined,
    nodes: newestOfEach(under(keys.nodes).flatMap(({ value }) => parsePresence(value))),
    drains: under(keys.drain).map(({ key, value }) => ({
      node: key.slice(keys.drain.length),
      notice: parseNotice(value),
    })),
    maintenance: maintenance === undefined ? undefined : parseNotice(maintenance.value),
    request: request === undefined ? undefined : { request, text: requestText },
    answer: parseAnswer(find(keys.answer)?.value ?? ''),
    history: under(keys.history)
      .map(({ key, value }) => parseChange(Number(key.slice(keys.history.length)), value))
      .toSorted((a, b) => b.epoch - a.epoch),
  };
}

/** The presence of a monitor that was restarted outlives it by its lease. */
function newestOfEach(presences: readonly Presence[]): Presence[] {
  return presences.filter(one => !presences.some(other => other.node === one.node && other.wallMs > one.wallMs));
}

function parsePresence(text: string): Presence[] {
  const value = parseObject(text) as Partial<Presence>;
  const isWhole =
    typeof value.node === 'string' &&
    typeof value.nodeos === 'object' &&
    value.nodeos !== null &&
    typeof value.wallMs === 'number' &&
    Array.isArray(value.why);
  return isWhole ? [{ ...unsaid, ...value } as Presence] : [];
}

function parseChange(epoch: number, text: string): HolderChange {
  const value = parseObject(text);
  const word = (name: string) => (typeof value[name] === 'string' ? value[name] : '');
  return {
    epoch,
    at: word('at'),
    how: word('how'),
    from: word('from'),
    to: word('to'),
    why: word('why'),
    afterSlot: typeof value.afterSlot === 'number' ? value.afterSlot : null,
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
