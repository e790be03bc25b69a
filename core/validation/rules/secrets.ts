// Rules on what must never be in Git: private keys and passwords, in values and in comments.

import type { Problem } from '../../environment/problem.ts';
import type { CheckedRule } from '../rule.ts';

export const secretRules: readonly CheckedRule[] = [
  {
    id: 'secret-in-file',
    title: 'No file holds a secret',
    why: 'Whoever can read the repository, its forks or its history could sign as this producer.',
    mend: 'Put it into a Secret of the cluster and name that. It has been seen: take it as known to others, and make a new one.',
    level: 'error',
    waivable: false,
    check: subject => [subject.main, ...subject.values].flatMap(({ file, text }) => secretsIn(file, text)),
  },
];

/** What each looks like; a message never repeats it. */
const forms: { what: string; pattern: RegExp }[] = [
  { what: 'a private key (PVT_…)', pattern: /PVT_(?:K1|R1|WA|BLS)_[A-Za-z0-9_-]{20,}/ },
  // Base58 of 0x80 and 32 bytes.
  { what: 'a private key in WIF', pattern: /(?<![A-Za-z0-9])5[HJK][1-9A-HJ-NP-Za-km-z]{49}(?![A-Za-z0-9])/ },
  { what: 'a private key (PEM)', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { what: 'a signature provider with its key', pattern: /=\s*KEY:\s*[A-Za-z0-9_-]{20,}/ },
  { what: "an AWS access key's id", pattern: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/ },
  { what: 'a GitHub token', pattern: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{30,}/ },
  {
    what: 'a password or token',
    pattern:
      /^\s*(?:-\s*)?["']?(?:[\w.-]*(?:password|passwd|secretkey|apikey|accesstoken))["']?\s*:\s*(?!["']?\s*(?:$|#|\{|\[|""|''))\S+/i,
  },
];

function secretsIn(file: string, text: string): Problem[] {
  return text.split('\n').flatMap((line, index) => {
    const found = forms.map(({ what, pattern }) => ({ what, match: pattern.exec(line) })).find(({ match }) => match);
    if (found?.match == null) return [];
    const message = `Here stands ${found.what} (not shown); expected no secret in Git. Put it into a Secret of the cluster, and make a new one, since this one has been seen.`;
    const column = found.match.index + (/^\s*/.exec(found.match[0])?.[0].length ?? 0) + 1;
    return [{ file, line: index + 1, column, message }];
  });
}
