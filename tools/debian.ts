// Takes binaries out of Debian packages. Nothing is installed: packages are fetched and unpacked into the tool's folder.
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DebianSource, Tool } from './catalog.ts';
import { type CommandResult, findCommand, runCommand } from './command.ts';
import { ToolError } from './tool-error.ts';

const fetchTimeoutMs = 180_000;

/** Fills `folder` with the binaries of `tool`; returns the version that the distribution offers. */
export async function unpackDebianTool(tool: Tool, source: DebianSource, folder: string): Promise<string> {
  for (const command of ['apt-get', 'dpkg-deb', 'ldd']) {
    if (!findCommand(command)) {
      throw new ToolError(
        'missing-command',
        `${tool.name} is taken from the Debian packages ${source.packages.join(', ')}: found no ${command}. Use Debian 12 or newer, or Ubuntu 24.04 or newer.`,
      );
    }
  }
  const unpacked = join(folder, '.packages');
  const fetched = await fetchAndUnpack(tool, source.packages, unpacked);
  for (const file of source.files) {
    await copyFile(join(unpacked, file), join(folder, basename(file)));
    await chmod(join(folder, basename(file)), 0o755);
  }
  if (source.libraries.length > 0) await bringLibraries(tool, source, folder, unpacked);
  await rm(unpacked, { recursive: true });
  return debianVersion(fetched[0] ?? '') ?? tool.version;
}

/** The upstream version in the name of a package file: `containerd_1.6.20~ds1-1+deb12u3_amd64.deb` → `1.6.20`. */
export function debianVersion(fileName: string): string | undefined {
  return /^[^_]+_(?:\d+%3a)?([\d.]+)/.exec(fileName)?.[1];
}

async function fetchAndUnpack(tool: Tool, packages: string[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  let result = await fetchPackages(packages, folder, []);
  if (result.exitCode !== 0) {
    // A fresh machine has no package lists. Ours are fetched into a folder of their own: the system's stay untouched.
    const lists = await fetchLists(folder);
    result = await fetchPackages(packages, folder, lists);
  }
  if (result.exitCode !== 0) {
    throw new ToolError(
      'package-failed',
      `${tool.name} could not be taken from the Debian packages ${packages.join(', ')}:\n${result.lastLines}\nCheck that the distribution's mirror can be reached (apt-get update), then try again.`,
    );
  }
  const files = (await readdir(folder)).filter(name => name.endsWith('.deb'));
  for (const file of files) {
    const unpacked = await runCommand('dpkg-deb', ['-x', join(folder, file), folder], { timeoutMs: fetchTimeoutMs });
    if (unpacked.exitCode !== 0) {
      throw new ToolError('package-failed', `${file} could not be unpacked:\n${unpacked.lastLines}`);
    }
    await rm(join(folder, file));
  }
  return files;
}

function fetchPackages(packages: string[], folder: string, options: string[]): Promise<CommandResult> {
  return runCommand('apt-get', ['-q', ...quick, ...options, 'download', ...packages], {
    cwd: folder,
    timeoutMs: fetchTimeoutMs,
  });
}

async function fetchLists(folder: string): Promise<string[]> {
  const state = join(folder, '.apt');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${join(state, 'cache')}`];
  // One source that cannot be reached does not matter when another has the package: its exit code is not looked at.
  await runCommand('apt-get', ['-q', ...quick, ...options, 'update'], { timeoutMs: fetchTimeoutMs });
  return options;
}

const quick = ['-o', 'Acquire::http::Timeout=5', '-o', 'Acquire::https::Timeout=5', '-o', 'Acquire::Retries=1'];

/** Where the machine lacks a shared library of the binary, brings it along and puts a wrapper in the binary's place. */
async function bringLibraries(tool: Tool, source: DebianSource, folder: string, unpacked: string): Promise<void> {
  for (const name of tool.binaries) {
    const needed = await runCommand('ldd', [join(folder, name)], { timeoutMs: 10_000 });
    if (!needed.output.includes('not found')) continue;
    const libraries = join(folder, 'libraries');
    await mkdir(libraries, { recursive: true });
    await fetchAndUnpack(tool, source.libraries, unpacked);
    for (const entry of await readdir(unpacked, { recursive: true, withFileTypes: true })) {
      if (!entry.isDirectory() && /\.so\.\d/.test(entry.name)) {
        await copyFile(join(entry.parentPath, entry.name), join(libraries, entry.name));
      }
    }
    await rename(join(folder, name), join(folder, `.${name}`));
    const wrapper = `#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nLD_LIBRARY_PATH="$here/libraries" exec "$here/.${name}" "$@"\n`;
    await writeFile(join(folder, name), wrapper, { mode: 0o755 });
  }
}
