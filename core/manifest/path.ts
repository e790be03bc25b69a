// Where a value lies in an object, as people write it: `spec.template.spec.containers[nodeos].image`.

import { redactText } from './redact.ts';

/** A field, an entry by its position, or an entry by what it is known by. */
export type Step = { field: string } | { index: number } | { entry: string };

export function renderPath(path: readonly Step[]): string {
  // A name may be long, hostile or a secret: it is shown no more freely than a value.
  return path.reduce((text, step) => {
    if ('index' in step) return `${text}[${step.index}]`;
    if ('entry' in step)
      return `${text}[${/^[^\s[\]"\p{C}]+$/u.test(step.entry) ? redactText(step.entry) : quote(step.entry)}]`;
    if (!/^[\w-]+$/.test(step.field)) return `${text}[${quote(step.field)}]`;
    return text === '' ? redactText(step.field) : `${text}.${redactText(step.field)}`;
  }, '');
}

function quote(text: string): string {
  return JSON.stringify(redactText(text));
}
