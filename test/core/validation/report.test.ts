import test from 'ava';
import { diffLines } from '#core/validation/line-diff.ts';
import { renderTerminal } from '#core/validation/render-terminal.ts';
import { describeVerdict, headline } from '#core/validation/report.ts';
import type { EnvironmentVerdict, FieldChange, ObjectDiff, Verdict } from '#core/validation/verdict.ts';
import { parseVerdictFile, renderVerdictFile } from '#core/validation/verdict-file.ts';
import { base, head, sampleVerdict } from './sample.ts';

const context = { repository: undefined, longestValue: 100, whole: 'the job summary' };
const plain = (_: unknown, text: string) => text;

function verdictOn(changes: Partial<EnvironmentVerdict>): Verdict {
  const [sample] = sampleVerdict(() => 'x').environments;
  if (sample === undefined) throw new Error('the sample has no environment');
  const environment = { ...sample, name: 'testnet', problems: [], waived: [], notes: [], ...changes };
  return { base, head, checks: [], problems: [], environments: [environment] };
}

function shown(verdict: Verdict): string {
  return renderTerminal(describeVerdict(verdict, context), plain);
}

test('the first line says whether it may be merged and what that does', t => {
  t.is(
    headline(verdictOn({})),
    '✅ No problems: testnet is rolled out in 10 min 8 s, then waits for a person (2 upgrades, expected to miss no block)',
  );
  t.is(headline(verdictOn({ change: 'untouched' })), '✅ No problems: no environment is touched');
  t.is(headline(verdictOn({ change: 'removed' })), '✅ No problems: testnet is removed from the repository');
  const [problem] = sampleVerdict(() => 'x').problems;
  if (problem === undefined) throw new Error('the sample has no problem');
  t.is(
    headline(verdictOn({ problems: [problem, { ...problem, level: 'warning' }] })),
    '⛔ 1 problem in testnet, 1 warning: not ready to be merged',
  );
  t.is(headline({ ...verdictOn({}), problems: [problem] }), '⛔ 1 problem: not ready to be merged');
});

test('a plan without a diff is not called free of problems', t => {
  t.regex(
    headline(verdictOn({ diffs: undefined })),
    /^⚠ Not fully checked, since nothing was rendered: testnet is rolled/,
  );
  t.regex(headline(verdictOn({ diffs: undefined, change: 'removed' })), /^✅ No problems/);
});

test('that the checks themselves change is said right below the first line', t => {
  const lines = shown({ ...verdictOn({}), checks: ['core/a.ts', 'package.json'] }).split('\n');
  t.regex(lines[0] ?? '', /No problems/);
  t.regex(
    lines.slice(1, 3).join(''),
    /This changes the checks themselves: core\/a\.ts, package\.json\. A pull request/,
  );
  t.notRegex(shown(verdictOn({})), /checks themselves/);
});

test('a terminal shows problems as lines that can be clicked, with their rules', t => {
  const problem = {
    file: 'a/b.yaml',
    line: 3,
    column: 5,
    message: 'wrong\n::x',
    rule: 'schema',
    level: 'error',
  } as const;
  const waived = { ...problem, rule: 'other', reason: 'soon', until: '2026-12-31', isNew: false };
  const text = shown(verdictOn({ problems: [problem], waived: [waived] }));
  t.regex(text, /^a\/b\.yaml:3:5: error: wrong ::x \[schema\]$/m);
  t.regex(text, /^a\/b\.yaml:3:5: waived: wrong ::x Waived until 2026-12-31: soon \[other\]$/m);
});

test('a waiver that comes with the change it excuses stands in the first line, and is not folded', t => {
  const problem = {
    file: 'a.yaml',
    line: 1,
    column: 1,
    message: 'wrong',
    rule: 'image-digest',
    level: 'error',
  } as const;
  const waived = { ...problem, reason: 'soon', until: '2026-12-31' };
  const fresh = verdictOn({ waived: [{ ...waived, isNew: true }] });
  t.regex(headline(fresh), /No problems, 1 excused by this very change/);
  const blocks = (verdict: Verdict) =>
    describeVerdict(verdict, { repository: undefined, longestValue: 100, whole: 'x' });
  t.true(blocks(fresh).some(({ kind }) => kind === 'problems'));
  const known = verdictOn({ waived: [{ ...waived, isNew: false }] });
  t.notRegex(headline(known), /excused/);
  t.false(blocks(known).some(({ kind }) => kind === 'problems'));
});

test('nothing in a terminal moves the cursor, wherever it stands', t => {
  const text = shown(sampleVerdict(() => '\u001b[2J\u009b1A\u202e\ra'));
  t.notRegex(text, /[^\P{Cc}\n]|\u202e/u);
  t.regex(text, /␛\[2J/);
});

function changed(...fields: FieldChange[]): Verdict {
  const object: ObjectDiff = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', change: 'changed', fields, noise: [] };
  return verdictOn({
    diffs: [{ cluster: 'aws', release: 'r', chart: 'charts/c', change: 'changed', objects: [object] }],
  });
}

test('a field that comes, goes or changes is shown with its path', t => {
  const text = shown(
    changed(
      { path: 'data.a', before: '1', after: '2' },
      { path: 'data.b', before: undefined, after: '3' },
      { path: 'data.c', before: '4', after: undefined },
    ),
  );
  t.regex(text, /@@ ConfigMap c \(v1\) changed @@\n data\.a\n- {3}1\n\+ {3}2\n data\.b\n\+ {3}3\n data\.c\n- {3}4\n/);
});

test('of a long text only what changed is shown, and a little around it', t => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const after = lines.toSpliced(10, 1, 'new').join('\n');
  t.deepEqual(diffLines(lines.join('\n'), after), [
    ' …',
    ' line 8',
    ' line 9',
    '-line 10',
    '+new',
    ' line 11',
    ' line 12',
    ' …',
  ]);
  t.deepEqual(diffLines('a\nb', 'b\nc'), ['-a', ' b', '+c']);
  const many = (letter: string) => Array.from({ length: 2000 }, (_, index) => `${letter}${index}`).join('\n');
  t.is(diffLines(many('a'), many('b')).length, 4000);
});

test('a value that is too long is told by its length and where it is whole', t => {
  const text = shown(changed({ path: 'data.a', before: 'short', after: 'y\n'.repeat(600) }));
  t.regex(text, /- {3}\(5 characters in 1 lines/);
  t.regex(text, /\+ {3}\(1,200 characters in 601 lines, too long to be shown here: see the job summary\)/);
  t.false(text.includes('y\ny'));
});

test('what an environment costs to lose is shown openly only when it cannot be afforded', t => {
  const loss = { domain: 'site', name: 'one', members: 2, left: 1, holds: false } as const;
  const broken = verdictOn({ quorum: { members: 3, majority: 2, losses: [loss] } });
  const blocks = describeVerdict(broken, context);
  t.true(blocks.some(block => block.kind === 'table' && block.head.includes('members in it')));
  const sound = verdictOn({ quorum: { members: 3, majority: 2, losses: [{ ...loss, holds: true }] } });
  t.false(
    describeVerdict(sound, context).some(block => block.kind === 'table' && block.head.includes('members in it')),
  );
  t.regex(shown(broken), /etcd does not outlive the loss of site one/);
});

test('a rollout that is blocked, and one that ends by itself, are told apart', t => {
  const { forecast } = verdictOn({}).environments[0] ?? {};
  if (forecast === undefined) throw new Error('the sample has no forecast');
  t.regex(headline(verdictOn({ forecast: { ...forecast, end: 'blocked: no claim' } })), /its rollout is blocked/);
  t.regex(shown(verdictOn({ forecast: { ...forecast, end: 'blocked: no claim' } })), /It is blocked: no claim\./);
  t.regex(shown(verdictOn({ forecast: { ...forecast, end: 'done: all.' } })), /It is done when: all\.\n/);
  t.regex(headline(verdictOn({ forecast: { ...forecast, steps: [], followedBy: [] }, diffs: [] })), /stays as it is/);
  t.regex(headline(verdictOn({ forecast: undefined })), /how it rolls out cannot be told/);
});

test('a verdict is the same after it was written and read', t => {
  const outside: Verdict = { ...verdictOn({}), base: undefined, head: 'working tree' };
  const partly = verdictOn({ forecast: undefined, diffs: undefined, quorum: undefined });
  for (const verdict of [sampleVerdict(() => '\u0000 "x"\n'), partly, outside]) {
    const text = renderVerdictFile(verdict);
    const read = parseVerdictFile(text);
    if (read.verdict === undefined) return t.fail(read.problem);
    t.deepEqual(JSON.parse(renderVerdictFile(read.verdict)), JSON.parse(text));
  }
});

test('a verdict of another shape is refused with what is wrong', t => {
  const text = renderVerdictFile(verdictOn({}));
  t.regex(parseVerdictFile('[]').problem ?? '', /the file is not as expected/);
  t.regex(parseVerdictFile(text.replace('"v":1', '"v":2')).problem ?? '', /^v is not as expected/);
  t.regex(parseVerdictFile(text.replace('"testnet"', JSON.stringify('n'.repeat(501)))).problem ?? '', /name is not/);
  t.regex(parseVerdictFile(text.replace(base, '../../evil')).problem ?? '', /^base is not as expected/);
  t.regex(parseVerdictFile(text.replace(head, 'main')).problem ?? '', /^head is not as expected/);
  t.regex(parseVerdictFile(text.replace('"members":3', '"members":-1')).problem ?? '', /members is not as expected/);
  t.regex(parseVerdictFile(' '.repeat(17 * 1024 * 1024)).problem ?? '', /has 17825792 characters/);
  t.regex(parseVerdictFile(text.replace('"name"', '"__proto__":{"x":1},"name"')).problem ?? '', /not as expected/);
});
