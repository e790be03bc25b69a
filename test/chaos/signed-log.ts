// Reads in the nodes' own logs which blocks they made: a block that reached nobody is told nowhere else.

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { slotOfTimestamp } from '#core/slots.ts';

export interface SignedLog {
  /** Slots of the range at which blocks with different ids were made, by all that the logs have told so far. */
  findDoubles(fromSlot: number, toSlot: number): Promise<number[]>;
}

/** @param logFolder where the sandbox keeps logs: `<node>/<pod>.nodeos.<…>.log` */
export function openSignedLog(logFolder: string, producer: string): SignedLog {
  const offsets = new Map<string, number>();
  const idsOfSlot = new Map<number, Set<string>>();
  return {
    findDoubles: async (fromSlot, toSlot) => {
      for (const file of await nodeosLogs(logFolder)) {
        const { text, offset } = await readFrom(file, offsets.get(file) ?? 0);
        offsets.set(file, offset);
        for (const { slot, id } of parseProduced(text, producer))
          idsOfSlot.set(slot, (idsOfSlot.get(slot) ?? new Set()).add(id));
      }
      return [...idsOfSlot]
        .filter(([slot, ids]) => ids.size > 1 && slot >= fromSlot && slot <= toSlot)
        .map(([slot]) => slot);
    },
  };
}

/** The blocks that a piece of nodeos' log says it made. */
export function parseProduced(text: string, producer: string): { slot: number; id: string }[] {
  const lines = text.matchAll(/Produced block (\w+)\.\.\. #\d+ @ (\S+) signed by (\S+)/g);
  return [...lines]
    .filter(([, , , by]) => by === producer)
    .map(([, id = '', timestamp = '']) => ({ id, slot: slotOfTimestamp(timestamp) }));
}

async function nodeosLogs(logFolder: string): Promise<string[]> {
  const files: string[] = [];
  for (const folder of await readdir(logFolder, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const names = await readdir(join(logFolder, folder.name));
    files.push(...names.filter(name => name.includes('.nodeos.')).map(name => join(logFolder, folder.name, name)));
  }
  return files;
}

/** What a file holds from an offset on, up to its last whole line. */
async function readFrom(file: string, offset: number): Promise<{ text: string; offset: number }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
    return { text: buffer.subarray(0, end).toString(), offset: offset + end };
  } finally {
    await handle.close();
  }
}
