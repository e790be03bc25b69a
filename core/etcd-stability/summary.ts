// Renders etcd's verdict as Markdown.

import { tableCell } from '#core/rollout/markdown.ts';
import type { StabilityVerdict } from './judge.ts';

/** A headline, the reasons, and a row for each member. */
export function renderStability(environment: string, verdict: StabilityVerdict): string {
  const { stable, reasons, leader, term, members } = verdict;
  const rows = members.map(each => {
    const size = `${(each.databaseBytes / 1024 / 1024).toFixed(1)} MiB`;
    const state = each.healthy ? 'healthy' : `**not healthy**: ${tableCell(each.why)}`;
    const role = each.leads ? 'leader' : 'follower';
    return `| ${each.member} | ${role} | ${state} | ${each.version} | ${size} | ${Math.round(each.worstRoundTripMs)} ms |`;
  });
  const headline = `## ${stable ? '✅' : '⛔'} etcd of ${tableCell(environment)} is ${stable ? 'stable' : 'not stable'}`;
  const facts = `Leader ${leader ?? 'unknown'}, term ${term ?? 'unknown'}.`;
  const problems = reasons.map(reason => `- ${tableCell(reason)}`).join('\n');
  const table = [
    '| member | role | state | version | database | slowest answer |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
  return `${[headline, facts, problems, table.join('\n')].filter(each => each !== '').join('\n\n')}\n`;
}
