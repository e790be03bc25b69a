// Measures what was promised and prints each figure beside its bound. Exit code 0 whatever the figures: this is no test.

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureFirstSignature } from './first-signature.ts';
import { measureHedge } from './hedge.ts';
import { measureIdle } from './idle.ts';
import { measureSigning } from './signing.ts';
import { type Finding, renderFinding } from './table.ts';
import { measureValidate } from './validate.ts';

const benchmarks: Record<string, (share: number) => Promise<Finding>> = {
  signing: share => measureSigning(Math.ceil(2000 * share)),
  'signing-ahead': share => measureSigning(Math.ceil(2000 * share), 1),
  'first-signature': share => measureFirstSignature(Math.ceil(3 * share)),
  idle: share => measureIdle(Math.ceil(60 * share)),
  hedge: share => measureHedge(Math.ceil(8 * share)),
  validate: share => measureValidate(Math.ceil(9 * share)),
};

const usage = `usage: npm run bench [-- [--short] [${Object.keys(benchmarks).join('|')}]…]`;

function readArguments(): { names: string[]; share: number } {
  try {
    const options = { short: { type: 'boolean' as const, default: false } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const unknown = positionals.filter(name => !(name in benchmarks));
    if (unknown.length > 0)
      throw new Error(
        `there is no benchmark ${unknown.join(', ')}; expected one of ${Object.keys(benchmarks).join(', ')}`,
      );
    return {
      names: positionals.length === 0 ? Object.keys(benchmarks) : positionals,
      share: values.short ? 0.1 : 1,
    };
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n${usage}\n`);
    process.exit(2);
  }
}

/** Figures mean little without the machine they were taken on. */
function describeMoment(): string {
  const [first] = cpus();
  const load = loadavg()
    .map(each => each.toFixed(2))
    .join(' ');
  return `${new Date().toISOString()}: ${cpus().length} × ${first?.model ?? 'unknown CPU'}, node ${process.version}, load ${load}`;
}

const { names, share } = readArguments();
for (const name of names) {
  console.log(`${describeMoment()}\n`);
  const finding = await benchmarks[name]?.(share);
  if (finding !== undefined) console.log(renderFinding(finding));
}
process.exit(0);
