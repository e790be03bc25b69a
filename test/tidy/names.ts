// Names of folders and files: none that says nothing, and a purpose for every room.

import { type Rule, roomOf } from './tree.ts';

const saysNothing = ['utils', 'util', 'helpers', 'common', 'shared', 'misc', 'manager', 'types', 'src', 'lib'];

export const names: Rule = tree => {
  const found = new Set<string>();
  for (const path of tree.keys()) {
    const parts = path.split('/');
    parts.forEach((part, index) => {
      if (saysNothing.includes(part.replace(/\..*$/, '') || part)) found.add(parts.slice(0, index + 1).join('/'));
    });
  }
  return [...found].map(path => `${path}: its name says nothing. Name it by what it holds.`);
};

/** A room is a folder at the top; the purpose line is its row in ARCHITECTURE.md's table. */
export const purposes: Rule = tree => {
  const rooms = new Set([...tree.keys()].filter(path => path.includes('/') && !path.startsWith('.')).map(roomOf));
  const text = tree.get('ARCHITECTURE.md') ?? '';
  return [...rooms]
    .filter(room => !new RegExp(`^\\| \`${room}/\` +\\| *\\w`, 'm').test(text))
    .map(
      room => `ARCHITECTURE.md: the room ${room}/ has no purpose line. Add a row | \`${room}/\` | what it is for |.`,
    );
};
