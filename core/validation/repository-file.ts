// Decides what a file of a revision may be taken for: the text of an environment, a part of a chart, or nothing to be trusted.

import type { EnvironmentFiles } from '../environment/assemble.ts';
import { conflictIn, conflictMessage, maxLength } from '../environment/document.ts';
import { findUnsteady } from './chart-template.ts';
import type { RuleProblem } from './verdict.ts';

/** A file as a commit or the working tree has it. */
export interface RepositoryFile {
  /** From the top of the repository, with slashes. */
  path: string;
  kind: 'file' | 'link' | 'submodule' | 'special';
  bytes: number;
  /** undefined: no regular file, or too large to be read. */
  content: Uint8Array | undefined;
  /** Where a link leads. */
  target?: string;
}

/** The files of a folder below environments/. */
export interface EnvironmentFolder {
  name: string;
  /** undefined when there is no environment.yaml that can be read. */
  files: EnvironmentFiles | undefined;
  problems: RuleProblem[];
}

export interface ChartFile {
  path: string;
  content: Uint8Array;
}

const mebibyte = 1024 * 1024;
const nameForm = /^[a-z0-9][a-z0-9-]*$/;

/** What stands below environments/, by folder; files that are in none are nobody's. */
export function readFolders(files: readonly RepositoryFile[]): EnvironmentFolder[] {
  const folders = new Map<string, RepositoryFile[]>();
  for (const file of files) {
    const [room, name = '', ...rest] = file.path.split('/');
    // A link or a submodule in place of the folder is a file as git sees it.
    if (room !== 'environments' || (rest.length === 0 && file.kind === 'file')) continue;
    folders.set(name, [...(folders.get(name) ?? []), file]);
  }
  return [...folders].map(([name, own]) => readFolder(name, own));
}

function readFolder(name: string, files: readonly RepositoryFile[]): EnvironmentFolder {
  const folder = `environments/${name}`;
  const problems: RuleProblem[] = [];
  const texts = new Map<string, string>();
  const others: { file: string; text: string }[] = [];
  for (const file of files) {
    const inside = file.path.slice(folder.length + 1);
    const isRead = inside === 'environment.yaml' || /^values\/[^/]+\.yaml$/.test(inside);
    const read = readText(file, isRead);
    problems.push(...read.problems);
    if (isRead && read.text !== undefined) texts.set(file.path, read.text);
    if (!isRead && read.text !== undefined) others.push({ file: file.path, text: read.text });
    if (file.kind === 'file' && inside.startsWith('values/') && !isRead) problems.push(unread(file.path));
  }
  if (!nameForm.test(name)) problems.push(misnamed(folder, name));
  const main = `${folder}/environment.yaml`;
  const text = texts.get(main);
  if (text === undefined && !files.some(each => each.path === main)) problems.push(missing(main, files));
  if (text === undefined) return { name, files: undefined, problems };
  const values = [...texts]
    .filter(([path]) => path !== main)
    .map(([file, own]) => ({ cluster: file.slice(`${folder}/values/`.length, -'.yaml'.length), file, text: own }));
  return { name, files: { file: main, text, values, ...(others.length > 0 ? { others } : {}) }, problems };
}

/** The parts of charts/ that may be given to Helm, which follows links and so would read what lies outside. */
export function readCharts(files: readonly RepositoryFile[]): { charts: ChartFile[]; problems: RuleProblem[] } {
  const charts: ChartFile[] = [];
  const problems: RuleProblem[] = [];
  for (const file of files.filter(each => each.path.startsWith('charts/') || each.path === 'charts')) {
    const problem = kindProblem(file) ?? pathProblem(file) ?? partProblem(file) ?? templateProblem(file);
    if (problem !== undefined) problems.push(problem);
    else if (file.content !== undefined) charts.push({ path: file.path, content: file.content });
  }
  return { charts, problems };
}

/** @param isRead whether the text means something to us; of others only what nobody wants in a repository is told */
function readText(file: RepositoryFile, isRead: boolean): { text?: string; problems: RuleProblem[] } {
  const found = kindProblem(file) ?? (isRead ? sizeProblem(file) : undefined);
  if (found !== undefined) return { problems: [found] };
  if (file.content === undefined || file.bytes > maxLength) return { problems: [] };
  const isBinary = file.content.includes(0);
  const invalidAt = isBinary ? undefined : firstInvalid(file.content);
  if (isRead && isBinary) return { problems: [binary(file)] };
  if (isRead && invalidAt !== undefined) return { problems: [invalidText(file, file.content, invalidAt)] };
  if (isBinary || invalidAt !== undefined) return { problems: [] };
  const text = new TextDecoder().decode(file.content);
  const conflict = conflictIn(text);
  if (conflict === undefined) return { text, problems: [] };
  return { problems: [problemAt('merge-conflict', file.path, conflictMessage, conflict)] };
}

function kindProblem({ path, kind, target = '', bytes, content }: RepositoryFile): RuleProblem | undefined {
  const say = (message: string) => problemAt('plain-file', path, message);
  switch (kind) {
    case 'link':
      return say(
        `The file is a link to ${JSON.stringify(target)}; expected the file itself, since a link may lead out of the repository. Put the content here.`,
      );
    case 'submodule':
      return say('The folder is another repository; expected files of this one. Copy what is needed of it here.');
    case 'special':
      return say('The file is a pipe, a socket or a device; expected a regular file. Remove it.');
    case 'file':
      if (content !== undefined) return undefined;
      return say(
        `The file has ${mebibytes(bytes)}, too much to be read; expected what a person writes. Keep it elsewhere.`,
      );
  }
}

function sizeProblem({ path, bytes }: RepositoryFile): RuleProblem | undefined {
  // Characters are at most as many as bytes, so that whatever passes here passes the reader.
  if (bytes <= maxLength) return undefined;
  const message = `The file has ${mebibytes(bytes)}; expected at most ${mebibytes(maxLength)}. Keep only the environment in it.`;
  return problemAt('plain-file', path, message);
}

/** Helm and every tool after it take names for what they are; one that no chart needs is a trap for one of them. */
function pathProblem({ path }: RepositoryFile): RuleProblem | undefined {
  const isSound = path.split('/').every(part => part !== '' && part !== '.' && part !== '..' && part !== '.git');
  if (isSound && !/[\p{Cc}\\\ufffd]/u.test(path)) return undefined;
  const message = `The file is called ${JSON.stringify(path)}; expected a path of printable characters that stays in the folder. Rename it.`;
  return problemAt('plain-file', path, message);
}

/** Helm installs crds/ without rendering it, and what comes with a subchart was reviewed by nobody here. */
function partProblem({ path, content }: RepositoryFile): RuleProblem | undefined {
  const say = (found: string, line?: number) =>
    problemAt(
      'chart-parts',
      path,
      `${found}; expected a chart of templates and files of its own, all of which the diff shows. Remove it.`,
      line,
    );
  const [, , part = '', ...rest] = path.split('/');
  if (part === 'crds') return say('The folder crds/ is installed without being rendered');
  if (part === 'charts') return say('The folder charts/ holds another chart');
  if (rest.length > 0 || content === undefined) return undefined;
  if (/^requirements\.(?:yaml|lock)$/.test(part)) return say('The file names other charts to install');
  if (part !== 'Chart.yaml') return undefined;
  // Helm takes the key in any case, in quotes, and in a mapping between braces.
  const found = /(?:^|[{,])[ \t]*["']?dependencies["']?[ \t]*:/im.exec(new TextDecoder().decode(content));
  if (found === null) return undefined;
  return say('dependencies names other charts to install', found.input.slice(0, found.index).split('\n').length);
}

function templateProblem({ path, content }: RepositoryFile): RuleProblem | undefined {
  if (content === undefined || path.split('/')[2] !== 'templates') return undefined;
  const found = findUnsteady(new TextDecoder().decode(content));
  if (found === undefined) return undefined;
  const message = `The template asks ${found.word}; expected values and the release's name alone, so that it renders in the cluster as it does here. Make it a value.`;
  return problemAt('chart-steady', path, message, found.line);
}

function binary({ path, content }: RepositoryFile): RuleProblem {
  const { line, column } = positionOf(content ?? new Uint8Array(), content?.indexOf(0) ?? 0);
  const message = 'The file is no text: it has a NUL byte here; expected YAML in UTF-8. Write it anew.';
  return problemAt('text-file', path, message, line, column);
}

function invalidText({ path }: RepositoryFile, content: Uint8Array, at: number): RuleProblem {
  const { line, column } = positionOf(content, at);
  const found = `The byte 0x${(content[at] ?? 0).toString(16).padStart(2, '0')} here is no UTF-8`;
  return problemAt('text-file', path, `${found}; expected text in UTF-8. Save the file as UTF-8.`, line, column);
}

function unread(path: string): RuleProblem {
  const message =
    'The file is not read by anything; expected values/<cluster>.yaml, right in the folder. Rename or remove it.';
  return problemAt('values-file', path, message);
}

function misnamed(folder: string, name: string): RuleProblem {
  const expected = 'expected a name of a-z, 0-9 and -, since namespaces, claims and workflows carry it';
  const message = `No environment can be called ${JSON.stringify(name)}; ${expected}. Rename the folder.`;
  return problemAt('environment-folder', `${folder}/environment.yaml`, message);
}

function missing(path: string, files: readonly RepositoryFile[]): RuleProblem {
  const near = files.find(each => /\/environment\.ya?ml$/i.test(each.path));
  const remedy = near === undefined ? 'Copy environments/example/environment.yaml.' : `Rename ${near.path}.`;
  return problemAt('environment-folder', path, `There is no such file; expected one in every folder here. ${remedy}`);
}

/** Offset of the first byte that belongs to no character; undefined when all do. */
function firstInvalid(content: Uint8Array): number | undefined {
  const replacement = '\ufffd';
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
  const encoder = new TextEncoder();
  for (let at = text.indexOf(replacement), seen = 0, offset = 0; at >= 0; at = text.indexOf(replacement, at + 1)) {
    offset += encoder.encode(text.slice(seen, at)).length;
    seen = at;
    // It may stand in the text itself.
    const isOwn = encoder.encode(replacement).every((byte, index) => content[offset + index] === byte);
    if (!isOwn) return offset;
  }
  return undefined;
}

function positionOf(content: Uint8Array, at: number): { line: number; column: number } {
  const before = new TextDecoder().decode(content.subarray(0, at)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function mebibytes(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(1)} MiB`;
}

function problemAt(rule: string, file: string, message: string, line = 1, column = 1): RuleProblem {
  return { rule, level: 'error', file, line, column, message };
}
