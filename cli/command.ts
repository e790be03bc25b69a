// What every command reads: the environment's name and how to reach its fleet.

import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { FleetAccess } from '#operations/fleet.ts';

export const exitCodes = { done: 0, failed: 1, usage: 2, waiting: 3 };

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
  options: Record<string, string | boolean | undefined>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

const commonOptions = {
  kubeconfig: { type: 'string' },
  directory: { type: 'string' },
  helm: { type: 'string' },
  json: { type: 'boolean' },
} satisfies Options;

/** Throws CommandError with what is wrong. */
export function readArguments(args: string[], own: Options = {}): Arguments {
  const { values, positionals } = parse(args, { ...own, ...commonOptions });
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0) {
    throw new CommandError(`expected one environment, such as testnet; found ${positionals.join(' ') || 'none'}.`);
  }
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const kubeconfig = text('kubeconfig') || process.env.KUBECONFIG || join(homedir(), '.kube', 'config');
  return {
    access: {
      environment,
      kubeconfig,
      workingDirectory: text('directory') ?? process.cwd(),
      helm: text('helm') ?? 'helm',
    },
    json: values.json === true,
    options: values,
  };
}

function parse(args: string[], options: Options) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (cause) {
    // Node adds advice about arguments that begin with a dash, which none of ours does.
    const said = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new CommandError(`${said}; known are --${Object.keys(options).join(', --')}.`, { cause });
  }
}

/** Who asks, for locks and the history. */
export function caller(): string {
  return `${userInfo().username}@${hostname()}`;
}
