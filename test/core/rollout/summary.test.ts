import test from 'ava';
import { fence, inlineCode, tableCell } from '#core/rollout/markdown.ts';
import type { RolloutReport } from '#core/rollout/report.ts';
import { renderSummary } from '#core/rollout/summary.ts';

const upgrade = { kind: 'upgrade', part: 'canary', node: 'aws-b', why: 'canary' } as const;
const prove = { kind: 'prove', part: 'canary', node: 'aws-b', soakSeconds: 60, why: 'watched' } as const;

const report: RolloutReport = {
  environment: 'testnet',
  part: 'canary',
  rolloutId: 'abc123',
  outcome: 'failed',
  why: 'aws-b: not ready',
  steps: [{ step: upgrade, outcome: 'done', seconds: 1.2, note: '' }],
  planned: [upgrade, prove],
  nodes: [
    {
      node: 'aws-b',
      cluster: 'aws',
      role: 'standby',
      imagesBefore: ['nodeos:1', 'monitor:1'],
      imagesAfter: ['nodeos:2', 'monitor:1'],
      release: 'current',
      gates: [{ name: 'peers', phase: 'fail', value: '0', threshold: '1', message: '0 peers' }],
    },
  ],
  handover: { from: 'aws-a', to: 'gcp-a', seconds: 130, epoch: 4 },
  failure: {
    node: 'aws-b',
    why: 'not ready',
    events: ['Failed: <b>no</b>'],
    logs: ['nodeos: ```'],
    rollback: 'done',
    rollbackNote: 'It runs revision 1 again.',
  },
  startedMs: 0,
  finishedMs: 61_000,
};

test('a summary says what failed, why, and what became of it', t => {
  const text = renderSummary(report);
  t.regex(text, /^## ❌ canary of testnet: failed/);
  t.regex(text, /Took 61 s/);
  t.regex(text, /The node was rolled back once\. It runs revision 1 again\./);
  t.regex(text, /`nodeos:1` → `nodeos:2`/);
  t.notRegex(text, /`monitor:1`/, 'an unchanged image is no news');
  t.regex(text, /\*\*peers\*\* fail: 0 peers/);
  t.regex(text, /aws-a → gcp-a in 2 min 10 s, claim epoch 4\. Missed slots expected: 0/);
  t.regex(text, /watch aws-b until ready for 60 s \| watched \| not done/);
});

test('log lines stay inside their fence', t => {
  t.regex(renderSummary(report), /````text\nnodeos: ```\n````/);
  t.is(fence(['a']), '```text\na\n```');
});

test('text of others is no markup, no mention and no second line', t => {
  t.is(tableCell('a|b\n<img> @you `x` [l](u)'), 'a&#124;b &#60;img&#62; &#64;&#8203;you &#96;x&#96; &#91;l&#93;(u)');
  t.is(inlineCode('a`b\nd'), '``a`b d``');
  t.is(inlineCode('a|b'), '<code>a&#124;b</code>', 'a bar would end a cell of a table');
});

test('a done part lists no step as not done', t => {
  t.notRegex(renderSummary({ ...report, outcome: 'done', failure: undefined }), /not done|What failed/);
});
