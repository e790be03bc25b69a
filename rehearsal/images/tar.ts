// Writes tar archives (ustar) whose bytes depend on nothing but their content: no times, no owners, sorted by the caller.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

export type TarEntry =
  | { kind: 'folder'; path: string; mode: number }
  | { kind: 'link'; path: string; target: string }
  | { kind: 'file'; path: string; mode: number; content: Buffer }
  | { kind: 'copy'; path: string; mode: number; from: string };

const blockBytes = 512;

/** The archive's bytes, piece by piece. Paths are relative, without a leading slash. */
export async function* renderTar(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    switch (entry.kind) {
      case 'folder':
        yield* header(`${entry.path}/`, '5', 0, entry.mode, '');
        break;
      case 'link':
        yield* header(entry.path, '2', 0, 0o777, entry.target);
        break;
      case 'file':
        yield* header(entry.path, '0', entry.content.length, entry.mode, '');
        yield entry.content;
        yield padding(entry.content.length);
        break;
      case 'copy': {
        const { size } = await stat(entry.from);
        yield* header(entry.path, '0', size, entry.mode, '');
        for await (const chunk of createReadStream(entry.from, { highWaterMark: 1 << 20 })) yield chunk as Buffer;
        yield padding(size);
        break;
      }
    }
  }
  yield Buffer.alloc(2 * blockBytes);
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}

function header(path: string, type: string, size: number, mode: number, target: string): Buffer[] {
  // The field for a path has 100 bytes; the GNU extension puts a longer one into an entry of its own before.
  const blocks: Buffer[] = [];
  for (const [text, longType] of [
    [path, 'L'],
    [target, 'K'],
  ] as const) {
    if (Buffer.byteLength(text) <= 100) continue;
    const long = Buffer.from(`${text}\0`);
    blocks.push(headerBlock('././@LongLink', longType, long.length, 0o644, ''), long, padding(long.length));
  }
  return [...blocks, headerBlock(path, type, size, mode, target)];
}

function headerBlock(path: string, type: string, size: number, mode: number, target: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, '0'), offset, 'ascii');
  Buffer.from(path).copy(block, 0, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148, 'ascii');
  block.write(type, 156, 'ascii');
  Buffer.from(target).copy(block, 157, 0, 100);
  block.write('ustar  \0', 257, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
