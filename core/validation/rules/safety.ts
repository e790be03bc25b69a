// Rules on what the design rests on: options of nodeos and of the charts that no values file may switch off.

import { asMapping, textOf } from '../../environment/outline.ts';
import type { Finding, Problem } from '../../environment/problem.ts';
import type { CheckedRule, Source, Subject } from '../rule.ts';

/** Each is set by the chart; given again it would win, or leave nodeos with two. */
const ownOptions = [
  'producer-name',
  'signature-provider',
  'private-key',
  'pause-on-startup',
  'enable-stale-production',
  'production-pause-vote-timeout-ms',
  'produce-block-offset-ms',
  'http-server-address',
  'keosd-provider-timeout',
  'config-dir',
  'data-dir',
  'config',
] as const;

const neededPlugins = [
  'eosio::producer_plugin',
  'eosio::producer_api_plugin',
  'eosio::chain_api_plugin',
  'eosio::net_api_plugin',
] as const;

const leastGraceSeconds = 300;

export const safetyRules: readonly CheckedRule[] = [
  {
    id: 'safety-option',
    title: "No values file sets nodeos' options that the claim rests on",
    why: 'A nodeos that starts unpaused, has a key of its own, or pauses and resumes by itself signs without asking who may.',
    mend: 'Remove the option: the chart sets it.',
    level: 'error',
    waivable: false,
    check: subject => inValues(subject, options),
  },
  {
    id: 'safety-plugin',
    title: 'nodeos has the plugins that its monitor asks',
    why: 'Without them the monitor can neither pause nodeos nor see its head.',
    mend: 'Keep the plugins of the chart and add to them.',
    level: 'error',
    waivable: false,
    check: subject => inValues(subject, plugins),
  },
  {
    id: 'termination-grace',
    title: 'A pod has at least 300 s to stop',
    why: 'It hands over first, and nodeos then closes its database. One that is killed meanwhile has to be restored.',
    mend: 'Leave terminationGracePeriodSeconds at 300 or more.',
    level: 'error',
    waivable: false,
    check: subject => inValues(subject, grace),
  },
  {
    id: 'network-policy',
    title: 'The network policies stay on',
    why: "They keep everybody else in the cluster from nodeos' producer API, which pauses and resumes, and from etcd.",
    mend: 'Leave networkPolicy.enabled as it is, and add peers to monitorFrom or from.',
    level: 'error',
    waivable: true,
    check: subject => inValues(subject, policies),
  },
];

interface Place extends Pick<Finding, 'path'> {
  message: string;
}

function inValues(subject: Subject, look: (values: Record<string, unknown>) => Place[]): Problem[] {
  return subject.values.flatMap(({ value, locate }: Source) =>
    look(asMapping(value)).map(({ path, message }) => locate({ path, at: 'value', message })),
  );
}

function options(values: Record<string, unknown>): Place[] {
  const nodeos = asMapping(asMapping(values['block-producer']).nodeos);
  return (['command', 'extraArgs', 'extraConfig'] as const).flatMap(key => {
    const list: unknown[] = Array.isArray(nodeos[key]) ? nodeos[key] : [];
    return list.flatMap((item, index) => {
      const text = textOf(item).trim().replace(/^--/, '');
      const option = ownOptions.find(each => new RegExp(`^${each}(\\s|=|$)`).test(text));
      if (option === undefined) return [];
      const message = `block-producer.nodeos.${key}[${index}] sets ${option}; expected it to be left to the chart, since who may sign rests on it. Remove it.`;
      return [{ path: ['block-producer', 'nodeos', key, index], message }];
    });
  });
}

function plugins(values: Record<string, unknown>): Place[] {
  const list: unknown = asMapping(asMapping(values['block-producer']).nodeos).plugins;
  if (!Array.isArray(list)) return [];
  const missing = neededPlugins.filter(plugin => !list.includes(plugin));
  if (missing.length === 0) return [];
  const message = `block-producer.nodeos.plugins leaves out ${missing.join(', ')}; expected all that the monitor asks. Add them.`;
  return [{ path: ['block-producer', 'nodeos', 'plugins'], message }];
}

function grace(values: Record<string, unknown>): Place[] {
  const seconds = asMapping(values['block-producer']).terminationGracePeriodSeconds;
  if (typeof seconds !== 'number' || seconds >= leastGraceSeconds) return [];
  const message = `block-producer.terminationGracePeriodSeconds is ${seconds}; expected at least ${leastGraceSeconds}, since nodeos hands over and closes its database first. Raise it.`;
  return [{ path: ['block-producer', 'terminationGracePeriodSeconds'], message }];
}

function policies(values: Record<string, unknown>): Place[] {
  return (['block-producer', 'etcd'] as const).flatMap(chart => {
    if (asMapping(asMapping(values[chart]).networkPolicy).enabled !== false) return [];
    const message = `${chart}.networkPolicy.enabled is false; expected true, since anybody in the cluster could reach it. Leave it on and name who may.`;
    return [{ path: [chart, 'networkPolicy', 'enabled'], message }];
  });
}

/** Only for the test that holds these to the chart. */
export const heldToChart = { ownOptions, neededPlugins, leastGraceSeconds };
