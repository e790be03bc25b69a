// Tells a forecast: which node when, why then, how long, how it ends, and what is left alone.

import { describeDuration, describeStep } from '../rollout/summary.ts';
import type { Block, Span } from './report-block.ts';
import type { Forecast } from './verdict.ts';

export function describeForecast(forecast: Forecast | undefined): Block[] {
  if (forecast === undefined) return [];
  const { steps, conduct, followedBy, untouched, assumptions, leftToDo, end } = forecast;
  const kind = end.slice(0, end.indexOf(':'));
  const why = end.slice(end.indexOf(':') + 1).trim();
  const blocks: Block[] = [{ kind: 'heading', level: 4, text: ['What merging does'] }];
  if (steps.length > 0) {
    blocks.push(stepTable(steps, 1));
    const { expectedSeconds, longestSeconds, expectedMissedBlocks } = forecast;
    const times = `${describeDuration(expectedSeconds)}; at the longest ${describeDuration(longestSeconds)} before a step gives up`;
    blocks.push(paragraph({ strong: 'Expected: ' }, `${times}. Missed blocks: ${expectedMissedBlocks}.`));
  }
  blocks.push(paragraph({ strong: `${endOf(kind)}: ` }, `${why}.`.replace(/\.\.$/, '.')));
  if (followedBy.length > 0) {
    blocks.push(
      paragraph({ strong: 'What follows once a person has gone on: ' }),
      stepTable(followedBy, steps.length + 1),
    );
  }
  if (conduct.length > 0) blocks.push({ kind: 'list', items: conduct.map(each => [each]) });
  if (untouched.length > 0) blocks.push(paragraph({ strong: 'Untouched: ' }, `${untouched.join(', ')}.`));
  if (leftToDo.length > 0) {
    blocks.push(paragraph({ strong: 'What merging does not do:' }), {
      kind: 'list',
      items: leftToDo.map(each => [each]),
    });
  }
  if (assumptions.length > 0) {
    const from = forecast.source === 'live' ? 'the live fleet' : 'the files alone';
    const items = assumptions.map((each): Span[] => [each]);
    blocks.push({
      kind: 'details',
      summary: [`Forecast from ${from}; what it takes for granted`],
      blocks: [{ kind: 'list', items }],
    });
  }
  return blocks;
}

function stepTable(steps: Forecast['steps'], first: number): Block {
  const rows = steps.map(({ step, expectedSeconds }, index): Span[][] => [
    [String(first + index)],
    step.kind === 'handover' ? [{ strong: describeStep(step) }] : [describeStep(step)],
    [step.why],
    [expectedSeconds === 0 ? '–' : describeDuration(expectedSeconds)],
  ]);
  return { kind: 'table', head: ['', 'step', 'why then', 'expected'], rows };
}

function endOf(kind: string): string {
  switch (kind) {
    case 'done':
      return 'It is done when';
    case 'ask':
      return 'Then it waits';
    case 'blocked':
      return 'It is blocked';
    default:
      return 'It ends';
  }
}

function paragraph(...text: Span[]): Block {
  return { kind: 'paragraph', text };
}
