// `active-eos validate`: what a pull request would be told, before it is one.

import { styleText } from 'node:util';
import type { Paint, Tone } from '#core/validation/render-terminal.ts';
import { renderTerminal } from '#core/validation/render-terminal.ts';
import { describeVerdict, isFullyChecked, problemsOf } from '#core/validation/report.ts';
import { validate } from '#operations/validate.ts';
import { CommandError, exitCodes, readCheckoutArguments, textOf } from './command.ts';
import { plain, printJson, progress } from './terminal.ts';

/** On a terminal nothing is too long: there is no other place to see it. */
const longestValue = Number.MAX_SAFE_INTEGER;
const formats: Record<Tone, Parameters<typeof styleText>[0]> = {
  strong: 'bold',
  bad: 'red',
  good: 'green',
  faint: 'dim',
};

export async function validateCommand(args: string[]): Promise<number> {
  const own = { base: { type: 'string' }, 'no-diff': { type: 'boolean' } } as const;
  const { environment, directory, helm, json, options } = readCheckoutArguments(args, own);
  try {
    const verdict = await validate({
      directory,
      head: undefined,
      base: textOf(options, 'base'),
      only: environment === undefined ? [] : [environment],
      helm: options['no-diff'] === true ? undefined : helm,
      today: new Date().toISOString().slice(0, 10),
      report: process.stderr.isTTY ? progress : () => {},
    });
    if (environment !== undefined && verdict.environments.length === 0) {
      throw new CommandError(`there is no environment ${JSON.stringify(environment)} in ${directory}.`);
    }
    if (json) printJson(verdict);
    else {
      const blocks = describeVerdict(verdict, { repository: undefined, longestValue, whole: '--json' });
      process.stdout.write(renderTerminal(blocks, paint));
    }
    if (problemsOf(verdict).some(each => each.level === 'error')) return exitCodes.failed;
    return options['no-diff'] === true || isFullyChecked(verdict) ? exitCodes.done : exitCodes.usage;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    process.stderr.write(`active-eos: ${plain(error instanceof Error ? error.message : String(error))}\n`);
    return exitCodes.usage;
  }
}

/** Colours on a terminal, unless NO_COLOR says otherwise. */
const paint: Paint = (tone, text) => styleText(formats[tone], text, { stream: process.stdout });
