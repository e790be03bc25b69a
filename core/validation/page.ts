// Renders docs/rules.md from the catalogue.

import { topics } from './catalog.ts';
import type { Rule } from './rule.ts';

const introduction = `# Rules

What a pull request is checked by, and \`npx active-eos validate\` at a terminal. Written by \`npm run rules\` from the catalogue in \`core/validation/\`; a rule is added there.

A rule that may be waived is excused by its environment.yaml, with a reason and a last day:

\`\`\`yaml
waivers:
  - rule: nodeos-version-jump
    reason: 1.3 reads the state of 1.2; tried on testnet on 2027-01-10
    until: 2027-01-31
\`\`\`

\`file: values/aws.yaml\` narrows it to one file. Everything here is an error, which fails the check, unless it says _warning_.`;

export function renderRules(): string {
  const sections = topics.map(({ title, rules }) => `## ${title}\n\n${rules.map(renderRule).join('\n\n')}`);
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

function renderRule({ id, title, why, mend, level, waivable }: Rule): string {
  const marks = [...(level === 'warning' ? ['warning'] : []), ...(waivable ? ['may be waived'] : [])];
  const mark = marks.length === 0 ? '' : ` _${marks.join(', ')}_`;
  return `### \`${id}\`\n\n**${title}.**${mark}\n\n${why}\n\n_Mend:_ ${mend}`;
}
