import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ensureTools, type ToolEvent } from '#tools/install.ts';
import { describe } from '#tools/progress.ts';

test('a tool is installed once, leftovers of a killed run are swept away, and two runs do not meet', async t => {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'active-eos-tools-'));
  t.teardown(() => rmSync(cacheFolder, { recursive: true }));
  const leftover = join(cacheFolder, 'tools/.unfinished-helm');
  mkdirSync(leftover, { recursive: true });
  const events: ToolEvent[] = [];
  const options = { cacheFolder, report: (event: ToolEvent) => void events.push(event) };
  const [tools] = await Promise.all([ensureTools(['busybox'], options), ensureTools(['busybox'], options)]);
  t.is(events.filter(event => event.kind === 'installed').length, 1);
  t.false(existsSync(leftover));
  t.regex(execFileSync(tools.path('busybox'), { encoding: 'utf8' }), /BusyBox v1\./);
  t.regex(tools.version('busybox'), /^1\.\d+\.\d+$/);
  t.deepEqual(readdirSync(join(cacheFolder, 'tools')).length, 2, 'the lock and the tool');

  events.length = 0;
  await ensureTools(['busybox'], options);
  t.deepEqual(events, []);
});

test('a person reads what is being done and how long it usually takes', t => {
  const way = { kind: 'go', usualSeconds: 165 } as const;
  const started = { kind: 'started', tool: 'kube-apiserver', version: '1.36.3', index: 1, of: 14, way } as const;
  t.is(describe(started), 'Tool 1 of 14: kube-apiserver 1.36.3, building from Go modules, usually 165 s');
  t.is(describe({ kind: 'installed', tool: 'helm', seconds: 78.66 }), 'helm is ready after 78.7 s');
});
