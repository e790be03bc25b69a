import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { applicationLayer, type Layer, packagesLayer } from '#rehearsal/images/layers.ts';
import { type Image, packImages } from '#rehearsal/images/pack.ts';

const repository = join(import.meta.dirname, '../../..');

function cacheOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-pack-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

function layer(text: string): Layer {
  return [{ kind: 'file', path: 'file', mode: 0o644, content: Buffer.from(text) }];
}

function twoImages(): Image[] {
  const base = layer('base');
  return [
    { name: 'registry.test:5000/one:1', layers: [base], entrypoint: ['/one'] },
    { name: 'registry.test:5000/two:1', layers: [base, layer('own')], entrypoint: ['/two'], user: '1000' },
  ];
}

interface Descriptor {
  digest: string;
  size: number;
  annotations: Record<string, string>;
}

test('an archive holds each layer once, and every blob is what its name says', async t => {
  const { file, references } = await packImages(twoImages(), cacheOf(t));
  const read = (path: string) => execFileSync('tar', ['-xOf', file, path]);
  const names = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trim().split('\n');
  const blobs = names.filter(name => name.startsWith('blobs/'));
  t.is(blobs.length, 2 + 2 + 2, 'two layers, two configurations, two manifests');
  for (const blob of blobs) t.is(blob, `blobs/sha256/${createHash('sha256').update(read(blob)).digest('hex')}`);

  const index = JSON.parse(read('index.json').toString()) as { manifests: Descriptor[] };
  const named = Object.fromEntries(
    index.manifests.map(({ digest, annotations }) => [annotations['io.containerd.image.name'], digest]),
  );
  for (const [name, reference] of Object.entries(references)) {
    t.regex(reference, /^registry\.test:5000\/(one|two)@sha256:[0-9a-f]{64}$/);
    t.is(named[name], reference.split('@')[1]);
    t.is(named[reference], reference.split('@')[1]);
  }
  const manifest = JSON.parse(read(`blobs/sha256/${named['registry.test:5000/two:1']?.slice(7)}`).toString());
  const config = JSON.parse(read(`blobs/sha256/${manifest.config.digest.slice(7)}`).toString());
  t.like(config.config, { User: '1000', Entrypoint: ['/two'] });
  t.deepEqual(
    config.rootfs.diff_ids,
    manifest.layers.map((part: Descriptor) => part.digest),
  );
});

test('the same content packs to the same digests, and is not packed again', async t => {
  const cache = cacheOf(t);
  const first = await packImages(twoImages(), cache);
  const { ino } = statSync(first.file);
  const second = await packImages(twoImages(), cache);
  t.deepEqual(second, first);
  t.is(statSync(second.file).ino, ino);
  const elsewhere = await packImages(twoImages(), cacheOf(t));
  t.deepEqual(elsewhere.references, first.references);
});

test('another content, mode or user is another image', async t => {
  const cache = cacheOf(t);
  const digestOf = async (change: Partial<Image>) => {
    const image = { name: 'registry.test/x:1', layers: [layer('a')], entrypoint: ['/x'], ...change };
    return (await packImages([image], cache)).references['registry.test/x:1'];
  };
  const executable: Layer = [{ kind: 'file', path: 'file', mode: 0o755, content: Buffer.from('a') }];
  const all = [{}, { layers: [layer('b')] }, { layers: [executable] }, { user: '1000' }, { environment: { A: '1' } }];
  t.is(new Set(await Promise.all(all.map(digestOf))).size, all.length);
});

test('a layer of folders has the folders above each file, and one of packages leaves out what is for development', async t => {
  const paths = (await applicationLayer(repository, ['core/slots.ts', 'package.json'])).map(entry => entry.path);
  t.deepEqual(paths, ['app', 'app/core', 'app/core/slots.ts', 'app/package.json']);
  const packages = (await packagesLayer(repository, ['undici'])).map(entry => entry.path);
  t.true(packages.includes('app/node_modules/undici/package.json'));
  t.false(packages.some(path => path.startsWith('app/node_modules/typescript')));
});

test('what was not used for an hour is swept away when something else is packed', async t => {
  const cache = cacheOf(t);
  const [one, two] = twoImages() as [Image, Image];
  const old = await packImages([one], cache);
  const used = await packImages([two], cache);
  const longAgo = new Date(Date.now() - 2 * 3600_000);
  for (const { file } of [old, used]) utimesSync(file, longAgo, longAgo);
  await packImages([two], cache);
  await packImages([one, two], cache);
  t.false(existsSync(old.file));
  t.true(existsSync(used.file));
});
