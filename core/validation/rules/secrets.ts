// Rules on what must never be in Git: private keys and passwords, in values and in comments.

import type { CheckedRule } from '../rule.ts';
import { findSecrets } from '../secret-forms.ts';

export const secretRules: readonly CheckedRule[] = [
  {
    id: 'secret-in-file',
    title: 'No file holds a secret',
    why: 'Whoever can read the repository, its forks or its history could sign as this producer.',
    mend: 'Put it into a Secret of the cluster and name that. It has been seen: take it as known to others, and make a new one.',
    level: 'error',
    waivable: false,
    check: ({ main, values, files }) =>
      [main, ...values, ...(files.others ?? [])].flatMap(source => {
        const { file } = source;
        return findSecrets(source).map(({ what, line, column }) => {
          const message = `Here stands ${what} (not shown); expected no secret in Git. Put it into a Secret of the cluster, and make a new one, since this one has been seen.`;
          return { file, line, column, message };
        });
      }),
  },
];
