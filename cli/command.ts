// What every command reads: where its nodes are, and its own options.

import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { FleetAccess } from '#operations/fleet.ts';

/** `waiting`: nothing was changed, and a person has to go on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, waiting: 3, interrupted: 130 };

/** Wrong usage: nothing was tried. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`${message} See "active-eos --help".`, options);
    this.name = 'CommandError';
  }
}

export interface Arguments {
  access: FleetAccess;
  json: boolean;
  /** The command's own options. */
  options: Values;
}

export interface CheckoutArguments {
  environment: string | undefined;
  directory: string;
  helm: string;
  json: boolean;
  options: Values;
}

/** An environment by its clusters' Kubernetes, or a pod's fellows by its monitor's configuration. */
export type Place = { kind: 'environment'; access: FleetAccess } | { kind: 'pod'; configFile: string };

export interface PlaceArguments {
  place: Place;
  /** What stands behind the environment, such as a node. */
  words: string[];
  json: boolean;
  options: Values;
}

/** Where the chart mounts it. */
const podConfigFile = '/etc/active-eos/monitor.json';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values = Record<string, string | boolean | undefined>;

const commonOptions = {
  kubeconfig: { type: 'string' },
  directory: { type: 'string' },
  helm: { type: 'string' },
  json: { type: 'boolean' },
} satisfies Options;

/** For commands that need Kubernetes. Throws CommandError with what is wrong. */
export function readArguments(args: string[], own: Options = {}): Arguments {
  const { values, positionals } = parse(args, { ...own, ...commonOptions });
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0) {
    throw new CommandError(`expected one environment, such as testnet; found ${positionals.join(' ') || 'none'}.`);
  }
  return { access: accessOf(environment, values), json: values.json === true, options: values };
}

/** For commands that read a checkout and need no cluster: the environment may be left out. */
export function readCheckoutArguments(args: string[], own: Options = {}): CheckoutArguments {
  const { kubeconfig: _, ...checkoutOptions } = commonOptions;
  const { values, positionals } = parse(args, { ...own, ...checkoutOptions });
  const [environment, ...more] = positionals;
  if (more.length > 0) throw new CommandError(`expected one environment or none; found ${positionals.join(' ')}.`);
  const { workingDirectory, helm } = accessOf(environment ?? '', values);
  return { environment, directory: workingDirectory, helm, json: values.json === true, options: values };
}

/**
 * For commands that work in a pod as well: there the environment is left out.
 * @param words what has to follow the environment, such as NODE
 */
export function readPlaceArguments(args: string[], words: readonly string[], own: Options = {}): PlaceArguments {
  const options = { ...own, ...commonOptions, 'monitor-config': { type: 'string' } } as const;
  const { values, positionals } = parse(args, options);
  const given = textOf(values, 'monitor-config');
  const json = values.json === true;
  if (given === undefined && positionals.length === words.length + 1) {
    const [environment = '', ...rest] = positionals;
    return {
      place: { kind: 'environment', access: accessOf(environment, values) },
      words: rest,
      json,
      options: values,
    };
  }
  if (positionals.length === words.length && (given !== undefined || existsSync(podConfigFile))) {
    return { place: { kind: 'pod', configFile: given ?? podConfigFile }, words: positionals, json, options: values };
  }
  const expected = given === undefined ? ['ENVIRONMENT', ...words] : words;
  const what = expected.length === 0 ? 'no environment beside --monitor-config' : expected.join(' ');
  throw new CommandError(`expected ${what}; found ${positionals.join(' ') || 'none'}.`);
}

/** For commands that change nothing unless told to. */
export const consentOptions = { yes: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;

/** `report`: neither was said, so that only a person can go on. */
export function readConsent({ yes, 'dry-run': dryRun }: Values): 'yes' | 'dry-run' | 'report' {
  if (yes === true && dryRun === true) throw new CommandError('--yes and --dry-run exclude each other.');
  return yes === true ? 'yes' : dryRun === true ? 'dry-run' : 'report';
}

export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Who asks, for locks and the history. */
export function caller(): string {
  return `${userName()}@${hostname()}`;
}

/** A container's user need not have a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

function accessOf(environment: string, values: Values): FleetAccess {
  return {
    environment,
    kubeconfig: textOf(values, 'kubeconfig') || process.env.KUBECONFIG || join(homedir(), '.kube', 'config'),
    workingDirectory: textOf(values, 'directory') ?? process.cwd(),
    helm: textOf(values, 'helm') ?? 'helm',
  };
}

function parse(args: string[], options: Options): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { values: values as Values, positionals };
  } catch (cause) {
    // Node adds advice about arguments that begin with a dash, which none of ours does.
    const said = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new CommandError(`${said}; known are --${Object.keys(options).join(', --')}.`, { cause });
  }
}
