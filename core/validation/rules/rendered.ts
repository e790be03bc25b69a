// Rules on what the charts render: found by whoever renders them, with Helm and the schemas of Kubernetes.

import type { Rule } from '../rule.ts';

export const renderedRules: readonly Rule[] = [
  {
    id: 'chart-renders',
    title: 'Every release can be rendered',
    why: 'What Helm cannot render it cannot install: the rollout would stop at this release.',
    mend: "Correct the value or the template that helm's message names.",
    level: 'error',
    waivable: false,
  },
  {
    id: 'kubernetes-schema',
    title: 'Every rendered object fits the schemas of Kubernetes',
    why: 'The API server would refuse it, or drop the field that it does not know.',
    mend: 'Correct the field in the chart or in the values that lead to it.',
    level: 'error',
    waivable: false,
  },
];
