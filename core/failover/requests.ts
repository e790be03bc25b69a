// What operators and the pipeline may ask of the monitors, by key in etcd, and the answers.

/** When a handover may happen: between our windows, or at once. */
export type HandoverMoment = 'gap' | 'now';

/** Value of the `request` key. The monitor that holds the claim deals with it once, by its id. */
export interface HandoverRequest {
  v: 1;
  kind: 'handover';
  /** Chosen by who asks; answers carry it. */
  id: string;
  /** Node that shall sign next; null lets the holder choose the best standby. */
  target: string | null;
  moment: HandoverMoment;
  /** Who asks, for the history and the log. */
  by: string;
}

/**
 * Value of the `request` key: a standby shall take the claim whether its holder agrees or not. Written on a lease of the asker's, so
 * that nobody acts on it later.
 */
export interface FailoverRequest {
  v: 1;
  kind: 'failover';
  id: string;
  /** Node that shall sign next; null means the best standby. */
  target: string | null;
  /** Epoch of the claim that it shall end: when that has moved on, the request is void. */
  epoch: number;
  by: string;
}

export type Request = HandoverRequest | FailoverRequest;

/** Value of `drain/<node>` and of `maintenance`: holds until the key is deleted. */
export interface Notice {
  v: 1;
  by: string;
  why: string;
  /** Wall clock, ms since the Unix epoch. */
  atMs: number;
}

/** Value of the `answer` key. `accepted` may still become `done` or `refused`. */
export interface RequestAnswer {
  v: 1;
  id: string;
  outcome: 'accepted' | 'refused' | 'done';
  /** Node that answers. */
  node: string;
  reason: string;
}

/** Reads a request; undefined when it is not one we know. */
export function parseRequest(text: string): Request | undefined {
  const value = parseObject(text);
  if (value?.v !== 1) return undefined;
  const { kind, id, target, moment, epoch, by } = value;
  if (typeof id !== 'string' || typeof by !== 'string' || (target !== null && typeof target !== 'string')) {
    return undefined;
  }
  if (kind === 'handover' && (moment === 'gap' || moment === 'now')) return { v: 1, kind, id, target, moment, by };
  if (kind === 'failover' && Number.isSafeInteger(epoch)) {
    return { v: 1, kind, id, target, epoch: epoch as number, by };
  }
  return undefined;
}

/** Reads a notice. One that cannot be read holds all the same: it was meant to stop something. */
export function parseNotice(text: string): Notice {
  const { by, why, atMs } = parseObject(text) ?? {};
  return {
    v: 1,
    by: typeof by === 'string' ? by : 'somebody',
    why: typeof why === 'string' ? why : text.slice(0, 200),
    atMs: typeof atMs === 'number' ? atMs : 0,
  };
}

/** Reads an answer; undefined when it is not one we know. */
export function parseAnswer(text: string): RequestAnswer | undefined {
  const value = parseObject(text);
  if (value?.v !== 1) return undefined;
  const { id, outcome, node, reason } = value;
  if (outcome !== 'accepted' && outcome !== 'refused' && outcome !== 'done') return undefined;
  if (typeof id !== 'string' || typeof node !== 'string' || typeof reason !== 'string') return undefined;
  return { v: 1, id, outcome, node, reason };
}

/** The object that a text is in JSON; undefined when it is anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
