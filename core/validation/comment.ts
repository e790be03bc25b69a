// Renders a verdict for the places where people read it: a comment in parts, a job summary.

import { renderMarkdown } from './render-markdown.ts';
import { describeVerdict, headline } from './report.ts';
import type { Block } from './report-block.ts';
import type { Verdict } from './verdict.ts';

export interface RenderPlace {
  /** Page of the repository. */
  repository: string;
  /** Page of the workflow run, whose job summary has more room. */
  runUrl: string;
  /** What has to be said first. */
  caution?: string | undefined;
}

/** In characters, of one part with its frame. */
export interface CommentLimits {
  most: number;
}

/** A comment in more parts than these would be a wall that nobody reads. */
const mostParts = 10;
/** Half of a part, so that it fits into the next one at the latest. */
const longestInComment = 30_000;
/** For the number of a part and the title above it, whose characters may each become a reference of a dozen. */
const frame = 1500;
const longestTitle = 100;

/** Each part is a comment of its own. */
export function renderComment(verdict: Verdict, place: RenderPlace, { most }: CommentLimits): string[] {
  const whole = 'the job summary';
  const blocks = [...describeVerdict(verdict, { ...place, longestValue: longestInComment, whole }), linkBlock(place)];
  const parts = renderMarkdown(blocks, { most: most - frame, parts: mostParts, whole });
  if (parts.length === 1) return parts;
  const [title = ''] = renderMarkdown([{ kind: 'paragraph', text: [headline(verdict).slice(0, longestTitle)] }], {
    most: most - frame,
    parts: 1,
    whole,
  });
  return parts.map((part, index) => {
    const number = `part ${index + 1} of ${parts.length}`;
    return index === 0 ? `${part}\n\n<sub>${number}</sub>` : `<sub>${number} of “${title}”</sub>\n\n${part}`;
  });
}

function linkBlock({ runUrl }: RenderPlace): Block {
  const link = { link: 'job summary', url: runUrl };
  return { kind: 'paragraph', text: ['What is too long for a comment stands in the ', link, '.'] };
}

/** GitHub takes 1 MiB of a step. */
const mostSummaryBytes = 1_000_000;
const longestInSummary = 60_000;
/** GitHub shows this many annotations of each level and step. */
export const shownAnnotations = 10;

/** @param artifact name of the artifact that has the verdict as JSON */
export function renderJobSummary(verdict: Verdict, place: RenderPlace, artifact: string): string {
  const whole = `the artifact ${artifact}`;
  const encoder = new TextEncoder();
  const [text = ''] = renderMarkdown(describeVerdict(verdict, { ...place, longestValue: longestInSummary, whole }), {
    most: mostSummaryBytes,
    size: part => encoder.encode(part).length,
    parts: 1,
    whole,
  });
  return `${text}\n`;
}
