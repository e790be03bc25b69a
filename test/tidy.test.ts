// Holds the tree to its own rules. Each failure names file, line and what to do; each rule is shown to find a breach.

import { globSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { arrows } from './tidy/arrows.ts';
import { dependencies } from './tidy/dependencies.ts';
import { diagram } from './tidy/diagram.ts';
import { names, purposes } from './tidy/names.ts';
import { purity } from './tidy/purity.ts';
import type { Rule, Tree } from './tidy/tree.ts';
import { unused } from './tidy/unused.ts';
import { words } from './tidy/words.ts';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const notOurs = ['node_modules', '.git', 'output', 'coverage'];
const tree: Tree = new Map(
  globSync(['*', '*/**', '.*/**'], { cwd, exclude: path => notOurs.includes(path) })
    .filter(path => statSync(`${cwd}${path}`).isFile())
    .map(path => [path, readFileSync(`${cwd}${path}`, 'utf8')]),
);

const holds = test.macro((t: ExecutionContext, rule: Rule) => {
  t.true(tree.size > 200, 'the tree was not read');
  t.deepEqual(rule(tree), []);
});
/** The real tree with some files changed or added, so that the rule meets what it will meet. */
const finds = test.macro((t: ExecutionContext, rule: Rule, files: Record<string, string>, problem: string) => {
  const before = rule(tree);
  t.deepEqual(
    rule(new Map([...tree, ...Object.entries(files)])).filter(each => !before.includes(each)),
    [problem],
  );
});
/** A file of the tree with one text put for another. */
function edited(path: string, from: string, to: string): Record<string, string> {
  const text = tree.get(path) ?? '';
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  return { [path]: text.replace(from, to) };
}

test('imports follow the arrows between the rooms', holds, arrows);
test(
  'an arrow from core to an adapter is found',
  finds,
  arrows,
  { 'core/new.ts': "\nimport type { A } from '#adapters/etcd/a.ts';" },
  'core/new.ts:2: core imports adapters/etcd/a.ts; core may import itself. Move what is needed below both, or hand it in.',
);
test(
  'a relative import to another room is found',
  finds,
  arrows,
  { 'monitor/new.ts': "export {\n  a,\n} from '../operations/a.ts';" },
  'monitor/new.ts:3: monitor imports operations/a.ts; monitor may import itself, core, adapters. Move what is needed below both, or hand it in.',
);
test(
  'an import from a test is found',
  finds,
  arrows,
  { 'rehearsal/new.ts': "import { a } from '#test/a.ts';" },
  'rehearsal/new.ts:1: rehearsal imports test/a.ts; rehearsal may import itself, core, adapters, operations, actions, cli, monitor, tools. Move what is needed below both, or hand it in.',
);
test(
  'an adapter that knows another is found',
  finds,
  arrows,
  { 'adapters/helm/new.ts': "import { a } from '../etcd/a.ts';" },
  'adapters/helm/new.ts:1: adapters/helm imports adapters/etcd/a.ts; the folders of adapters stand apart. Let the caller bring the two together.',
);
test(
  'an operation that speaks to the runner is found',
  finds,
  arrows,
  { 'operations/new.ts': "import { info } from '@actions/core';" },
  'operations/new.ts:1: operations imports @actions/core; only actions speak to the runner. Return a value and let the action report it.',
);

test('core is pure', holds, purity);
test(
  'a clock in core is found',
  finds,
  purity,
  { 'core/new.ts': '// Date.now() in a comment is none\nconst now = Date.now();' },
  'core/new.ts:2: core uses Date.now; pass the value in as an argument or an event.',
);
test(
  'a Date of now in core is found, one of a number is not',
  finds,
  purity,
  { 'core/new.ts': 'new Date(5);\nnew Date();' },
  'core/new.ts:2: core uses new Date(); pass the value in as an argument or an event.',
);
test(
  'a node module in core is found',
  finds,
  purity,
  { 'core/new.ts': "import { readFileSync } from 'node:fs';" },
  'core/new.ts:1: core imports node:fs; do this in an adapter and pass the value in.',
);

test('every room has a purpose line in ARCHITECTURE.md', holds, purposes);
test(
  'a room without one is found',
  finds,
  purposes,
  { 'attic/new.ts': '' },
  'ARCHITECTURE.md: the room attic/ has no purpose line. Add a row | `attic/` | what it is for |.',
);

test('no folder or file has a name that says nothing', holds, names);
test(
  'a folder called utils is found',
  finds,
  names,
  { 'core/utils/new.ts': '' },
  'core/utils: its name says nothing. Name it by what it holds.',
);
test(
  'a file called types is found',
  finds,
  names,
  { 'core/types.ts': '' },
  'core/types.ts: its name says nothing. Name it by what it holds.',
);

test('every TypeScript file is used', holds, unused);
// Put together, so that this very file does not name it.
const idle = ['core/idle', 'ts'].join('.');
test(
  'a file that nothing imports is found',
  finds,
  unused,
  { [idle]: `'${idle}'` },
  `${idle}: nothing imports or starts it. Delete it, or use it.`,
);

test('what is imported is a dependency, and every dependency is used', holds, dependencies);
test(
  'a package that is no dependency is found',
  finds,
  dependencies,
  { 'core/new.ts': "import { left } from 'left-pad/left.js';" },
  'core/new.ts:1: left-pad is no dependency in package.json. Add it, pinned, with its reason in docs/decisions/0002-dependencies.md.',
);
test(
  'a dependency that nobody uses is found',
  finds,
  dependencies,
  edited('package.json', '"zod"', '"left-pad": "1.0.0",\n    "zod"'),
  'package.json: nothing imports or runs left-pad. Remove it.',
);
test(
  'a development dependency in the product is found',
  finds,
  dependencies,
  { 'core/new.ts': "import test from 'ava';" },
  'package.json: core imports ava, a development dependency. Move it to dependencies.',
);

const machine = 'core/failover/machine.ts';
test("the monitor's drawing is the monitor's machine", holds, diagram);
test(
  'an edge that is not listed is found',
  finds,
  diagram,
  edited(machine, '// o  deposed → standby', '//    deposed → standby'),
  `${machine}: the list of edges lacks the edge deposed → standby of the code. Draw it.`,
);
test(
  'an edge that the code does not make is found',
  finds,
  diagram,
  edited(machine, '// o  deposed', '// a  deposed → taking     by magic\n// o  deposed'),
  `${machine}: the list of edges has the edge deposed → taking, which the code does not make. Remove it.`,
);
test(
  'an edge that is not drawn is found',
  finds,
  diagram,
  edited(machine, '─── i ──▶', '────────▶'),
  `${machine}: edge i is listed, but not drawn. Draw it.`,
);
test(
  'a state that is not drawn is found',
  finds,
  diagram,
  edited('core/failover/state.ts', "| { kind: 'holding' }", "| { kind: 'holding' }\n  | { kind: 'solo' }"),
  `${machine}: the drawing lacks the state solo of core/failover/state.ts. Draw it.`,
);

test('no file speaks of one machine or of how it was made', holds, words);
test(
  'a path of one machine is found',
  finds,
  words,
  { 'docs/new.md': 'see\n/home/alice/active-eos' },
  'docs/new.md:2: "/home/alice" is a path of one machine. Use a path from the top of the repository, or one that the reader sets.',
);
test(
  'unfinished work is found',
  finds,
  words,
  { 'core/new.ts': '// TODO: all of it' },
  'core/new.ts:1: "TODO" is unfinished work. Do it, or say in docs/decisions why not.',
);
test(
  'a ticket number is found',
  finds,
  words,
  { 'docs/new.md': 'Fixes #12' },
  'docs/new.md:1: "Fixes #12" is a ticket number. Say the reason itself.',
);
test(
  'talk of how the work was done is found',
  finds,
  words,
  { 'docs/new.md': 'as said in the previous session' },
  'docs/new.md:1: "previous session" is talk of how the work was done. Speak of the product.',
);
