// Decides what of a text a reviewer may see: whatever looks like a private key, a token or a password is replaced, line for line.
// It errs on the side of hiding. It does not promise to know a secret that looks like an ordinary word.

import { secretShapes, withoutWidthless } from './secret-shapes.ts';

const mark = '‹redacted›';
/** Nobody reviews a longer line, and patterns need a bound. */
const maxLine = 16_384;
const begin = /-----BEGIN [A-Z0-9 ]{1,64}-----/;
const end = /-----END [A-Z0-9 ]{1,64}-----/;

const shapes = secretShapes.map(({ pattern }) => new RegExp(pattern, 'g'));
const word =
  '(?:pass(?:word|wd|phrase|code)|(?<![\\w])pwd|mnemonic|seed[-_.]?phrase|(?<![\\w-])priv(?:ate)?|secret|token|credential|authorization|(?<![\\w.-])auth|cookie|(?:access|api|encryption|master|private|secret|session|signing|ssh)[-_.]?key(?:[-_.]?id)?)s?';
/** The part in the middle is the secret. */
const embedded: readonly RegExp[] = [
  /(\/\/[^\s/:@"']{0,128}:)([^\s/@"']{1,256})(@)/g,
  /(\b(?:bearer|basic)\s{1,4})([\w.~+/-]{8,}={0,2})()/gi,
  /((?:^|\s)(?:-u|--user)[ =]{1,4}["']?[^\s:"']{1,128}:)([^\s"']{1,256})()/g,
  new RegExp(`((?:^|\\s)--?[\\w-]{0,64}${word}\\s{1,4})([^\\s-]\\S*)()`, 'gi'),
  new RegExp(`(<[\\w.-]{0,64}${word}>)([^<]{1,256})(<)`, 'gi'),
];
const secretName = new RegExp(`${word}$|\\.(?:key|pem|p12|pfx|jks|keystore)$`, 'i');
const quoted = `\\\\{0,4}"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|\\[[^\\]]{1,1024}\\]?`;
/** A name like a secret's, and what it is given: in quotes, or up to the next field or option. */
const assignment = new RegExp(
  `((?<![\\w.-])["']?[\\w.-]{0,64}${word}\\\\{0,4}["']?\\s{0,8}[:=]\\s{0,8})(${quoted}|(?:(?!\\s--?\\w)[^,;&}"'])+)`,
  'gi',
);
/** Named like secrets, but none: what etcd clusters and Kubernetes are told in the open. */
const openNames = /(?:^|[^\w])(?:initial-cluster-token|automountServiceAccountToken)["']?\s*[:=]?\s*$/i;
/** What a name promises, these are not: paths, references, public keys, switches. Base64 may start like a path, hence no capitals. */
const openValue =
  /^["']?(?:(?:file:)?\.{0,2}(?:\/[a-z0-9_.-]+)+\/?|\$(?:\{?\w+\}?|\(\w+\)?|\((?:cat|<) ?[\w./"$-]+\))|(?:EOS|PUB_)\w{20,}|(?:[Tt]rue|[Ff]alse|yes|no|on|off|null|none|[|>][-+\d]*)?)["']?\s*$/;
const run = /(?<![\w+/-])[\w+/-]{32,}={0,2}/g;
const publicKey = /^(?:EOS|PUB_|SIG_)/;

/** The same text with as many lines, secrets in it replaced. */
export function redactText(text: string): string {
  let inPem = false;
  /** How far a name like a secret's is indented, as long as what follows belongs to it. */
  let above: number | undefined;
  const lines = text.split('\n').map(line => {
    const indent = line.search(/\S/);
    if (above !== undefined && indent >= 0 && indent <= above) above = undefined;
    const pem = redactPem(line, inPem);
    inPem = pem.isOpen;
    if (above !== undefined) return indent < 0 ? line : `${line.slice(0, indent)}${mark}`;
    above = holdsBlock(line) ? indent : undefined;
    return pem.line;
  });
  return lines.join('\n');
}

/** Whether what stands under a line of YAML is the value of a secret: a block of text. */
function holdsBlock(line: string): boolean {
  const name = /^[\s-]{0,200}["']?([\w.-]{1,200}?)["']?\s{0,8}:\s{0,8}[|>][-+\d]{0,3}\s*$/.exec(line)?.[1];
  return name !== undefined && isSecretName(name);
}

/** The same for a text of ours that quotes others, such as a message or a path: only what is a secret whatever stands around it. */
export function redactKeys(text: string): string {
  return redactBy(hideShapes, text);
}

/** What is shown instead of a whole value; lengths are told in classes only. */
export function placeholder(length: number, unit: 'characters' | 'bytes', what = 'redacted'): string {
  return `‹${what}, ${lengthClass(length)} ${unit}›`;
}

/** Whether a field, a variable or a file of this name holds a secret, as far as its value does not say otherwise. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !openNames.test(name);
}

/** Whether a value under a secret's name is in truth a path, a reference or a switch. */
export function isOpenValue(value: string): boolean {
  return openValue.test(value);
}

/** The body of a PEM block is hidden from its first line to its last; a block without an end hides the rest. */
function redactPem(line: string, inBlock: boolean): { line: string; isOpen: boolean } {
  let [shown, rest, isOpen] = ['', line, inBlock];
  for (;;) {
    if (!isOpen) {
      const start = begin.exec(rest);
      if (!start) return { line: shown + redactLine(rest), isOpen };
      shown += redactLine(rest.slice(0, start.index)) + start[0];
      rest = rest.slice(start.index + start[0].length);
    }
    const stop = end.exec(rest);
    const body = stop ? rest.slice(0, stop.index) : rest;
    if (body.trim() !== '') shown += mark;
    if (!stop) return { line: shown, isOpen: true };
    shown += stop[0];
    rest = rest.slice(stop.index + stop[0].length);
    isOpen = false;
  }
}

function redactLine(line: string): string {
  if (line.length > maxLine) return placeholder(line.length, 'characters', 'too long to be shown');
  return redactBy(redactPlain, line);
}

/** A text in which nothing is hidden stays as it is. */
function redactBy(hide: (plain: string) => string, text: string): string {
  const plain = withoutWidthless(text);
  const shown = hide(plain);
  return shown === plain ? text : shown;
}

function hideShapes(text: string): string {
  return shapes.reduce((shown, shape) => shown.replace(shape, mark), text);
}

function redactPlain(line: string): string {
  let shown = hideShapes(line);
  for (const shape of embedded) shown = shown.replace(shape, `$1${mark}$3`);
  shown = shown.replace(assignment, (whole, name: string, value: string) =>
    openNames.test(name) || isOpenValue(value) || value.replaceAll(/["'\\]/g, '') === mark ? whole : name + mark,
  );
  return shown.replace(run, found => (looksRandom(found) ? mark : found));
}

/** Digits, small and big letters in one long word, and not the public half of a key. Hex is left: digests are, and chain ids. */
function looksRandom(text: string): boolean {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const isMixed = count(/\d/g) >= 3 && count(/[a-z]/g) >= 4 && count(/[A-Z]/g) >= 4;
  return isMixed && count(/[-_/]/g) <= text.length / 10 && !publicKey.test(text);
}

function lengthClass(length: number): string {
  if (length === 0) return 'no';
  let most = 16;
  while (most < length) most *= 2;
  return most === 16 ? 'up to 16' : `${most / 2 + 1} to ${most}`;
}
