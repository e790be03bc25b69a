// Gives each node a colour and a letter, so that no colour has to be told apart to know who signed.

import type { Model } from './model.ts';

export interface NodeMark {
  node: string;
  /** A, B, … in the order of the sites. */
  letter: string;
  /** Class of the style sheet. */
  className: string;
}

/** Colours of the style sheet; from the ninth node on they repeat, and the letter tells. */
const colours = 8;

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Marks for the fleet's nodes, and for any other that signed a slot of ours. */
export function markNodes({ sites, slots, claims }: Pick<Model, 'sites' | 'slots' | 'claims'>): Map<string, NodeMark> {
  const names = [
    ...sites.flatMap(site => site.nodes.map(node => node.name)),
    ...slots.flatMap(slot => slot.nodes),
    ...claims.map(claim => claim.node),
  ].filter(name => name !== '');
  return new Map(
    [...new Set(names)].map((node, index) => [
      node,
      { node, letter: letters[index % letters.length] ?? '?', className: `n${index % colours}` },
    ]),
  );
}
