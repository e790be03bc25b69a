import test from 'ava';
import { visible } from '#core/rollout/markdown.ts';
import { renderComment, renderJobSummary } from '#core/validation/comment.ts';
import { renderMarkdown } from '#core/validation/render-markdown.ts';
import type { Block } from '#core/validation/report-block.ts';
import { Random } from '../../simulation/random.ts';
import { elementsOf, sampleVerdict, textOf, toHtml } from './sample.ts';

const place = { repository: 'https://github.com/acme/fleet', runUrl: 'https://github.com/acme/fleet/actions/runs/7' };
const limits = { most: 65_536 };

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</summary></details></table></code></pre><h1>mine</h1>',
  '<!-- active-eos validate all -->',
  '-->',
  '<!--',
  '<![CDATA[x]]><?php ?>',
  '```',
  '``````` ````',
  '~~~',
  '`',
  '` `` ```',
  '\\',
  '\\`',
  '\\|',
  '|',
  'a | b || c \\\\| d',
  '| --- | --- |',
  '[link](https://evil.example)',
  '![image](https://evil.example/x.png)',
  '[ref]: https://evil.example',
  '[^1]',
  '](https://evil.example)',
  'https://evil.example/path?x=1',
  'www.evil.example',
  'HTTP://EVIL.example',
  'someone@evil.example',
  'mailto:someone@evil.example',
  'xmpp:someone@evil.example/x',
  '@everyone @acme/operators',
  '#12 acme/fleet#12 GH-12',
  ':tada: :100: :+1:',
  '**bold** __bold__ *it* _it_ ~~gone~~ ~gone~',
  '# heading',
  '> quote',
  '- item',
  '+ item',
  '* item',
  '1. item',
  '1) item',
  '- [ ] task',
  '---',
  '===',
  '$x$ $$y$$ $`z`$',
  '&lt;b&gt; &#60;b&#62; &amp;',
  'a\nb',
  'a\r\n\r\n# b\r\n\r\n<b>c',
  'a\n\n```\n\nb',
  '\n</details>\n\n',
  '::error::x',
  '::stop-commands::x',
  '##[error]x',
  '%0A::error::x',
  '\u001b[31mred\u001b[0m',
  '\u202eevil\u202c',
  '\u2066\u2069\u200b\u00ad\u034f\u3164',
  'a\u0000b\u0007\u0085\u2028\u2029c',
  '\ud800',
  '\ufff9a\ufffab\ufffb \u0600',
  '\t tab',
  '    four',
  'é ∑ 🎉 漢字',
  'image@sha256:0123456789abcdef',
  '"quoted" \'single\'',
  '{{ template }} \u0024{{ secrets.X }}',
  '<a href="javascript:alert(1)">x</a>',
  '<details open><summary>x',
  'x'.repeat(300),
];

/** Where a browser would go. */
function isOurs(address: string): boolean {
  return URL.parse(address)?.href.startsWith(`${place.repository}/`) === true;
}

/** Where links lead and what is written differ; the elements must not. */
function shapeOf(markdown: string): string[] {
  return elementsOf(toHtml(markdown)).map(each =>
    each.startsWith('<a ') ? (isOurs(each.slice(3, -1)) ? '<a ours>' : `foreign ${each}`) : each,
  );
}

const plain = shapeOf(
  renderComment(
    sampleVerdict(() => 'x'),
    place,
    limits,
  ).join('\n\n'),
);

test('every element of a comment is ours', t => {
  t.true(plain.length > 100);
  const known =
    /^<\/?(?:h[2-4]|p|b|a|code|pre|table|thead|tbody|tr|th|td|ul|li|details|summary)>$|^<a ours>$|^<code class="language-diff">$/;
  t.deepEqual(
    plain.filter(each => !known.test(each)),
    [],
  );
});

for (const [index, text] of hostile.entries()) {
  test(`text of others makes no element of its own, ${index}: ${JSON.stringify(text).slice(0, 60)}`, t => {
    const verdict = sampleVerdict(() => text);
    const comment = renderComment(verdict, place, limits);
    t.is(comment.length, 1);
    t.deepEqual(shapeOf(comment[0] ?? ''), plain);
    t.deepEqual(
      shapeOf(renderJobSummary(verdict, place, 'verdict')),
      shapeOf(
        renderJobSummary(
          sampleVerdict(() => 'x'),
          place,
          'verdict',
        ),
      ),
    );
    const shown = textOf(toHtml(comment[0] ?? ''));
    for (const line of visible(text).split(/\s*[\r\n]+\s*/)) t.true(shown.includes(line.trim()), line);
    t.notRegex(comment[0] ?? '', /(?![ \n\t])[\p{Cc}\p{Cf}\p{Cs}]/u, 'nothing that is not seen');
  });
}

test('whatever hostile texts are put together, no element comes out but ours', t => {
  const random = new Random(7);
  const pick = () => hostile[(random.word() >>> 0) % hostile.length] ?? '';
  for (let round = 0; round < 150; round++) {
    const text = () => Array.from({ length: 1 + ((random.word() >>> 0) % 3) }, pick).join(['', ' ', '\n'][round % 3]);
    t.deepEqual(shapeOf(renderComment(sampleVerdict(text), place, limits).join('\n\n')), plain, `round ${round}`);
  }
});

test('a path that a browser would go up by is no link, and neither is a commit that is none', t => {
  for (const file of ['../../../../evil/x', 'a/../../../../../evil', 'a/./b']) {
    const [problem] = sampleVerdict(() => 'x').problems;
    if (problem === undefined) return t.fail();
    const verdict = { ...sampleVerdict(() => 'x'), environments: [], problems: [{ ...problem, file }] };
    const [comment = ''] = renderComment({ ...verdict, base: '../../../evil' }, place, limits);
    const links = shapeOf(comment).filter(each => each.includes('<a '));
    t.deepEqual(links, ['<a ours>', '<a ours>', '<a ours>'], 'the head, the rule, the job summary');
  }
});

test('mentions, issues and emoji are parted where GitHub would look for them', t => {
  const [text = ''] = renderMarkdown([{ kind: 'paragraph', text: ['@acme/ops fix #12 and GH-9 :tada:'] }], {
    most: 1e5,
    parts: 1,
    whole: '',
  });
  const shown = toHtml(text);
  t.notRegex(shown, /@\w|#\d|GH-\d|:tada:/);
  t.is(textOf(shown), '@acme/ops fix #12 and GH-9 :tada:');
});

const diffOf = (lines: number, width = 60): Block => ({
  kind: 'details',
  summary: ['aws'],
  blocks: [
    {
      kind: 'diff',
      lines: [
        '@@ ConfigMap x @@',
        ...Array.from({ length: lines }, (_, index) => `+ line ${index} ${'y'.repeat(width)}`),
      ],
    },
  ],
});

test('a report that is too long goes on in the next part, every line once, folds closed and opened again', t => {
  const blocks: Block[] = [
    { kind: 'heading', level: 2, text: ['verdict'] },
    diffOf(3000),
    { kind: 'paragraph', text: ['end'] },
  ];
  const parts = renderMarkdown(blocks, { most: 65_536, parts: 10, whole: 'the job summary' });
  t.true(parts.length > 2);
  for (const part of parts) {
    t.true(part.length <= 65_536);
    const elements = elementsOf(toHtml(part));
    t.is(elements.filter(each => each === '<details>').length, elements.filter(each => each === '</details>').length);
  }
  const lines = parts.join('\n').match(/^\+ line \d+/gm) ?? [];
  t.deepEqual(
    lines.map(line => Number(line.slice(7))),
    Array.from({ length: 3000 }, (_, index) => index),
  );
  t.regex(
    parts[1] ?? '',
    /^<details><summary>aws \(continued\)<\/summary>\n\n```diff\n@@ ConfigMap x @@ \(continued\)\n/,
  );
  t.regex(parts.at(-1) ?? '', /\n\nend$/);
});

test('lists, tables and problems are parted between their entries, with the head of the table again', t => {
  const problem = {
    file: 'f',
    line: 1,
    column: 1,
    message: 'm'.repeat(500),
    rule: 'r',
    level: 'error',
    url: undefined,
    ruleUrl: undefined,
  } as const;
  const blocks: Block[] = [
    { kind: 'list', items: Array.from({ length: 300 }, (_, index) => [`item ${index} ${'z'.repeat(400)}`]) },
    { kind: 'problems', problems: Array.from({ length: 300 }, (_, index) => ({ ...problem, line: index + 1 })) },
  ];
  const parts = renderMarkdown(blocks, { most: 65_536, parts: 10, whole: 'w' });
  const all = parts.join('\n');
  t.is(all.match(/^- item /gm)?.length, 300);
  t.is(all.match(/`f:\d+:1`/g)?.length, 300);
  for (const part of parts.filter(each => each.includes('| ⛔')))
    t.regex(part, /\| where \| what \| rule \|\n\| --- \| --- \| --- \|\n\| ⛔/);
});

test('what is too large for a part by itself is told by its size, and what is beyond the last part too', t => {
  const large: Block = { kind: 'list', items: [['x'.repeat(100_000)], ['after']] };
  const [one = ''] = renderMarkdown([large], { most: 65_536, parts: 3, whole: 'the job summary' });
  t.regex(one, /One entry of 100,002 characters is too large to be shown here<\/b>: see the job summary/);
  const parts = renderMarkdown([diffOf(10_000)], { most: 65_536, parts: 2, whole: 'the job summary' });
  t.is(parts.length, 2);
  t.regex(parts[1] ?? '', /<b>[\d,]{7,} characters more are not shown here<\/b>: see the job summary\.$/);
  t.true((parts[1]?.length ?? 0) <= 65_536);
});

test('a limit in bytes is kept in bytes', t => {
  const size = (text: string) => Buffer.byteLength(text);
  const wide: Block = { kind: 'list', items: Array.from({ length: 5000 }, () => ['漢'.repeat(100)]) };
  const [part = ''] = renderMarkdown([wide], { most: 100_000, size, parts: 1, whole: 'w' });
  t.true(size(part) <= 100_000);
  t.true(size(part) > 90_000);
});

test('a comment at the limit is one, and one character more makes two', t => {
  const of = (length: number) =>
    renderMarkdown(
      [
        { kind: 'paragraph', text: ['first'] },
        { kind: 'paragraph', text: ['y'.repeat(length)] },
      ],
      {
        most: 10_000,
        parts: 5,
        whole: 'w',
      },
    );
  const most = 10_000 - 1200 - 'first'.length - 4;
  t.is(of(most).length, 1);
  t.is(of(most + 1).length, 2);
});

test('whatever the sizes and the texts, no part is longer than it may be, and no fold is left open', t => {
  const random = new Random(11);
  const next = (most: number) => (random.word() >>> 0) % most;
  for (let round = 0; round < 15; round++) {
    const text = () => (hostile[next(hostile.length)] ?? '').repeat(1 + next(round % 4 === 0 ? 400 : 20));
    const verdict = sampleVerdict(text);
    const [environment] = verdict.environments;
    if (environment === undefined) return t.fail();
    const diffs = Array.from({ length: 1 + next(60) }, () => environment.diffs ?? []).flat();
    const notes = Array.from({ length: next(200) }, text);
    const long = { ...verdict, environments: [{ ...environment, name: '@'.repeat(500), diffs, notes }] };
    const parts = renderComment(long, place, limits);
    for (const [index, part] of parts.entries()) {
      t.true(part.length <= limits.most, `round ${round}: part ${index + 1} has ${part.length}`);
      const elements = shapeOf(part);
      const number = (name: string) => elements.filter(each => each === name).length;
      t.is(number('<details>'), number('</details>'), `round ${round}, part ${index + 1}`);
      t.deepEqual(
        elements.filter(each => each.startsWith('foreign') || /script|img|iframe|<!--/.test(each)),
        [],
      );
    }
    const summary = renderJobSummary(long, place, 'verdict');
    t.true(Buffer.byteLength(summary) <= 1024 * 1024);
  }
});
