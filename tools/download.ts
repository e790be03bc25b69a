// Fetches an official release file and keeps it only when its digest is the pinned one.
import { createHash } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { get as getPlain } from 'node:http';
import { get } from 'node:https';
import { basename, join } from 'node:path';
import type { Download, Tool } from './catalog.ts';
import { runCommand } from './command.ts';
import { ToolError } from './tool-error.ts';

/** How long to wait for a host before the tool is built instead. */
const connectTimeoutMs = 5_000;
const transferTimeoutMs = 10 * 60_000;
const redirectLimit = 5;

/** Fetches the one binary of `tool` into `folder`. */
export async function downloadTool(tool: Tool, download: Download, folder: string): Promise<void> {
  const content = await fetchFile(download.url, redirectLimit).catch((cause: unknown) => {
    throw new ToolError('download-failed', `${download.url} could not be fetched: ${messageOf(cause)}`, { cause });
  });
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== download.sha256) {
    throw new ToolError(
      'download-failed',
      `${download.url} has sha256 ${found}; expected ${download.sha256}. It was not kept.`,
    );
  }
  const target = join(folder, tool.name);
  await writeFile(target, content);
  if (download.member) await takeMember(target, download.member, folder);
  await chmod(target, 0o755);
}

async function takeMember(archive: string, member: string, folder: string): Promise<void> {
  const packed = `${archive}.tar.gz`;
  await rename(archive, packed);
  const depth = member.split('/').length - 1;
  const result = await runCommand('tar', ['-xzf', packed, '-C', folder, `--strip-components=${depth}`, member], {
    timeoutMs: 120_000,
  });
  await rm(packed);
  if (result.exitCode !== 0) throw new ToolError('download-failed', `${member} is not in it:\n${result.lastLines}`);
  if (basename(member) !== basename(archive)) await rename(join(folder, basename(member)), archive);
}

function fetchFile(url: string, redirects: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Plain HTTP is as good: what counts is the digest.
    const ask = url.startsWith('http:') ? getPlain : get;
    const call = ask(url, { signal: AbortSignal.timeout(transferTimeoutMs) }, response => {
      call.setTimeout(0);
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location && redirects > 0) {
        response.resume();
        resolve(fetchFile(new URL(headers.location, url).href, redirects - 1));
        return;
      }
      if (statusCode !== 200) {
        response.resume();
        reject(new Error(`status ${statusCode}`));
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', reject);
    });
    call.setTimeout(connectTimeoutMs, () => call.destroy(new Error(`no answer within ${connectTimeoutMs / 1000} s`)));
    call.on('error', reject);
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
