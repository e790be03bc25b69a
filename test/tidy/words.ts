// Words that have no place in the product: paths of one machine, and talk of how the work was done.

import { lineAt, type Rule } from './tree.ts';

const banned: [pattern: RegExp, remedy: string][] = [
  [
    /(?<![\w.])\/(?:home|Users)\/(?!somebody\b)\w+|(?<![\w.])\/root\/\w+|\b[A-Z]:\\Users/g,
    'a path of one machine. Use a path from the top of the repository, or one that the reader sets.',
  ],
  [/\b(?:TODO|FIXME|XXX)\b/g, 'unfinished work. Do it, or say in docs/decisions why not.'],
  [/\b(?:issue|issues|fixes|closes|ticket) #\d+/gi, 'a ticket number. Say the reason itself.'],
  [
    /\b(?:coding|AI|helper|LLM) (?:agents?|assistants?|sessions?)\b|\b(?:this|last|next|previous|earlier) session\b/gi,
    'talk of how the work was done. Speak of the product.',
  ],
];
/** These hold the words in order to ban or to record them. */
const exempt = /^(?:test\/tidy|package-lock\.json$|tools\/go\/.*\.sum$|test\/contract\/nodeos\/transcripts\/)/;

export const words: Rule = tree =>
  [...tree]
    .filter(([path]) => !exempt.test(path))
    .flatMap(([path, text]) =>
      banned.flatMap(([pattern, remedy]) =>
        [...text.matchAll(pattern)].map(match => `${path}:${lineAt(text, match.index)}: "${match[0]}" is ${remedy}`),
      ),
    );
