import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Block } from '#rehearsal/nodeos/block.ts';
import { DataFolder, type Opened } from '#rehearsal/nodeos/data-folder.ts';
import { addBlock, applyBlock, createForks, type Forks } from '#rehearsal/nodeos/forks.ts';
import { renderSnapshot } from '#rehearsal/nodeos/snapshot.ts';
import { branch, genesis, schedule } from './chain.ts';

interface Run {
  opened: Opened;
  folder: DataFolder;
  forks: Forks;
}

function opener(t: ExecutionContext): { path: string; open(change?: { snapshot?: string; replay?: boolean }): Run } {
  const path = mkdtempSync(join(tmpdir(), 'data-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  const open = (change: { snapshot?: string; replay?: boolean } = {}): Run => {
    const places = { stateFolder: join(path, 'state'), blocksFolder: join(path, 'blocks') };
    const folder = new DataFolder({ ...places, snapshot: '', replay: false, deleteAllBlocks: false, ...change });
    const opened = folder.open(genesis, schedule);
    return { opened, folder, forks: opened.kind === 'opened' ? opened.forks : createForks(genesis, schedule) };
  };
  return { path, open };
}

function take({ folder, forks }: Run, blocks: readonly Block[]): void {
  for (const block of blocks) {
    addBlock(forks, block);
    applyBlock(forks, forks.best);
    folder.keep(block, forks);
  }
}

test('after an orderly end the chain goes on', t => {
  const { open } = opener(t);
  const first = open();
  take(first, branch(genesis, 30));
  first.folder.close(first.forks);
  const { opened, forks } = open();
  t.like(opened, { kind: 'opened', origin: 'blocks log' });
  t.is(forks.head.id, first.forks.head.id);
  t.is(forks.root.id, first.forks.root.id);
});

test('after a kill the state is dirty, and its removal brings the chain back from the log, a torn line apart', t => {
  const { path, open } = opener(t);
  const blocks = branch(genesis, 30);
  take(open(), blocks);
  const log = join(path, 'blocks', 'blocks.log');
  writeFileSync(log, readFileSync(log, 'utf8').slice(0, -20));
  t.is(open().opened.kind, 'dirty');
  t.is(open().opened.kind, 'dirty');
  rmSync(join(path, 'state'), { recursive: true });
  t.is(open().forks.head.id, blocks[28]?.id ?? '');
});

test('a snapshot and the log are put together', t => {
  const { path, open } = opener(t);
  const blocks = branch(genesis, 30);
  const first = open();
  take(first, blocks.slice(0, 20));
  const snapshot = join(path, 'snapshot.bin');
  writeFileSync(snapshot, renderSnapshot(first.forks));
  take(first, blocks.slice(20));
  rmSync(join(path, 'state'), { recursive: true });
  const { opened, forks } = open({ snapshot });
  t.like(opened, { kind: 'opened', origin: 'snapshot' });
  t.is(forks.head.id, blocks[29]?.id ?? '');
  t.is(forks.earliest, 19);
});

test('a chain that begins anew leaves nothing of the old one in the log', t => {
  const { path, open } = opener(t);
  const blocks = branch(genesis, 60);
  const first = open();
  take(first, blocks.slice(0, 5));
  const later = blocks[40] as Block;
  const anew = { ...first, forks: createForks(later, schedule) };
  anew.folder.keep(later, anew.forks);
  take(anew, blocks.slice(41));
  rmSync(join(path, 'state'), { recursive: true });
  const { forks } = open();
  t.is(forks.head.id, blocks[59]?.id ?? '');
  t.is(forks.earliest, later.num);
});

test('a file that is no snapshot is refused by its name', t => {
  const { path, open } = opener(t);
  const file = join(path, 'other.bin');
  writeFileSync(file, '{}');
  t.deepEqual(open({ snapshot: file }).opened, {
    kind: 'refused',
    reason: `Cannot load snapshot, ${file} is none of the stand-in's`,
  });
  t.deepEqual(open({ snapshot: '/no/such' }).opened, {
    kind: 'refused',
    reason: 'Cannot load snapshot, /no/such does not exist',
  });
});
