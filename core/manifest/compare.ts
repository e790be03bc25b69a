// Compares two objects field by field. Complete: what is the same is left out, all that differs is told once.

import { align } from './align.ts';
import { isUnordered, namesOf, optionOf } from './lists.ts';
import { fingerprint, type Leaf, type Mapping, type Node, type Sequence } from './node.ts';
import { renderPath, type Step } from './path.ts';
import { showNode, showPair } from './show.ts';
import { compareTexts } from './text.ts';

export interface Change {
  path: string;
  steps: readonly Step[];
  before: string | undefined;
  after: string | undefined;
  /** Kubernetes takes both sides for the same. */
  isMeaningless: boolean;
}

/** What differs between two values at `steps`; either side may be absent, but not both. */
export function compareNodes(before: Node | undefined, after: Node | undefined, steps: readonly Step[]): Change[] {
  if (before === undefined || after === undefined) return appear(before, after, steps);
  if (before.kind === 'mapping' && after.kind === 'mapping') return compareMappings(before, after, steps);
  if (before.kind === 'sequence' && after.kind === 'sequence') return compareSequences(before, after, steps);
  if (before.kind === 'leaf' && after.kind === 'leaf') return compareLeaves(before, after, steps);
  return [changeOf(steps, showPair(before, after))];
}

/** A field that is null is as good as absent. */
function appear(before: Node | undefined, after: Node | undefined, steps: readonly Step[]): Change[] {
  const node = before ?? after;
  if (node === undefined) return [];
  const isMeaningless = node.kind === 'leaf' && node.value === null && 'field' in (steps.at(-1) ?? {});
  const text = showNode(node);
  return [
    changeOf(steps, before ? { before: text, after: undefined } : { before: undefined, after: text }, isMeaningless),
  ];
}

function compareMappings(before: Mapping, after: Mapping, steps: readonly Step[]): Change[] {
  const gone = [...before.entries.keys()].filter(key => !after.entries.has(key));
  return [...after.entries.keys(), ...gone].flatMap(field =>
    compareNodes(before.entries.get(field), after.entries.get(field), [...steps, { field }]),
  );
}

function compareLeaves(before: Leaf, after: Leaf, steps: readonly Step[]): Change[] {
  if (before.value === after.value) return [];
  const isText = [before, after].every(
    ({ value, placeholder }) => typeof value === 'string' && placeholder === undefined,
  );
  const isLong = isText && [before, after].some(({ value }) => String(value).includes('\n'));
  if (isLong) return compareTexts(before, after).map(({ where, ...sides }) => changeOf(steps, sides, false, where));
  return [changeOf(steps, showPair(before, after), isSameQuantity(before, after, steps))];
}

/** `cpu: 1` and `cpu: "1"` ask for the same. */
function isSameQuantity({ value: a }: Leaf, { value: b }: Leaf, steps: readonly Step[]): boolean {
  const parent = steps.at(-2);
  return (
    String(a) === String(b) &&
    parent !== undefined &&
    'field' in parent &&
    ['requests', 'limits'].includes(parent.field)
  );
}

function compareSequences(before: Sequence, after: Sequence, steps: readonly Step[]): Change[] {
  const field = steps.findLast(step => 'field' in step)?.field ?? '';
  const [namesBefore, namesAfter] = namesOf(field, [before.items, after.items]) ?? [];
  return namesBefore && namesAfter
    ? compareNamed(entriesOf(namesBefore, before), entriesOf(namesAfter, after), steps, isUnordered(field))
    : compareByPosition(before.items, after.items, steps);
}

function entriesOf(names: readonly string[], { items }: Sequence): Map<string, Node> {
  return new Map(items.map((item, index) => [names[index] ?? '', item]));
}

function compareNamed(
  before: Map<string, Node>,
  after: Map<string, Node>,
  steps: readonly Step[],
  isFree: boolean,
): Change[] {
  const stayed = [...after.keys()].filter(name => before.has(name));
  const gone = [...before.keys()].filter(name => !after.has(name));
  const changes = [...after.keys(), ...gone].flatMap(entry =>
    compareNodes(before.get(entry), after.get(entry), [...steps, { entry }]),
  );
  const order = [...before.keys()].filter(name => after.has(name));
  if (order.every((name, index) => name === stayed[index])) return changes;
  return [...changes, changeOf(steps, { before: order.join(', '), after: stayed.join(', ') }, isFree, 'order')];
}

/** Entries are paired where they stand between those that stayed; options of a command line by their name. */
function compareByPosition(before: readonly Node[], after: readonly Node[], steps: readonly Step[]): Change[] {
  const isOption = uniqueOptions(before, after);
  const token = (item: Node): string => (isOption(item) ? `option ${optionOf(item)}` : fingerprint(item));
  const pair = (one: Node | undefined, other: Node | undefined, index: number): Change[] => {
    const item = other ?? one;
    const step: Step = item && isOption(item) ? { entry: optionOf(item) ?? '' } : { index };
    return compareNodes(one, other, [...steps, step]);
  };
  // What stayed may still differ where it is paired by an option's name.
  return align(before.map(token), after.map(token)).flatMap(run => {
    const [gone, come] = [before.slice(...run.before), after.slice(...run.after)];
    return Array.from({ length: Math.max(gone.length, come.length) }, (_, k) =>
      pair(gone[k], come[k], k < come.length ? run.after[0] + k : run.before[0] + k),
    ).flat();
  });
}

/** An option given twice is known by its position only. */
function uniqueOptions(...lists: (readonly Node[])[]): (item: Node) => boolean {
  const repeated = new Set<string>();
  for (const list of lists) {
    const seen = new Set<string>();
    for (const option of list.map(optionOf)) {
      if (option !== undefined && seen.has(option)) repeated.add(option);
      if (option !== undefined) seen.add(option);
    }
  }
  return item => {
    const option = optionOf(item);
    return option !== undefined && !repeated.has(option);
  };
}

function changeOf(
  steps: readonly Step[],
  sides: { before: string | undefined; after: string | undefined },
  isMeaningless = false,
  where = '',
): Change {
  const path = renderPath(steps);
  return {
    path: where === '' ? path : `${path} ${where}`,
    steps,
    before: sides.before,
    after: sides.after,
    isMeaningless,
  };
}
