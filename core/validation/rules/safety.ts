// Rules on what the design rests on: options of nodeos and of the charts that no values file may switch off.

import { asMapping, textOf } from '../../environment/outline.ts';
import { type Finding, type Problem, renderFound, renderPath } from '../../environment/problem.ts';
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

/** What nodeos calls producer-name, pause-on-startup, enable-stale-production, data-dir and config for short. */
const shortOptions = /^-(?:[pxedc]|[hvxe]*[xe])/;

const leastGraceSeconds = 300;
const signerTimeoutMs = { least: 50, most: 450 };

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
    id: 'signer-timeout',
    title: 'nodeos waits for its signer as long as a block bears',
    why: 'With less, signatures come too late and their blocks are lost; with more than a slot, a hanging signer holds up the next block too.',
    mend: 'Leave nodeos.signerTimeoutMs at 400.',
    level: 'error',
    waivable: false,
    check: subject => inValues(subject, timeout),
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
  const readers = { command: findInCommand, extraArgs: findInArgument, extraConfig: inConfig } as const;
  return (['command', 'extraArgs', 'extraConfig'] as const).flatMap(key => {
    const list: unknown[] = Array.isArray(nodeos[key]) ? nodeos[key] : [];
    return list.flatMap((item, index) => {
      const found = readers[key](textOf(item));
      if (found === undefined) return [];
      const path = ['block-producer', 'nodeos', key, index];
      const message = `${renderPath(path)} ${found}; expected it to be left to the chart, since who may sign rests on it. Remove it.`;
      return [{ path, message }];
    });
  });
}

/** An entry may hold several lines. A section would take the key of the finalizer with it, which is appended behind. */
function inConfig(text: string): string | undefined {
  const lines = text.split(/[\r\n]+/).map(line => line.trim());
  if (lines.some(line => line.startsWith('['))) return 'begins a section of config.ini';
  const option = ownOptions.find(each => lines.some(line => new RegExp(`^${each}(\\s|=|$)`).test(line)));
  return option && `sets ${option}`;
}

/** nodeos takes the beginning of an option's name for the option. */
export function findInArgument(text: string): string | undefined {
  const short = shortOptions.exec(text);
  if (short !== null) return `sets ${short[0]}`;
  const name = /^--([a-z0-9-]+)/.exec(text.trim())?.[1];
  const option = name === undefined ? undefined : ownOptions.find(each => each.startsWith(name));
  return option && `sets ${option}`;
}

/** A shell's script may hold anything: an option's full name is enough, and of those with common names the dashes too. */
export function findInCommand(text: string): string | undefined {
  const option = ownOptions.find(each => {
    const isTelling = each.length > 'config-dir'.length;
    return new RegExp(`(?:^|[^\\w-])${isTelling ? '(?:--)?' : '--'}${each}(?![\\w-])`).test(text);
  });
  return option && `sets ${option}`;
}

function plugins(values: Record<string, unknown>): Place[] {
  const path = ['block-producer', 'nodeos', 'plugins'];
  const list = valueAt(values, path);
  if (list === undefined) return [];
  const missing = neededPlugins.filter(plugin => !Array.isArray(list) || !list.includes(plugin));
  if (missing.length === 0) return [];
  const message = `${renderPath(path)} leaves out ${missing.join(', ')}; expected all that the monitor asks. Add them.`;
  return [{ path, message }];
}

function grace(values: Record<string, unknown>): Place[] {
  const path = ['block-producer', 'terminationGracePeriodSeconds'];
  const seconds = valueAt(values, path);
  if (seconds === undefined || (typeof seconds === 'number' && seconds >= leastGraceSeconds)) return [];
  const message = `${renderPath(path)} is ${renderFound(seconds)}; expected at least ${leastGraceSeconds}, since nodeos hands over and closes its database first. Raise it.`;
  return [{ path, message }];
}

function timeout(values: Record<string, unknown>): Place[] {
  const path = ['block-producer', 'nodeos', 'signerTimeoutMs'];
  const ms = valueAt(values, path);
  const { least, most } = signerTimeoutMs;
  if (ms === undefined || (typeof ms === 'number' && ms >= least && ms <= most)) return [];
  const message = `${renderPath(path)} is ${renderFound(ms)}; expected ${least} to ${most}, less than the slot of a block. Leave it to the chart.`;
  return [{ path, message }];
}

function policies(values: Record<string, unknown>): Place[] {
  const off = (['block-producer', 'etcd'] as const).flatMap(chart =>
    [
      [chart, 'networkPolicy'],
      [chart, 'networkPolicy', 'enabled'],
    ].flatMap((path): Place[] => {
      const value = valueAt(values, path);
      if (value === undefined || value === true || (path.length === 2 && value !== null)) return [];
      const message = `${renderPath(path)} is ${value === false ? 'false' : renderFound(value)}; expected true, since anybody in the cluster could reach it. Leave it on and name who may.`;
      return [{ path, message }];
    }),
  );
  return [...off, ...openMonitor(values)];
}

/** The monitor's port takes the request to hand over. */
function openMonitor(values: Record<string, unknown>): Place[] {
  const path = ['block-producer', 'networkPolicy', 'monitorFrom'];
  const list = valueAt(values, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((peer: unknown, index) => {
    const cidr = textOf(asMapping(asMapping(peer).ipBlock).cidr);
    if (!cidr.endsWith('/0')) return [];
    const where = [...path, index, 'ipBlock', 'cidr'];
    const message = `${renderPath(where)} is ${cidr}, everybody; expected those who read its metrics. Name a network or a namespace.`;
    return [{ path: where, message }];
  });
}

/** undefined when it is not given; null, which takes the chart's own value away, is. */
function valueAt(values: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => asMapping(value)[key], values);
}

/** Only for the test that holds these to the chart. */
export const heldToChart = { ownOptions, neededPlugins, leastGraceSeconds, signerTimeoutMs };
