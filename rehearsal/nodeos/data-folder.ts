// Keeps the chain in the data folder as nodeos does: a block log that survives everything, and a state that is dirty after a kill.
// A dirty state is refused until somebody removes the state folder (or replays): then the blocks are read again from the log.

import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, isBlock } from './block.ts';
import { addBlock, applyBlock, createForks, type Forks, retainedBlocks } from './forks.ts';
import { parseSnapshot } from './snapshot.ts';

export interface DataFolderSettings {
  stateFolder: string;
  blocksFolder: string;
  snapshot: string;
  replay: boolean;
  deleteAllBlocks: boolean;
}

export type Opened =
  | { kind: 'opened'; forks: Forks; origin: 'genesis' | 'blocks log' | 'snapshot' }
  | { kind: 'dirty' }
  | { kind: 'refused'; reason: string };

export class DataFolder {
  readonly #settings: DataFolderSettings;
  readonly #stateFile: string;
  readonly #logFile: string;
  #lines = 0;

  constructor(settings: DataFolderSettings) {
    this.#settings = settings;
    this.#stateFile = join(settings.stateFolder, 'shared_memory.bin');
    this.#logFile = join(settings.blocksFolder, 'blocks.log');
  }

  /** Reads the chain; from then on the state is dirty until it is closed. */
  open(genesis: Block, schedule: readonly string[]): Opened {
    const { stateFolder, blocksFolder, snapshot, replay, deleteAllBlocks } = this.#settings;
    if (deleteAllBlocks) rmSync(blocksFolder, { recursive: true, force: true });
    if (deleteAllBlocks || replay) rmSync(stateFolder, { recursive: true, force: true });
    const state = existsSync(this.#stateFile) ? readFileSync(this.#stateFile, 'utf8') : undefined;
    if (snapshot !== '' && state !== undefined)
      return { kind: 'refused', reason: 'Snapshot can only be used to initialize an empty database.' };
    if (state === 'dirty') return { kind: 'dirty' };
    const logged = existsSync(this.#logFile) ? parseLog(readFileSync(this.#logFile, 'utf8')) : [];
    const restored = snapshot === '' ? undefined : this.#readSnapshot(snapshot);
    if (restored !== undefined && 'reason' in restored) return { kind: 'refused', reason: restored.reason };
    const forks = replayBlocks(genesis, schedule, restored?.blocks ?? [], logged);
    mkdirSync(stateFolder, { recursive: true });
    mkdirSync(blocksFolder, { recursive: true });
    writeFileSync(this.#stateFile, 'dirty');
    this.#rewrite(forks);
    return {
      kind: 'opened',
      forks,
      origin: restored !== undefined ? 'snapshot' : logged.length > 0 ? 'blocks log' : 'genesis',
    };
  }

  keep(block: Block, forks: Forks): void {
    appendFileSync(this.#logFile, `${JSON.stringify(block)}\n`);
    this.#lines++;
    // A chain of one block has begun anew: what the log had before does not lead to it.
    if (forks.blocks.size === 1 || this.#lines > retainedBlocks * 2) this.#rewrite(forks);
  }

  close(forks: Forks): void {
    this.#rewrite(forks);
    writeFileSync(this.#stateFile, 'clean');
  }

  #readSnapshot(path: string): { blocks: Block[] } | { reason: string } {
    if (!existsSync(path)) return { reason: `Cannot load snapshot, ${path} does not exist` };
    const blocks = parseSnapshot(readFileSync(path, 'utf8'));
    return blocks === undefined ? { reason: `Cannot load snapshot, ${path} is none of the stand-in's` } : { blocks };
  }

  /** Only what is still known: the log never grows past twice the retained blocks. */
  #rewrite(forks: Forks): void {
    const lines = [...forks.blocks.values()].map(block => `${JSON.stringify(block)}\n`);
    writeFileSync(`${this.#logFile}.new`, lines.join(''));
    renameSync(`${this.#logFile}.new`, this.#logFile);
    this.#lines = lines.length;
  }
}

/** Builds the chain from a snapshot's blocks and the log's. The first block of either begins it when it does not begin at block 1. */
function replayBlocks(
  genesis: Block,
  schedule: readonly string[],
  snapshot: readonly Block[],
  logged: readonly Block[],
): Forks {
  const first = snapshot[0] ?? logged[0];
  const forks = createForks(first === undefined || first.num === 1 ? genesis : first, schedule);
  for (const block of [...snapshot, ...logged]) {
    addBlock(forks, block);
    if (forks.best.id !== forks.head.id) applyBlock(forks, forks.best);
  }
  forks.voted = forks.head;
  forks.locked = forks.root;
  return forks;
}

/** A kill may have cut the last line off: it is left out. */
function parseLog(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.split('\n')) {
    try {
      const value: unknown = JSON.parse(line);
      if (isBlock(value)) blocks.push(value);
    } catch {}
  }
  return blocks;
}
