// Builds a tool from the Go modules that tools/go/<module>/go.mod and go.sum pin.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoSource, Platform, Tool } from './catalog.ts';
import { findCommand, runCommand } from './command.ts';
import { ToolError } from './tool-error.ts';

const neededMinor = 26;
const buildTimeoutMs = 30 * 60_000;

/** Builds the one binary of `tool` into `folder`. */
export async function buildGoTool(tool: Tool, source: GoSource, platform: Platform, folder: string): Promise<void> {
  const moduleFolder = join(import.meta.dirname, 'go', source.module);
  await checkGo(tool.name, moduleFolder);
  const scratch = join(folder, '.build');
  await mkdir(scratch, { recursive: true });
  const built = await runCommand(
    'go',
    ['build', '-trimpath', '-ldflags', `-s -w ${source.linkerFlags}`, '-o', join(folder, tool.name), source.package],
    {
      cwd: moduleFolder,
      timeoutMs: buildTimeoutMs,
      env: {
        ...process.env,
        CGO_ENABLED: '0',
        GOOS: 'linux',
        GOARCH: platform === 'linux-x64' ? 'amd64' : 'arm64',
        GOFLAGS: '-mod=readonly',
        GOWORK: 'off',
        GOTMPDIR: scratch,
      },
    },
  );
  if (built.exitCode !== 0) {
    throw new ToolError(
      'build-failed',
      `${tool.name} ${tool.version} could not be built from ${source.package}:\n${built.lastLines}\nCheck that the Go module proxy can be reached (go env GOPROXY) and that the disk has 6 GB free, then try again.`,
    );
  }
}

async function checkGo(name: string, moduleFolder: string): Promise<void> {
  // Asked inside the module: Go 1.21 and newer fetch the toolchain which go.mod names, unless GOTOOLCHAIN forbids it.
  const answer = findCommand('go')
    ? await runCommand('go', ['version'], { cwd: moduleFolder, timeoutMs: 120_000 })
    : undefined;
  const problem = goProblem(name, answer?.output, answer?.lastLines);
  if (problem) throw new ToolError('missing-command', problem);
}

/**
 * What is wrong with the Go of this machine, or undefined when it will do.
 * @param versionText what `go version` printed; undefined when there is no go
 */
export function goProblem(name: string, versionText: string | undefined, lastLines = ''): string | undefined {
  const found = /go version go(\d+)\.(\d+)\S*/.exec(versionText ?? '');
  if (found && (Number(found[1]) > 1 || Number(found[2]) >= neededMinor)) return undefined;
  const what = found
    ? `${found[1]}.${found[2]}`
    : versionText === undefined
      ? 'none'
      : lastLines || 'an unknown version';
  return `Go 1.${neededMinor} or newer is needed to build ${name}: found ${what}. Install it from https://go.dev/dl and put it on PATH.`;
}
