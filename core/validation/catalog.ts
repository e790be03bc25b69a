// All rules, in the order of docs/rules.md.

import type { RenderedRule } from './rendered.ts';
import type { CheckedRule, Rule } from './rule.ts';
import { etcdRules } from './rules/etcd.ts';
import { fellowRules } from './rules/fellows.ts';
import { fileRules } from './rules/files.ts';
import { identityRules } from './rules/identity.ts';
import { imageRules } from './rules/images.ts';
import { networkRules } from './rules/network.ts';
import { placementRules } from './rules/placement.ts';
import { renderedRules } from './rules/rendered.ts';
import { renderedClaimRules } from './rules/rendered-claim.ts';
import { renderedConfigRules } from './rules/rendered-config.ts';
import { renderedPodRules } from './rules/rendered-pod.ts';
import { renderedSecretRules } from './rules/rendered-secrets.ts';
import { resourceRules } from './rules/resources.ts';
import { safetyRules } from './rules/safety.ts';
import { secretRules } from './rules/secrets.ts';
import { waiverRules } from './rules/waivers.ts';

/** Those that are checked on an environment's files. */
export const checkedRules: readonly CheckedRule[] = [
  ...secretRules,
  ...fellowRules,
  ...identityRules,
  ...safetyRules,
  ...imageRules,
  ...placementRules,
  ...resourceRules,
  ...networkRules,
  ...etcdRules,
];

/** Those that are checked on what a release renders. */
export const checkedRenderedRules: readonly RenderedRule[] = [
  ...renderedSecretRules,
  ...renderedConfigRules,
  ...renderedClaimRules,
  ...renderedPodRules,
];

export const topics: readonly { title: string; rules: readonly Rule[] }[] = [
  { title: 'Files', rules: fileRules },
  { title: 'Secrets', rules: secretRules },
  { title: 'Between environments', rules: fellowRules },
  { title: 'Identity', rules: identityRules },
  { title: 'Safety', rules: safetyRules },
  { title: 'Images', rules: imageRules },
  { title: 'Placement', rules: placementRules },
  { title: 'Resources', rules: resourceRules },
  { title: 'Network', rules: networkRules },
  { title: 'etcd', rules: etcdRules },
  { title: 'Rendered objects', rules: [...renderedRules, ...checkedRenderedRules] },
  { title: 'Waivers', rules: waiverRules },
];

const byId = new Map(topics.flatMap(({ rules }) => rules).map(rule => [rule.id, rule]));

/** undefined when there is no such rule. */
export function findRule(id: string): Rule | undefined {
  return byId.get(id);
}

export function ruleIds(): string[] {
  return [...byId.keys()];
}
