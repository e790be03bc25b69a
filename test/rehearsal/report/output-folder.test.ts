import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { takeOutputFolder } from '#rehearsal/report/output-folder.ts';

const use = { run: 'rehearsal', program: 'no such program', written: ['report.json', 'logs'] };

let folder = '';
test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
});
test.afterEach.always(() => rm(folder, { recursive: true, force: true }));

test.serial('a folder that is not there is made, with the one above it', async t => {
  const output = join(folder, 'a/b');
  t.is(await takeOutputFolder(output, use), undefined);
  t.deepEqual(await readdir(output), ['.rehearsal']);
});

test.serial('what an earlier run wrote goes, what else is there stays', async t => {
  await takeOutputFolder(folder, use);
  await mkdir(join(folder, 'logs'));
  await writeFile(join(folder, 'notes'), '');
  t.is(await takeOutputFolder(folder, use), undefined);
  t.deepEqual((await readdir(folder)).sort(), ['.rehearsal', 'notes']);
});

test.serial('a file that no run wrote is not replaced', async t => {
  await writeFile(join(folder, 'report.json'), '');
  t.regex((await takeOutputFolder(folder, use)) ?? '', /has a report.json that no rehearsal wrote/);
});

test.serial('a folder that another run writes to is left alone', async t => {
  await writeFile(join(folder, '.rehearsal'), String(process.pid));
  const refusal = await takeOutputFolder(folder, { ...use, program: 'ava' });
  t.regex(refusal ?? '', new RegExp(`another rehearsal \\(process ${process.pid}\\)`));
});

test.serial('a place that cannot be is told', async t => {
  t.regex((await takeOutputFolder('/proc/nothing/here', use)) ?? '', /cannot be written to: ENOENT/);
});
