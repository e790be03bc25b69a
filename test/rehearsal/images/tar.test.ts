import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { renderTar, type TarEntry } from '#rehearsal/images/tar.ts';

async function bytesOf(entries: TarEntry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(renderTar(entries)));
}

test('the system’s tar reads back folders, links, modes, long paths and contents', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-tar-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const long = `deep/${'x'.repeat(90)}/${'y'.repeat(60)}.txt`;
  writeFileSync(join(folder, 'source'), 'copied content');
  const archive = join(folder, 'archive.tar');
  const entries: TarEntry[] = [
    { kind: 'folder', path: 'deep', mode: 0o755 },
    { kind: 'file', path: 'exact', mode: 0o600, content: Buffer.alloc(512, 'e') },
    { kind: 'link', path: 'link', target: 'exact' },
    { kind: 'file', path: long, mode: 0o644, content: Buffer.from('long') },
    { kind: 'copy', path: 'copy', mode: 0o755, from: join(folder, 'source') },
  ];
  writeFileSync(archive, await bytesOf(entries));
  const listed = execFileSync('tar', ['-tvf', archive, '--numeric-owner'], { encoding: 'utf8' }).split('\n');
  t.is(listed.length - 1, entries.length);
  t.regex(listed[0] ?? '', /^drwxr-xr-x 0\/0 +0 1970-01-01 \S+ deep\/$/);
  t.regex(listed[2] ?? '', /^lrwxrwxrwx .* link -> exact$/);
  const read = (path: string) => execFileSync('tar', ['-xOf', archive, path], { encoding: 'utf8' });
  t.is(read('exact'), 'e'.repeat(512));
  t.is(read(long), 'long');
  t.is(read('copy'), readFileSync(join(folder, 'source'), 'utf8'));
});

test('the same entries give the same bytes', async t => {
  const entries: TarEntry[] = [{ kind: 'file', path: 'a', mode: 0o644, content: Buffer.from('content') }];
  t.deepEqual(
    await bytesOf(entries),
    await bytesOf(structuredClone(entries).map(entry => ({ ...entry, content: Buffer.from('content') }) as TarEntry)),
  );
});
