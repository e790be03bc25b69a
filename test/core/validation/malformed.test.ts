// Whatever stands in the files, judging ends with problems at lines that there are.

import test from 'ava';
import * as yaml from 'js-yaml';
import { judgeRevision } from '#core/validation/judge.ts';
import { example, rehearsal, today } from './example.ts';

const junk: readonly unknown[] = [
  null,
  true,
  0,
  -1.5,
  '',
  'x',
  '10.0.0.0/0',
  [],
  [null],
  {},
  { a: null },
  [[[]]],
  { __proto__x: 1 },
  '-e',
  [1, 'a', {}],
];

interface Spot {
  holder: Record<string, unknown>;
  key: string;
}

function spotsOf(value: unknown): Spot[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap(key => [{ holder, key }, ...spotsOf(holder[key])]);
}

function textsOf(files: typeof example): string[] {
  return [files.text, ...files.values.map(({ text }) => text)];
}

test('any value in place of any other is told, and never makes the judge stumble', t => {
  let judged = 0;
  for (const files of [example, rehearsal]) {
    for (const [index, text] of textsOf(files).entries()) {
      const count = spotsOf(yaml.load(text)).length;
      for (let spot = 0; spot < count; spot++) {
        const value = yaml.load(text);
        const { holder, key } = spotsOf(value)[spot] ?? { holder: {}, key: '' };
        // Each spot gets two kinds of junk, so that all kinds meet all parts over the run.
        for (const kind of [spot, spot + 7]) {
          holder[key] = junk[kind % junk.length];
          const broken = yaml.dump(value, { noRefs: true });
          const head =
            index === 0
              ? { ...files, text: broken }
              : {
                  ...files,
                  values: files.values.map((each, at) => (at === index - 1 ? { ...each, text: broken } : each)),
                };
          const verdicts = judgeRevision([head, example === files ? rehearsal : example], [files], today);
          const own = textsOf(head);
          for (const { file, line, column, message } of verdicts.flatMap(({ problems }) => problems)) {
            const at = [head.file, ...head.values.map(each => each.file)].indexOf(file);
            if (at >= 0) t.true(line >= 1 && column >= 1 && line <= (own[at] ?? '').split('\n').length, message);
          }
          judged++;
        }
      }
    }
  }
  t.true(judged > 400, String(judged));
});
