// Brings the tools of catalog.ts into a cache outside the repository and tells where each binary is.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { catalog, type Platform, platformOf, type Tool, type ToolName } from './catalog.ts';
import { findCommand } from './command.ts';
import { unpackDebianTool } from './debian.ts';
import { downloadTool } from './download.ts';
import { buildGoTool } from './go.ts';
import { withLock } from './lock.ts';
import { ToolError } from './tool-error.ts';

/** How a tool is being brought in. */
export type Way = { kind: 'download' } | { kind: 'go'; usualSeconds: number } | { kind: 'debian' };

/** What a terminal can show; `index` counts from 1 to `of` over the tools that are missing. */
export type ToolEvent =
  | { kind: 'waiting' }
  | { kind: 'started'; tool: ToolName; version: string; index: number; of: number; way: Way }
  | { kind: 'download-failed'; tool: ToolName; reason: string }
  | { kind: 'installed'; tool: ToolName; seconds: number };

export interface InstallOptions {
  report: (event: ToolEvent) => void;
  /** Default: `$XDG_CACHE_HOME/active-eos` or `~/.cache/active-eos`. */
  cacheFolder?: string;
}

export interface InstalledTools {
  /** The absolute path of a tool's binary; its own when `binary` is not named. */
  path: (name: ToolName, binary?: string) => string;
  /** The folder with a tool's binaries. */
  folder: (name: ToolName) => string;
  version: (name: ToolName) => string;
  /** One folder per tool, to put before the rest of PATH. */
  binFolders: string[];
}

interface Place {
  tool: Tool;
  folder: string;
}

const lockTimeoutSeconds = 45 * 60;
const unfinished = '.unfinished-';
/** Written last into a tool's folder; holds the version that is really there. */
const versionFile = '.version';

/**
 * Installs what is missing of `names` and returns where all of them are. A killed run leaves nothing behind that the next one would take for a tool.
 * @throws {ToolError}
 */
export async function ensureTools(names: readonly ToolName[], options: InstallOptions): Promise<InstalledTools> {
  const platform = platformOf(process.platform, process.arch);
  if (!platform) {
    throw new ToolError(
      'unsupported-platform',
      `The tools are offered for linux-x64 and linux-arm64: found ${process.platform}-${process.arch}. Use a Linux machine.`,
    );
  }
  const cache = join(options.cacheFolder ?? defaultCacheFolder(), 'tools');
  const places = catalog
    .filter(tool => names.includes(tool.name))
    .map(tool => ({ tool, folder: placeOf(cache, tool, platform) }));
  if (places.some(isMissing)) {
    await mkdir(cache, { recursive: true });
    await withLock(
      join(cache, 'lock'),
      lockTimeoutSeconds,
      () => options.report({ kind: 'waiting' }),
      () => installMissing(cache, places, platform, options),
    );
  }
  return describe(places);
}

/** `$XDG_CACHE_HOME/active-eos` or `~/.cache/active-eos`. */
export function defaultCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'active-eos');
}

function placeOf(cache: string, tool: Tool, platform: Platform): string {
  const host = tool.preferHost ? findCommand(tool.name) : undefined;
  return host ? dirname(host) : join(cache, `${tool.name}-${tool.version}-${platform}`);
}

function isMissing({ tool, folder }: Place): boolean {
  return !tool.binaries.every(binary => existsSync(join(folder, binary)));
}

async function installMissing(
  cache: string,
  places: Place[],
  platform: Platform,
  options: InstallOptions,
): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name.startsWith(unfinished)) await rm(join(cache, name), { recursive: true });
  }
  // Looked at again: whoever held the lock before us may have installed them.
  const missing = places.filter(isMissing);
  for (const [index, { tool, folder }] of missing.entries()) {
    const started = performance.now();
    const scratch = join(cache, `${unfinished}${tool.name}`);
    const say = (way: Way) =>
      options.report({
        kind: 'started',
        tool: tool.name,
        version: tool.version,
        index: index + 1,
        of: missing.length,
        way,
      });
    const version = await bring(tool, platform, scratch, say, options.report);
    await writeFile(join(scratch, versionFile), version);
    await rm(folder, { recursive: true, force: true });
    await rename(scratch, folder);
    options.report({ kind: 'installed', tool: tool.name, seconds: (performance.now() - started) / 1000 });
  }
}

/** Fills `scratch` with the tool's binaries; returns the version. */
async function bring(
  tool: Tool,
  platform: Platform,
  scratch: string,
  say: (way: Way) => void,
  report: (event: ToolEvent) => void,
): Promise<string> {
  await mkdir(scratch, { recursive: true });
  const download = tool.downloads[platform];
  if (download) {
    say({ kind: 'download' });
    try {
      await downloadTool(tool, download, scratch);
      return tool.version;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      report({ kind: 'download-failed', tool: tool.name, reason: error.message });
    }
  }
  if (tool.source.kind === 'debian') {
    say({ kind: 'debian' });
    return unpackDebianTool(tool, tool.source, scratch);
  }
  say({ kind: 'go', usualSeconds: tool.source.usualSeconds });
  await buildGoTool(tool, tool.source, platform, scratch);
  await rm(join(scratch, '.build'), { recursive: true });
  return tool.version;
}

async function describe(places: Place[]): Promise<InstalledTools> {
  const versions = new Map<ToolName, string>();
  for (const { tool, folder } of places) {
    const own = join(folder, versionFile);
    versions.set(tool.name, existsSync(own) ? await readFile(own, 'utf8') : 'of this machine');
  }
  const placed = (name: ToolName): Place => {
    const place = places.find(({ tool }) => tool.name === name);
    if (!place) throw new Error(`${name} was not among the tools asked for`);
    return place;
  };
  return {
    path: (name, binary) => join(placed(name).folder, binary ?? placed(name).tool.binaries[0] ?? name),
    folder: name => placed(name).folder,
    version: name => versions.get(name) ?? '',
    binFolders: places.map(({ folder }) => folder),
  };
}
