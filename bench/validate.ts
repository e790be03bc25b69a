// What it costs to validate a pull request, beside helm lint, helm template and kubeconform run by hand on the same charts.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readEnvironmentFiles } from '#adapters/files/environments.ts';
import { readSchemas } from '#adapters/kubernetes-schema/schemas.ts';
import { assembleEnvironment } from '#core/environment/assemble.ts';
import type { Release } from '#core/environment/environment.ts';
import { ensureTools, type InstalledTools } from '#tools/install.ts';
import { kubeconformArguments, writeJsonSchemas } from './kubeconform.ts';
import { spreadOf } from './statistics.ts';
import { atMost, type Finding, type Row } from './table.ts';

const repository = resolve(import.meta.dirname, '..');
/** Three clusters, seven releases. */
const environment = 'example';
const run = promisify(execFile);

interface Scene {
  tools: InstalledTools;
  /** A repository with a change of every release that is not committed yet. */
  checkout: string;
  schemas: string;
  releases: { release: Release; valuesFile: string; manifest: string }[];
}

/** One round, in ms. */
interface Round {
  lint: number;
  template: number;
  kubeconform: number;
  ours: number;
}

export async function measureValidate(rounds: number): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-validate-'));
  try {
    const scene = await prepare(folder);
    // Once for the caches of file system and processor.
    await measureRound(scene);
    const taken: Round[] = [];
    for (let round = 0; round < rounds; round++) taken.push(await measureRound(scene));
    return describe(taken, scene.releases.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string): Promise<Scene> {
  const tools = await ensureTools(['helm', 'kubeconform'], { report: () => {} });
  const [checkout, schemas] = [join(folder, 'checkout'), join(folder, 'schemas')];
  await mkdir(checkout);
  await mkdir(schemas);
  await writeJsonSchemas(await readSchemas(), schemas);
  for (const each of ['charts', `environments/${environment}`]) {
    await cp(join(repository, each), join(checkout, each), { recursive: true });
  }
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], { cwd: checkout });
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'Base');
  // A new image concerns every producer, and another heartbeat every member of etcd: nothing stays as it was.
  const file = join(checkout, 'environments', environment, 'environment.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('0000000001\n', '0000000003\n').replace('heartbeat: 100ms', 'heartbeat: 90ms'));
  const { releases, problems } = assembleEnvironment(await readEnvironmentFiles(checkout, environment));
  if (releases === undefined) throw new Error(`environments/${environment} has problems: ${problems[0]?.message}`);
  const described = releases.map(async release => {
    const valuesFile = join(folder, `${release.name}.json`);
    await writeFile(valuesFile, JSON.stringify(release.values));
    return { release, valuesFile, manifest: join(folder, `${release.name}.yaml`) };
  });
  return { tools, checkout, schemas, releases: await Promise.all(described) };
}

async function measureRound({ tools, checkout, schemas, releases }: Scene): Promise<Round> {
  const [helm, kubeconform] = [tools.path('helm'), tools.path('kubeconform')];
  const round: Round = { lint: 0, template: 0, kubeconform: 0, ours: 0 };
  const timed = async (name: keyof Round, binary: string, args: string[]): Promise<string> => {
    const started = performance.now();
    const stdout = await outputOf(binary, args, checkout);
    round[name] += performance.now() - started;
    return stdout;
  };
  for (const { release, valuesFile, manifest } of releases) {
    const values = ['--values', valuesFile, '--namespace', release.namespace];
    await timed('lint', helm, ['lint', '--strict', `./${release.chart}`, ...values]);
    await writeFile(
      manifest,
      await timed('template', helm, ['template', release.name, `./${release.chart}`, ...values]),
    );
    await timed('kubeconform', kubeconform, [...kubeconformArguments(schemas), manifest]);
  }
  const options = ['--base', 'HEAD', '--helm', helm, '--json'];
  const command = [join(repository, 'cli/main.ts'), 'validate', environment, ...options];
  const output = await timed('ours', process.execPath, command);
  checkOutput(output, releases.length);
  return round;
}

/** All of them end with 1 when they found something, which costs no less. */
async function outputOf(binary: string, args: string[], cwd: string): Promise<string> {
  try {
    return (await run(binary, args, { cwd, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 })).stdout;
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    if (code !== 1 || stdout === undefined) throw error;
    return stdout;
  }
}

/** A run that told nothing would be fast. */
function checkOutput(output: string, count: number): void {
  const { environments } = JSON.parse(output) as {
    environments: { diffs?: { change: string; objects: object[] }[] }[];
  };
  const changed =
    environments[0]?.diffs?.filter(({ change, objects }) => change === 'changed' && objects.length > 0) ?? [];
  if (changed.length !== count)
    throw new Error(`validate told of ${changed.length} changed releases; expected ${count}`);
}

function describe(taken: readonly Round[], count: number): Finding {
  const sumOf = ({ lint, template, kubeconform }: Round) => lint + template + kubeconform;
  const median = (value: (round: Round) => number) => spreadOf(taken.map(value)).p50;
  const seconds = (value: number) => `${(value / 1000).toFixed(2)} s`;
  const row = (figure: string, value: (round: Round) => number): Row => ({ figure, measured: seconds(median(value)) });
  return {
    title: 'validate',
    how:
      `A pull request that changes all ${count} releases in the three clusters of environments/${environment}; medians of ${taken.length} rounds, in each both ways in turn. By hand: ` +
      'the three commands for each release, one after the other, head only. active-eos validate: the whole command, which renders base and head, checks, compares and forecasts.',
    rows: [
      row('by hand: helm lint', ({ lint }) => lint),
      row('by hand: helm template', ({ template }) => template),
      row('by hand: kubeconform', ({ kubeconform }) => kubeconform),
      atMost(
        'active-eos validate',
        median(({ ours }) => ours),
        median(sumOf),
        seconds,
      ),
    ],
  };
}
