// The drawing above the monitor's machine against its code: the same states, the same edges, each drawn.

import type { Rule } from './tree.ts';

const machine = 'core/failover/machine.ts';
/** Where its states' functions are. */
const parts = ['standby', 'holder', 'next'].map(name => `core/failover/${name}.ts`);
const states = 'core/failover/state.ts';

export const diagram: Rule = tree => {
  const text = tree.get(machine) ?? '';
  const comment = text.slice(0, text.indexOf('\nimport '));
  const code = parts.map(part => tree.get(part) ?? '').join('\n');
  const drawn = [...comment.matchAll(/\[(\w+)\]/g)].map(match => match[1] ?? '');
  const listed = [...comment.matchAll(/^\/\/ (\w) {2}(\w+) → (\w+) {2,}\S/gm)];
  const kinds = [
    ...(/export type State =([\s\S]*?);\n\n/.exec(tree.get(states) ?? '')?.[1] ?? '').matchAll(/\bkind: '(\w+)'/g),
  ];
  return [
    ...difference(
      drawn,
      kinds.map(match => match[1] ?? ''),
      `${machine}: the drawing`,
      'state',
      states,
    ),
    ...difference(
      listed.map(match => `${match[2]} → ${match[3]}`),
      madeEdges(code),
      `${machine}: the list of edges`,
      'edge',
      'the code',
    ),
    ...listed
      .filter(([, letter]) => !new RegExp(`[─│ ] ?${letter} ?[─│ ┘\\n]`).test(comment.replace(/^\/\/ \w {2}.*$/gm, '')))
      .map(([, letter]) => `${machine}: edge ${letter} is listed, but not drawn. Draw it.`),
  ];
};

/** What each `in<State>` function may turn its state into: every state it, or a function it calls, writes down. */
function madeEdges(code: string): string[] {
  const bodies = new Map(
    code.split(/^(?=(?:export )?function )/m).map(body => [/function (\w+)/.exec(body)?.[1] ?? '', body]),
  );
  const reached = (name: string, seen: Set<string>): string[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    const text = bodies.get(name) ?? '';
    // Without the signature, which names the state that it is about.
    const body = text.slice(text.search(/ \{$/m));
    const own = [...body.matchAll(/\bkind: '(\w+)'/g)].map(match => match[1] ?? '');
    return [
      ...own,
      ...[...bodies.keys()]
        .filter(other => new RegExp(`\\b${other}\\(`).test(body))
        .flatMap(other => reached(other, seen)),
    ];
  };
  return [...bodies.keys()]
    .filter(name => /^in[A-Z]/.test(name))
    .flatMap(name => [...new Set(reached(name, new Set()))].map(to => `${name.slice(2).toLowerCase()} → ${to}`));
}

function difference(said: string[], made: string[], where: string, what: string, source: string): string[] {
  return [
    ...[...new Set(made)]
      .filter(each => !said.includes(each))
      .map(each => `${where} lacks the ${what} ${each} of ${source}. Draw it.`),
    ...[...new Set(said)]
      .filter(each => !made.includes(each))
      .map(each => `${where} has the ${what} ${each}, which ${source} does not make. Remove it.`),
  ];
}
