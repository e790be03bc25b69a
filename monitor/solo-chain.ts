// The chain of solo's claims on the node's volume: each claim a file of its own that can be made once only, on disk before it counts.

import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSoloRecord, renderSoloRecord, type SoloRecord } from '#core/failover/solo.ts';

/**
 * - `corrupt` the newest link cannot be read; an older one is never used in its place
 * - `disk` the volume failed or is full; the link may be there or not
 */
export type SoloErrorCode = 'corrupt' | 'disk';

export class SoloError extends Error {
  readonly code: SoloErrorCode;

  constructor(code: SoloErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SoloError';
    this.code = code;
  }
}

export interface Link {
  /** Counts from 1. */
  sequence: number;
  record: SoloRecord;
}

export interface Chain {
  /** The newest link; undefined when there is none. Throws SoloError. */
  tip(): Promise<Link | undefined>;
  /** Makes the link after `sequence` (0: the first). `changed`: there is one already, and nothing was made. Throws SoloError. */
  extend(sequence: number, record: SoloRecord): Promise<'made' | 'changed'>;
}

const linkName = /^link-(\d{10})$/;
const temporaryName = /^new-/;

/**
 * Two processes on one volume cannot both make a link: the name can be linked once only. Older links are removed after newer ones are on
 * disk, so whoever made a link where one had been removed finds a higher one beside it, and knows that it came too late.
 */
export function openChain(folder: string): Chain {
  // A sync that failed may have dropped what a later one calls written: this process writes no more.
  let failure: SoloError | undefined;
  const pathOf = (sequence: number) => join(folder, `link-${String(sequence).padStart(10, '0')}`);
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new SoloError('disk', `the volume did not ${what}: ${(cause as Error).message}`, { cause });
    }
  };
  const sync = async (what: string, work: () => Promise<void>): Promise<void> => {
    if (failure !== undefined) throw failure;
    try {
      await attempt(what, work);
    } catch (error) {
      failure = error as SoloError;
      throw error;
    }
  };
  const list = () => attempt('list its links', () => listLinks(folder));
  return {
    tip: async () => {
      await attempt('keep a folder for solo', () => mkdir(folder, { recursive: true }));
      const sequence = (await list()).at(-1);
      if (sequence === undefined) return undefined;
      return { sequence, record: await attempt('read a link', () => readFile(pathOf(sequence), 'utf8')).then(unseal) };
    },
    extend: async (sequence, record) => {
      if (failure !== undefined) throw failure;
      if (((await list()).at(-1) ?? 0) !== sequence) return 'changed';
      const temporary = join(folder, `new-${randomUUID()}`);
      try {
        await writeSynced(temporary, seal(record), attempt, sync);
        if (!(await attempt('make a link', () => linkOnce(temporary, pathOf(sequence + 1))))) return 'changed';
        await sync('sync its folder', () => syncFolder(folder));
        const all = await list();
        if (all.at(-1) !== sequence + 1) return 'changed';
        await removeAll(all.filter(each => each < sequence).map(pathOf));
        return 'made';
      } finally {
        await removeAll([temporary]);
      }
    },
  };
}

/** Ascending. What a process that was killed had not finished is swept. */
async function listLinks(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap(name => linkName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Names of unfinished links, for the start of a process that is the only one. */
export async function sweepUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await removeAll(names.filter(name => temporaryName.test(name)).map(name => join(folder, name)));
}

async function writeSynced(
  path: string,
  text: string,
  attempt: (what: string, work: () => Promise<void>) => Promise<void>,
  sync: (what: string, work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', 0o640).catch((cause: unknown) => {
    throw new SoloError('disk', `the volume did not open a file: ${(cause as Error).message}`, { cause });
  });
  try {
    await attempt('write a link', () => file.writeFile(text));
    await sync('sync a link', () => file.sync());
  } finally {
    await file.close();
  }
}

/** False when the name is taken. */
async function linkOnce(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What cannot be removed does no harm: only the newest link counts. */
async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await unlink(path).catch(() => undefined);
}

/** The record on one line, its SHA-256 on the next. */
function seal(record: SoloRecord): string {
  const text = renderSoloRecord(record);
  return `${text}\n${hash(text)}\n`;
}

function unseal(content: string): SoloRecord {
  const [text = '', sum] = content.split('\n');
  const record = sum === hash(text) ? parseSoloRecord(text) : undefined;
  if (record !== undefined) return record;
  throw new SoloError(
    'corrupt',
    'the newest link on the volume is torn or altered; expected a record and its SHA-256. Nothing is signed by it: see docs/solo.md',
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
