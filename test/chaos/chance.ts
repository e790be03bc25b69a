// Chance that a seed decides: the same seed and words give the same numbers.

export interface Chance {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** @param words what the numbers are for; each text has numbers of its own */
export function seedChance(seed: number, ...words: readonly (string | number)[]): Chance {
  let state = hash(`${seed} ${words.join(' ')}`);
  const next = (): number => {
    // mulberry32: small, and more than even enough for moments and victims.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between: Chance['between'] = (least, most) => least + Math.floor(next() * (most - least + 1));
  return {
    between,
    pick: choices => {
      const chosen = choices[between(0, choices.length - 1)];
      if (chosen === undefined) throw new Error('there is nothing to pick from');
      return chosen;
    },
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value;
}
