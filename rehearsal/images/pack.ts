// Packs container images without a container engine: one OCI archive that holds all images and each layer once.
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Layer } from './layers.ts';
import { renderTar, type TarEntry } from './tar.ts';

export interface Image {
  /** With its registry and tag: `registry.rehearsal/monitor:1`. */
  name: string;
  layers: readonly Layer[];
  entrypoint: readonly string[];
  /** Default 0. */
  user?: string;
  workingFolder?: string;
  environment?: Record<string, string>;
}

export interface Packed {
  /** The archive, for `SandboxOptions.archives`. */
  file: string;
  /** By image name: `registry.rehearsal/monitor@sha256:…`, the reference that names exactly this content. */
  references: Record<string, string>;
}

interface Blob {
  digest: string;
  size: number;
  file: string;
}

/**
 * Packs `images` into one archive under `cacheFolder`, or finds it there: it is named by the digest of what it holds.
 * Images that start with the same layers share them.
 */
export async function packImages(images: readonly Image[], cacheFolder: string): Promise<Packed> {
  const folder = join(cacheFolder, 'images');
  const key = await digestImages(images);
  const file = join(folder, `${key}.tar`);
  const index = join(folder, `${key}.json`);
  if (existsSync(index) && existsSync(file)) {
    // Used now, so not to be swept away while it is read.
    for (const path of [index, file]) await utimes(path, new Date(), new Date());
  } else {
    await mkdir(folder, { recursive: true });
    await removeOld(folder);
    const scratch = await mkdtemp(join(folder, 'unfinished-'));
    try {
      const references = await writeArchive(images, scratch, join(scratch, 'archive.tar'));
      await writeFile(join(scratch, 'index.json'), JSON.stringify(references));
      await rename(join(scratch, 'archive.tar'), file);
      await rename(join(scratch, 'index.json'), index);
    } finally {
      await rm(scratch, { recursive: true });
    }
  }
  return { file, references: JSON.parse(await readFile(index, 'utf8')) as Record<string, string> };
}

/** An archive is read within seconds of being asked for; older ones are mostly of code that has changed since, 200 MB each. */
const keptMs = 3600_000;

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
  }
}

/** A digest of everything that decides the archive's bytes. */
async function digestImages(images: readonly Image[]): Promise<string> {
  const layerDigests = new Map<Layer, string>();
  for (const layer of images.flatMap(image => image.layers)) {
    if (!layerDigests.has(layer)) layerDigests.set(layer, await digestLayer(layer));
  }
  const described = images.map(image => ({ ...image, layers: image.layers.map(layer => layerDigests.get(layer)) }));
  return sha256(Buffer.from(JSON.stringify(described)));
}

async function digestLayer(layer: Layer): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of layer) hash.update(JSON.stringify([entry.kind, entry.path, await digestEntry(entry)]));
  return hash.digest('hex');
}

/** Reading the large binaries at each start would take a second; a file that was replaced has another inode or change time. */
const readBytesLimit = 2 ** 20;

async function digestEntry(entry: TarEntry): Promise<unknown[]> {
  switch (entry.kind) {
    case 'folder':
      return [entry.mode];
    case 'link':
      return [entry.target];
    case 'file':
      return [entry.mode, sha256(entry.content)];
    case 'copy': {
      const { size, ino, ctimeMs } = await stat(entry.from);
      if (size > readBytesLimit) return [entry.mode, entry.from, size, ino, ctimeMs];
      return [entry.mode, sha256(await readFile(entry.from))];
    }
  }
}

async function writeArchive(images: readonly Image[], scratch: string, file: string): Promise<Record<string, string>> {
  const blobs = new Map<string, Blob>();
  const layers = new Map<Layer, Blob>();
  const references: Record<string, string> = {};
  const manifests: object[] = [];
  const keep = (blob: Blob): Blob => {
    blobs.set(blob.digest, blob);
    return blob;
  };
  for (const image of images) {
    for (const layer of image.layers) {
      if (!layers.has(layer)) layers.set(layer, keep(await writeBlob(renderTar(layer), scratch)));
    }
    const own = image.layers.flatMap(layer => layers.get(layer) ?? []);
    const config = keep(await writeJson(renderConfig(image, own), scratch));
    const manifest = keep(await writeJson(renderManifest(config, own), scratch));
    references[image.name] = `${image.name.replace(/:[^/:]*$/, '')}@sha256:${manifest.digest}`;
    // containerd keeps an image under each name; by tag and by digest are two names to it.
    for (const name of [image.name, references[image.name] ?? '']) {
      manifests.push({ ...descriptor(manifestType, manifest), annotations: { 'io.containerd.image.name': name } });
    }
  }
  const index = { schemaVersion: 2, manifests };
  const text = (path: string, value: object): TarEntry => ({
    kind: 'file',
    path,
    mode: 0o644,
    content: Buffer.from(JSON.stringify(value)),
  });
  const entries: TarEntry[] = [text('oci-layout', { imageLayoutVersion: '1.0.0' }), text('index.json', index)];
  for (const blob of blobs.values()) {
    entries.push({ kind: 'copy', path: `blobs/sha256/${blob.digest}`, mode: 0o644, from: blob.file });
  }
  await pipeline(Readable.from(renderTar(entries)), createWriteStream(file));
  return references;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

function renderConfig(image: Image, layers: readonly Blob[]): object {
  const path = 'PATH=/usr/local/bin:/bin';
  const environment = Object.entries(image.environment ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      User: image.user ?? '0',
      WorkingDir: image.workingFolder ?? '/',
      Entrypoint: image.entrypoint,
      Env: [path, ...environment],
    },
    // Layers are not compressed, so a layer's digest is that of its content.
    rootfs: { type: 'layers', diff_ids: layers.map(layer => `sha256:${layer.digest}`) },
  };
}

function renderManifest(config: Blob, layers: readonly Blob[]): object {
  return {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map(layer => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  };
}

function descriptor(mediaType: string, blob: Blob): object {
  return { mediaType, digest: `sha256:${blob.digest}`, size: blob.size };
}

function writeJson(value: object, scratch: string): Promise<Blob> {
  return writeBlob([Buffer.from(JSON.stringify(value))], scratch);
}

async function writeBlob(content: AsyncIterable<Buffer> | Iterable<Buffer>, scratch: string): Promise<Blob> {
  const unnamed = join(scratch, 'blob');
  const hash = createHash('sha256');
  const digesting = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.from(content), digesting, createWriteStream(unnamed));
  const digest = hash.digest('hex');
  const file = join(scratch, digest);
  await rename(unnamed, file);
  return { digest, size: (await stat(file)).size, file };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
