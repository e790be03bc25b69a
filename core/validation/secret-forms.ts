// Finds what looks like a private key, a password or a token in a file, and takes it out of messages.
// A secret that looks like any other word, in a field with a harmless name, is not found.

import type { Finding } from '../environment/problem.ts';
import { redactText } from '../manifest/redact.ts';
import { type SecretShape, secretShapes, withoutWidthless } from '../manifest/secret-shapes.ts';
import type { Source } from './rule.ts';

export interface FoundSecret {
  what: string;
  line: number;
  column: number;
  secret: string;
}

/** The pattern matches the secret; or in its group `secret`, with what introduces it before. */
type Form = SecretShape;

const keyword =
  '(?:password|passwd|passphrase|mnemonic|seed[-_]?phrase|token|secret[-_]?(?:access[-_]?)?key|api[-_]?key|private[-_]?key)';
/** What is no secret though its field is called so: a switch, and what is filled in later. */
const harmless = /^(?:true|false|yes|no|on|off|null|none|~|\$.*|<.*|["'[{|>&*]?)$/i;

const forms: readonly Form[] = [
  ...secretShapes,
  { what: 'a private key (PEM)', pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/ },
  { what: 'a signature provider with its key', pattern: /=\s{0,8}KEY:\s{0,8}(?<secret>[A-Za-z0-9_-]{20,200})/ },
  {
    what: 'a password in a URL',
    pattern: /(?<![a-z0-9])[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@"']{1,100}:(?<secret>[^\s/@"']{1,200})@/i,
  },
];

const keyed: readonly Form[] = [
  // As a key of YAML, in a file that may be no YAML at all.
  {
    what: 'a password or token',
    pattern: new RegExp(
      `^\\s{0,200}(?:-\\s{0,8})?["']?[\\w./-]{0,100}${keyword}["']?\\s{0,8}:\\s{1,8}["']?(?<secret>[^\\s"'#]{1,200})`,
      'i',
    ),
  },
  // As an option: `--http-password=…`, `password = …`.
  {
    what: 'a password or token',
    pattern: new RegExp(`${keyword}["']?\\s{0,8}=\\s{0,8}["']?(?<secret>[^\\s"'#=][^\\s"'#]{0,199})`, 'i'),
  },
];

/** In a comment a key is followed by one word and nothing else: prose goes on. */
const inComment: Form = {
  what: 'a password or token',
  pattern: new RegExp(`${keyword}["']?\\s{0,8}:\\s{1,8}["']?(?<secret>[^\\s"']{1,200})["']?\\s{0,8}$`, 'i'),
};

/** At most one for each line. */
export function findSecrets(source: Pick<Source, 'text'> & Partial<Pick<Source, 'value' | 'locate'>>): FoundSecret[] {
  const found = source.text.split('\n').flatMap((line, index) => {
    const secret = secretIn(withoutWidthless(line).trimEnd());
    return secret === undefined ? [] : [{ ...secret, line: index + 1 }];
  });
  const lines = new Set(found.map(({ line }) => line));
  const { locate } = source;
  const inFields =
    locate === undefined ? [] : fieldsOf(source.value, []).map(field => ({ ...field, ...place(locate, field.path) }));
  return [...found, ...inFields.filter(({ line }) => !lines.has(line))];
}

/** Of a template or a program, in which a field called password holds none: only what is a secret whatever stands around it. */
export function findKeys(text: string): FoundSecret[] {
  return text.split('\n').flatMap((line, index) => {
    const secret = match(forms, withoutWidthless(line), 0);
    return secret === undefined ? [] : [{ ...secret, line: index + 1 }];
  });
}

function secretIn(line: string): Omit<FoundSecret, 'line'> | undefined {
  const comment = /(?:^|\s)#/.exec(line)?.index ?? line.length;
  return match(forms, line, 0) ?? match(keyed, line, 0) ?? match([inComment], line, comment);
}

function match(some: readonly Form[], line: string, from: number): Omit<FoundSecret, 'line'> | undefined {
  for (const { what, pattern } of some) {
    const found = pattern.exec(line.slice(from));
    const secret = found?.groups?.secret ?? found?.[0] ?? '';
    if (found === null || harmless.test(secret)) continue;
    const indent = /^\s*/.exec(found[0])?.[0].length ?? 0;
    return { what, secret, column: from + found.index + indent + 1 };
  }
  return undefined;
}

const fieldName = new RegExp(`${keyword}$`, 'i');

/** Of whatever spelling, as in `{ password: … }` or over two lines. */
function fieldsOf(value: unknown, path: Finding['path']): { what: string; secret: string; path: Finding['path'] }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const where = [...path, Array.isArray(value) ? Number(key) : key];
    const isText = typeof inner === 'string' || typeof inner === 'number';
    if (!isText) return fieldsOf(inner, where);
    const secret = String(inner).trim();
    return fieldName.test(key) && !harmless.test(secret) ? [{ what: 'a password or token', secret, path: where }] : [];
  });
}

function place(locate: Source['locate'], path: Finding['path']): { line: number; column: number } {
  const { line, column } = locate({ path, at: 'key', message: '' });
  return { line, column };
}

/** The message without the secrets, whole or cut short as a message quotes them. */
export function withoutSecrets(message: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return message;
  const cut = secrets.reduce((text, secret) => {
    if (secret.length < 4) return text;
    const begin = secret.slice(0, 12).replaceAll(/[^\w]/g, String.raw`\$&`);
    return text.replaceAll(new RegExp(`${begin}[^\\s"…]*…?`, 'g'), '(not shown)');
  }, message);
  // What a message quotes may be longer than what was found, as of a key in PEM.
  return redactText(cut);
}
