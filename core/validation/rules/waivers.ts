// Rules on waivers themselves: each names a rule that may be waived, has not run out, and excuses something.

import type { Rule } from '../rule.ts';

export const waiverRules: readonly Rule[] = [
  {
    id: 'waiver-unknown',
    title: 'A waiver names a rule that there is and that may be waived',
    why: 'A misspelled one excuses nothing; rules about signing twice and about secrets are never excused.',
    mend: 'Correct the id, or mend what the rule tells.',
    level: 'error',
    waivable: false,
  },
  {
    id: 'waiver-expired',
    title: 'A waiver has not run out',
    why: 'It was meant for a while. What it excused is told again.',
    mend: 'Mend what it excused, or give it another day with a word on why.',
    level: 'error',
    waivable: false,
  },
  {
    id: 'waiver-unused',
    title: 'A waiver excuses something',
    why: 'One that is left over would excuse the next breach, of which nobody knows yet.',
    mend: 'Remove it.',
    level: 'warning',
    waivable: false,
  },
];
