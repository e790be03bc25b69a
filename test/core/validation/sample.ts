// A verdict in which every text of others can be chosen, and GitHub's idea of what its Markdown means.

import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import type { FieldChange, ObjectDiff, RuleProblem, Verdict } from '#core/validation/verdict.ts';

export const head = 'a'.repeat(40);
export const base = 'b'.repeat(40);

/** @param text gives each text that somebody else may choose */
export function sampleVerdict(text: () => string): Verdict {
  const problem = (level: RuleProblem['level']): RuleProblem => ({
    file: text(),
    line: 14,
    column: 11,
    message: text(),
    rule: text(),
    level,
  });
  const field = (): FieldChange => ({ path: text(), before: text(), after: text() });
  const object = (change: ObjectDiff['change']): ObjectDiff => ({
    apiVersion: text(),
    kind: text(),
    name: text(),
    change,
    fields: [field(), { path: text(), before: undefined, after: text() }],
    noise: [field()],
  });
  const why = text();
  return {
    base,
    head,
    checks: [],
    problems: [problem('error')],
    environments: [
      {
        name: text(),
        change: 'changed',
        problems: [problem('error'), problem('warning')],
        waived: [false, true].map(isNew => ({ ...problem('error'), reason: text(), until: text(), isNew })),
        quorum: {
          members: 3,
          majority: 2,
          losses: [
            { domain: 'site', name: text(), members: 1, left: 2, holds: true },
            { domain: 'cloud', name: text(), members: 2, left: 1, holds: false },
          ],
        },
        forecast: {
          source: 'files',
          assumptions: [text()],
          conduct: [text()],
          steps: [
            { step: { kind: 'upgrade', part: 'canary', node: text(), why }, expectedSeconds: 3 },
            { step: { kind: 'prove', part: 'canary', node: text(), soakSeconds: 600, why }, expectedSeconds: 600 },
            { step: { kind: 'handover', part: 'promote', from: text(), to: text(), why }, expectedSeconds: 5 },
          ],
          end: `ask: ${text()}`,
          followedBy: [
            {
              step: { kind: 'upgrade-member', part: 'promote', member: text(), moveLeadership: true, why },
              expectedSeconds: 9,
            },
          ],
          leftToDo: [text()],
          untouched: [text(), text()],
          expectedSeconds: 608,
          longestSeconds: 3000,
          expectedMissedBlocks: 0,
        },
        diffs: [
          {
            cluster: 'aws',
            release: text(),
            chart: text(),
            change: 'changed',
            objects: [object('changed'), object('added')],
          },
          { cluster: 'aws', release: text(), chart: text(), change: 'unchanged', objects: [] },
          { cluster: text(), release: text(), chart: text(), change: 'removed', objects: [object('removed')] },
        ],
        notes: [text(), text()],
      },
      {
        name: text(),
        change: 'untouched',
        problems: [],
        waived: [],
        quorum: undefined,
        forecast: undefined,
        diffs: undefined,
        notes: [],
      },
    ],
  };
}

/** HTML as GitHub makes it before it sanitizes: whatever element is in here would come out. */
export function toHtml(markdown: string): string {
  return micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

/** Its elements in order, without what is between them; of links, where they lead. */
export function elementsOf(html: string): string[] {
  return [...html.matchAll(/<!--[\s\S]*?-->|<\/?([a-zA-Z][\w-]*)([^>]*)>/g)].map(([whole, name = '', rest = '']) => {
    const target = /href="([^"]*)"/.exec(rest)?.[1];
    return target === undefined ? whole : `<${name} ${target}>`;
  });
}

/** The text that a reader sees, zero-width spaces apart. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<!--[\s\S]*?-->|<\/?[a-zA-Z][^>]*>/g, '')
    .replaceAll(
      /&(?:lt|gt|amp|quot);/g,
      each => ({ '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"' })[each] ?? '',
    )
    .replaceAll('\u200b', '');
}
