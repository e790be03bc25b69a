import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Model } from '#rehearsal/page/model.ts';
import { renderBody, renderPage } from '#rehearsal/page/page.ts';
import { servePage, writePage } from '#rehearsal/page/serve.ts';
import { disaster, kill, rollout } from './samples.ts';

const samples: [string, Model][] = [
  ['rollout', rollout],
  ['kill', kill],
  ['disaster', disaster],
];

for (const [name, model] of samples) {
  test(`the page of a ${name} needs nothing from elsewhere`, t => {
    const page = renderPage(model, { isLive: false });
    t.notRegex(page, /(?:src|href)="(?!data:)|@import|url\(/);
    t.notRegex(page, /<script/);
    t.notRegex(page, /undefined|NaN|\[object/);
  });

  test(`each slot of a ${name} can be read without seeing it`, t => {
    const cells = [...renderBody(model).matchAll(/role="listitem"[^>]*aria-label="([^"]*)"/g)].map(match => match[1]);
    const folded = /(\d+) windows, every slot/.exec(renderBody(model))?.[1] ?? '0';
    t.is(cells.length + Number(folded) * 12, model.slots.length);
    t.true(cells.every(text => /^Slot \d+, \d\d:\d\d:\d\d\.\d{3}: \S/.test(text ?? '')));
  });
}

test('what became of a slot is told in words', t => {
  const text = renderBody(disaster);
  t.regex(text, /: missed"/);
  t.regex(text, /: missed; aws-a made a block that is not on the chain/);
  t.regex(text, /: signed 2 times, by aws-a and gcp-a/);
  t.regex(renderBody(kill), /: missed\. kill: kubelet/);
  t.regex(renderBody(rollout), /: not settled"/);
});

test('a slot signed twice is announced above everything else, and only then', t => {
  t.regex(renderBody(disaster), /role="alert">Two blocks were signed/);
  t.notRegex(renderBody(kill), /role="alert"/);
});

test('the verdict is in the title and the heading with its reasons', t => {
  const failed = renderPage(disaster, { isLive: false });
  t.regex(failed, /<title>✘ /);
  t.regex(failed, /FAILED<\/b><span>Cut a site off: 8 slots missed/);
  t.regex(renderPage(kill, { isLive: false }), /<title>✔ /);
  t.regex(renderBody(rollout), /RUNNING<\/b><span>Roll nodeos:2 out/);
});

test('texts from elsewhere are shown and never interpreted', t => {
  const nasty = `<img src=x onerror=alert(1)>"'&`;
  const model: Model = {
    ...disaster,
    title: nasty,
    events: [{ atMs: disaster.nowMs, kind: 'alarm', text: nasty, subject: nasty }],
    steps: [{ name: nasty, outcome: 'failed', seconds: 1, note: nasty }],
    sites: [
      {
        name: nasty,
        cloud: nasty,
        isCutOff: false,
        nodes: [{ name: nasty, zone: nasty, image: nasty, role: 'down', holdsClaim: false, note: nasty }],
        etcd: null,
      },
    ],
    claims: [{ node: nasty, fromMs: disaster.startedMs, toMs: null }],
    verdict: { outcome: 'failed', reasons: [nasty] },
  };
  const page = renderPage(model, { isLive: false });
  t.notRegex(page, /<img/);
  t.true(page.includes('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;'));
});

test('before anything happened the page says so', t => {
  const page = renderBody({ ...rollout, slots: [], events: [], claims: [], steps: [], sites: [] });
  t.regex(page, /No slot of ours yet/);
});

test('the page is served live on a port, with its model as JSON and its body alone', async t => {
  let model = rollout;
  const server = await servePage({ port: 0 }, () => model);
  t.teardown(() => server.close());
  const get = async (path: string) => {
    const answer = await fetch(new URL(path, server.url));
    return { status: answer.status, text: await answer.text() };
  };
  const page = await get('/');
  t.regex(page.text, /^<!doctype html>/);
  t.regex(page.text, /fetch\('body'/);
  t.is((await get('/body')).text, renderBody(rollout));
  model = kill;
  t.is((await get('/body')).text, renderBody(kill));
  t.deepEqual(JSON.parse((await get('/model.json')).text), JSON.parse(JSON.stringify(kill)));
  t.is((await get('/elsewhere')).status, 404);
  t.is((await fetch(server.url ?? '', { method: 'POST' })).status, 405);
});

test('files that steps have left are linked and served, and nothing else of their folder', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const name of ['comment.md', 'secret']) await writeFile(join(folder, name), `text of ${name}`);
  const step = { name: 'rollout', outcome: 'passed', seconds: 1, note: '', files: ['comment.md', 'gone.md'] } as const;
  const server = await servePage({ port: 0 }, () => ({ ...rollout, steps: [step] }), folder);
  t.teardown(() => server.close());
  const get = async (path: string) => await fetch(new URL(path, server.url));
  t.regex(await (await get('/')).text(), /<a href="comment.md">comment.md<\/a>/);
  const answer = await get('/comment.md');
  t.deepEqual(
    [await answer.text(), answer.headers.get('content-type')],
    ['text of comment.md', 'text/plain; charset=utf-8'],
  );
  for (const path of ['/secret', '/gone.md', '/..%2fsecret']) t.is((await get(path)).status, 404, path);
});

test('the page is served on a unix socket too', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const socketPath = join(folder, 'page.sock');
  const server = await servePage({ socketPath }, () => rollout);
  t.teardown(() => server.close());
  const status = await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/body', agent: false }, response => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
  t.is(status, 200);
  t.is(server.url, undefined);
});

test('the finished page is written whole, and nothing else is left', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writePage(join(folder, 'output/page.html'), kill);
  t.is(await readFile(join(folder, 'output/page.html'), 'utf8'), renderPage(kill, { isLive: false }));
  t.deepEqual(await readdir(join(folder, 'output')), ['page.html']);
});
