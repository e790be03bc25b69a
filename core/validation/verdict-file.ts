// Writes a verdict for another workflow, and reads one that somebody else may have written: nothing in it is taken on trust but its shape.

import * as z from 'zod';
import type { Verdict } from './verdict.ts';

/** Of the file. In characters. */
export const longestVerdict = 16 * 1024 * 1024;

const version = 1;

export function renderVerdictFile(verdict: Verdict): string {
  return `${JSON.stringify({ v: version, ...verdict })}\n`;
}

export type ReadVerdict = { verdict: Verdict; problem?: undefined } | { verdict?: undefined; problem: string };

export function parseVerdictFile(text: string): ReadVerdict {
  if (text.length > longestVerdict)
    return { problem: `it has ${text.length} characters; expected at most ${longestVerdict}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) {
    const { v: _, ...verdict } = parsed.data;
    return { verdict };
  }
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join('.') || 'the file'} is not as expected: ${issue?.message ?? 'unknown'}` };
}

/** JSON leaves out what is undefined. */
function maybe<Inner extends z.ZodType>(inner: Inner) {
  return inner.nullish().transform((value): z.infer<Inner> | undefined => value ?? undefined);
}

function text(most: number) {
  return z.string().max(most);
}

function listOf<Item extends z.ZodType>(item: Item, most: number) {
  return z.array(item).max(most);
}

const commit = /^[0-9a-f]{40,64}$/;
const name = text(500);
const sentence = text(20_000);
const number = z.number().min(0).max(1e9);
const node = name;
const part = z.enum(['canary', 'promote']);

const problem = z.strictObject({
  file: text(5000),
  line: number,
  column: number,
  message: sentence,
  rule: name,
  level: z.enum(['error', 'warning']),
});
const waived = problem.extend({ reason: sentence, until: name, isNew: z.boolean() });

const step = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('await-active'), part, node, why: sentence }),
  z.strictObject({ kind: z.literal('upgrade'), part, node, why: sentence }),
  z.strictObject({ kind: z.literal('prove'), part, node, soakSeconds: number, why: sentence }),
  z.strictObject({ kind: z.literal('handover'), part: z.literal('promote'), from: node, to: node, why: sentence }),
  z.strictObject({
    kind: z.literal('upgrade-member'),
    part: z.literal('promote'),
    member: name,
    moveLeadership: z.boolean(),
    why: sentence,
  }),
  z.strictObject({ kind: z.literal('prove-member'), part: z.literal('promote'), member: name, why: sentence }),
]);
const steps = listOf(z.strictObject({ step, expectedSeconds: number }), 5000);

const forecast = z.strictObject({
  source: z.enum(['live', 'files']),
  assumptions: listOf(sentence, 100),
  conduct: listOf(sentence, 100),
  steps,
  end: sentence,
  followedBy: steps,
  leftToDo: listOf(sentence, 1000),
  untouched: listOf(name, 1000),
  expectedSeconds: number,
  longestSeconds: number,
  expectedMissedBlocks: number,
});

const quorum = z.strictObject({
  members: number,
  majority: number,
  losses: listOf(
    z.strictObject({ domain: z.enum(['site', 'cloud']), name, members: number, left: number, holds: z.boolean() }),
    1000,
  ),
});

const value = text(longestVerdict);
const field = z.strictObject({ path: text(20_000), before: maybe(value), after: maybe(value) });
const object = z.strictObject({
  apiVersion: name,
  kind: name,
  name,
  change: z.enum(['added', 'removed', 'changed']),
  fields: listOf(field, 20_000),
  noise: listOf(field, 20_000),
});
const diff = z.strictObject({
  cluster: name,
  release: name,
  chart: name,
  change: z.enum(['added', 'removed', 'changed', 'unchanged']),
  objects: listOf(object, 5000),
});

const environment = z.strictObject({
  name,
  change: z.enum(['added', 'changed', 'removed', 'untouched']),
  problems: listOf(problem, 10_000),
  waived: listOf(waived, 10_000),
  quorum: maybe(quorum),
  forecast: maybe(forecast),
  diffs: maybe(listOf(diff, 5000)),
  notes: listOf(sentence, 1000),
});

const fileSchema = z.strictObject({
  v: z.literal(version),
  // They become parts of addresses.
  base: maybe(z.string().regex(commit)),
  head: z.string().regex(/^(?:[0-9a-f]{40,64}|working tree)$/),
  checks: listOf(text(5000), 10_000),
  environments: listOf(environment, 500),
  problems: listOf(problem, 10_000),
}) satisfies z.ZodType<Verdict & { v: number }>;
