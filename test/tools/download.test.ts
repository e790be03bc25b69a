import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { catalog, type Tool } from '#tools/catalog.ts';
import { downloadTool } from '#tools/download.ts';

const [tool] = catalog as [Tool];

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'active-eos-download-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function serve(t: ExecutionContext, content: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end();
    else if (request.url === '/file') response.end(content);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

test('a file with the pinned digest becomes the binary, also behind a redirect', async t => {
  const folder = folderOf(t);
  const content = Buffer.from('#!/bin/sh\n');
  const url = await serve(t, content);
  await downloadTool(tool, { url: `${url}/moved`, sha256: sha256(content) }, folder);
  t.deepEqual(readFileSync(join(folder, tool.name)), content);
  t.is(statSync(join(folder, tool.name)).mode & 0o111, 0o111);
});

test('the binary is taken out of an archive', async t => {
  const folder = folderOf(t);
  const source = folderOf(t);
  writeFileSync(join(source, 'program'), 'binary');
  execFileSync('tar', ['-czf', join(source, 'archive'), '--transform', 's,^,release/bin/,', '-C', source, 'program']);
  const content = readFileSync(join(source, 'archive'));
  const url = await serve(t, content);
  await downloadTool(tool, { url: `${url}/file`, sha256: sha256(content), member: 'release/bin/program' }, folder);
  t.is(readFileSync(join(folder, tool.name), 'utf8'), 'binary');
});

test('a file with another digest is refused', async t => {
  const folder = folderOf(t);
  const url = await serve(t, Buffer.from('tampered'));
  const error = await t.throwsAsync(downloadTool(tool, { url: `${url}/file`, sha256: '0'.repeat(64) }, folder));
  t.is(
    error?.message,
    `${url}/file has sha256 ${sha256(Buffer.from('tampered'))}; expected ${'0'.repeat(64)}. It was not kept.`,
  );
  t.throws(() => statSync(join(folder, tool.name)));
});

test('a file that is not there is a failure with its status', async t => {
  const url = await serve(t, Buffer.alloc(0));
  await t.throwsAsync(downloadTool(tool, { url: `${url}/none`, sha256: '' }, folderOf(t)), { message: /status 404/ });
});
