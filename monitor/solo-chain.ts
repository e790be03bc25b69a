// The chain of solo's claims on the node's volume: each claim a file of its own that can be made once only, on disk before it counts.

import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSoloRecord, renderSoloRecord, type SoloRecord } from '#core/failover/solo-record.ts';
import { seal, unseal } from './solo-seal.ts';

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

/**
 * Two processes on one volume cannot both make a link: the name can be linked once only. Older links are removed after newer ones are on
 * disk, so whoever made a link where one had been removed finds a higher one beside it, and knows that it came too late.
 */
export function openChain(folder: string, secret: Buffer): Chain {
  // A sync that failed may have dropped what a later one calls written: this process writes no more.
  let failure: SoloError | undefined;
  // Links are removed by newer ones only.
  let highest = 0;
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
      if (highest > (sequence ?? 0)) throw new SoloError('corrupt', `link ${highest} has vanished from the volume`);
      if (sequence === undefined) return undefined;
      highest = sequence;
      const content = await attempt('read a link', () => readFile(pathOf(sequence), 'utf8'));
      return { sequence, record: read(content, secret) };
    },
    extend: async (sequence, record) => {
      if (failure !== undefined) throw failure;
      if (((await list()).at(-1) ?? 0) !== sequence) return 'changed';
      const temporary = join(folder, `new-${randomUUID()}`);
      try {
        await writeSynced(temporary, seal(renderSoloRecord(record), secret), attempt, sync);
        if (!(await attempt('make a link', () => linkOnce(temporary, pathOf(sequence + 1))))) return 'changed';
        await sync('sync its folder', () => syncFolder(folder));
        const all = await list();
        if (all.at(-1) !== sequence + 1) return 'changed';
        highest = sequence + 1;
        await removeAll(all.filter(each => each < sequence).map(pathOf));
        return 'made';
      } finally {
        await removeAll([temporary]);
      }
    },
  };
}

/** Ascending. */
async function listLinks(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap(name => linkName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
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

function read(content: string, secret: Buffer): SoloRecord {
  const text = unseal(content, secret);
  const record = text === undefined ? undefined : parseSoloRecord(text);
  if (record !== undefined) return record;
  throw new SoloError(
    'corrupt',
    'the newest link on the volume is torn, altered or sealed by another key or for another node. Nothing is signed by it: see docs/solo.md',
  );
}
