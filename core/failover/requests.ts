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
export function parseRequest(text: string): HandoverRequest | undefined {
  const value = parseObject(text);
  if (value?.kind !== 'handover' || value.v !== 1) return undefined;
  const { id, target, moment, by } = value;
  if (typeof id !== 'string' || typeof by !== 'string' || (moment !== 'gap' && moment !== 'now')) return undefined;
  if (target !== null && typeof target !== 'string') return undefined;
  return { v: 1, kind: 'handover', id, target, moment, by };
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

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
