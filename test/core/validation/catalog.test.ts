// The catalogue of rules: its page, and what it takes from the charts.

import { readFile } from 'node:fs/promises';
import test from 'ava';
import { load } from 'js-yaml';
import { findRule, ruleIds, topics } from '#core/validation/catalog.ts';
import { renderRules } from '#core/validation/page.ts';
import { chartPorts } from '#core/validation/rules/network.ts';
import { pods } from '#core/validation/rules/resources.ts';
import { heldToChart } from '#core/validation/rules/safety.ts';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('docs/rules.md tells the rules there are', async t => {
  t.is(await read('docs/rules.md'), renderRules(), 'write it anew: npm run rules');
});

test('each rule has an id of its own and says why and how to mend', t => {
  const all = topics.flatMap(({ rules }) => rules);
  t.is(new Set(ruleIds()).size, all.length);
  for (const { id, why, mend } of all) {
    t.regex(id, /^[a-z][a-z-]+$/);
    t.regex(why, /\.$/, id);
    t.regex(mend, /\.$/, id);
  }
});

test('what could sign twice, and what leaks a key, is never waived', t => {
  for (const id of [
    'claim-shared',
    'key-shared',
    'release-shared',
    'secret-in-file',
    'secret-shared',
    'etcd-shared',
    'safety-option',
    'identity-with-rollout',
  ])
    t.false(findRule(id)?.waivable, id);
});

interface Resources {
  resources: { requests: object; limits?: object };
}

test("a node's requests, limits, ports, plugins and times are the chart's", async t => {
  const values = load(await read('charts/block-producer/values.yaml')) as {
    nodeos: Resources & { plugins: string[]; signerTimeoutMs: number };
    monitor: Resources;
    terminationGracePeriodSeconds: number;
  };
  const etcd = load(await read('charts/etcd/values.yaml')) as Resources & { metricsPort: number };
  const own = ({ resources: { requests, limits = {} } }: Resources) => ({ requests, limits });
  t.deepEqual(
    [...pods.node, ...pods.member].map(({ requests, limits }) => ({ requests, limits })),
    [values.nodeos, values.monitor, etcd].map(own),
  );
  for (const plugin of heldToChart.neededPlugins) t.true(values.nodeos.plugins.includes(plugin), plugin);
  t.is(values.terminationGracePeriodSeconds, heldToChart.leastGraceSeconds);
  const chart = await read('charts/block-producer/templates/_helpers.tpl');
  for (const port of chartPorts.nodeos) t.regex(chart, new RegExp(`:${port}\\b`));
  t.is(etcd.metricsPort, chartPorts.etcdMetrics);
});

test("nodeos may wait for its signer as long as the chart's schema lets it", async t => {
  const schema = JSON.parse(await read('charts/block-producer/values.schema.json')) as {
    properties: { nodeos: { properties: { signerTimeoutMs: { minimum: number; maximum: number } } } };
  };
  const { minimum, maximum } = schema.properties.nodeos.properties.signerTimeoutMs;
  t.deepEqual(heldToChart.signerTimeoutMs, { least: minimum, most: maximum });
});

test('every option that the chart keeps for itself is refused in a values file too', async t => {
  const schema = JSON.parse(await read('charts/block-producer/values.schema.json')) as {
    properties: { nodeos: { properties: { extraConfig: { items: { not: { pattern: string } } } } } };
  };
  const { pattern } = schema.properties.nodeos.properties.extraConfig.items.not;
  const kept = /\((producer-name[^)]*)\)/.exec(pattern)?.[1]?.split('|') ?? [];
  t.true(kept.length > 5);
  t.deepEqual(
    kept.filter(option => !heldToChart.ownOptions.some(each => each === option)),
    [],
  );
});
