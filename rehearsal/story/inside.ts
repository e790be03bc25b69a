// The rehearsal inside its sandbox: brings the fleet up, tells the story step by step, and gives the verdict by the observer's blocks.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { parseEnvironment } from '#core/environment/parse.ts';
import { renderProblem } from '#core/environment/problem.ts';
import { historyKey } from '#core/failover/keys.ts';
import { slotAt, slotStartMs } from '#core/slots.ts';
import { openFleet } from '#operations/fleet.ts';
import { installEnvironment } from '#operations/install.ts';
import type { Fleet } from '#operations/ports.ts';
import { keysOf, withAnyMember } from '#operations/register.ts';
import { startFleet } from '#rehearsal/fleet/fleet.ts';
import { startGitHub } from '#rehearsal/github/github.ts';
import { createScratchRepository } from '#rehearsal/github/scratch-repository.ts';
import { servePage, writePage } from '#rehearsal/page/serve.ts';
import { startProgress } from '#rehearsal/report/progress.ts';
import { renderReport } from '#rehearsal/report/render.ts';
import { buildReport, type StepResult } from '#rehearsal/report/report.ts';
import { writeReport } from '#rehearsal/report/write.ts';
import { sandboxTools } from '#rehearsal/sandbox/sandbox.ts';
import { ensureTools } from '#tools/install.ts';
import { startDiary } from './diary.ts';
import { changeNothing, loseEtcdLeader, rollOutMissingImage, startSecondRollout } from './faults.ts';
import { killActive } from './kill-active.ts';
import type { StoryOptions } from './options.ts';
import { rollOut } from './rollout.ts';
import { environmentFile, nextWindow, repositoryName, type Stage, StoryError, type StoryStep } from './stage.ts';
import { type FleetWatch, watchFleet } from './watch.ts';

/** What an operator's clone would hold, as far as its workflows need it. */
const clonedPaths = [
  '.github',
  'actions',
  'adapters',
  'charts',
  'cli',
  'core',
  'environments/rehearsal',
  'operations',
  'package.json',
  'package-lock.json',
];

/** After `up`, which has to bring the fleet there first. `allowedMissedSlots` is what the product promises of each. */
interface PlannedStep {
  name: string;
  tell: StoryStep;
  allowedMissedSlots: number;
}
const story: PlannedStep[] = [
  { name: 'rollout', tell: rollOut, allowedMissedSlots: 0 },
  { name: 'kill-active', tell: killActive, allowedMissedSlots: 1 },
];
const faults: PlannedStep[] = [
  { name: 'nothing-changed', tell: changeNothing, allowedMissedSlots: 0 },
  { name: 'missing-image', tell: rollOutMissingImage, allowedMissedSlots: 0 },
  { name: 'second-rollout', tell: startSecondRollout, allowedMissedSlots: 0 },
  // Without etcd nobody signs, and an election is due when it is back: a window may go by.
  { name: 'no-etcd-leader', tell: loseEtcdLeader, allowedMissedSlots: 12 },
];

const options = JSON.parse(process.argv[2] ?? '') as StoryOptions;
const steps = [...(options.faults ? faults : []), ...story];
const startedMs = Date.now();
const progress = startProgress(process.stdout);
const diary = startDiary('Rehearsal', ['up', ...steps.map(step => step.name)]);
const results: StepResult[] = [];
let watch: FleetWatch | undefined;

process.send?.({ phase: 'inside' });
const page = await servePage({ socketPath: options.pageSocket }, () => diary.model(), options.output);
progress.say(`The page: ${options.pageUrl}`);
const stage = await record('up', Number.POSITIVE_INFINITY, bringUp);
for (const { name, tell, allowedMissedSlots } of steps) {
  if (stage.value === undefined) skip(name);
  else await record(name, allowedMissedSlots, async () => ({ note: await tell(stage.value as Stage) }));
}
await conclude(stage.value);

/** Runs one step, and keeps what came of it however it ended. */
async function record<T extends { note: string }>(
  name: string,
  allowedMissedSlots: number,
  work: () => Promise<T>,
): Promise<{ value: T | undefined }> {
  const startMs = Date.now();
  diary.beginStep(name);
  let value: T | undefined;
  let note: string;
  try {
    value = await work();
    note = value.note;
  } catch (error) {
    note = error instanceof StoryError ? error.message : ((error as Error).stack ?? 'an error without a stack');
  }
  const outcome = value === undefined ? 'failed' : 'passed';
  const files = diary.filesOf(name);
  results.push({ name, outcome, startMs, endMs: Date.now(), allowedMissedSlots, note, files });
  diary.endStep(name, outcome, note);
  progress.say(`${name}: ${outcome}, ${note}`);
  return { value };
}

function skip(name: string): void {
  const now = Date.now();
  results.push({
    name,
    outcome: 'skipped',
    startMs: now,
    endMs: now,
    allowedMissedSlots: 0,
    note: 'the fleet is not up',
  });
  diary.endStep(name, 'skipped', 'the fleet is not up');
}

async function bringUp(): Promise<Stage & { note: string }> {
  const { repository, output } = options;
  const tools = await ensureTools([...sandboxTools, 'etcdutl', 'helm', 'act'], { report: () => undefined });
  progress.doing('up: three sites with their Kubernetes clusters');
  const parsed = parseEnvironment(await readFile(join(repository, environmentFile), 'utf8'), environmentFile);
  if (parsed.environment === undefined) throw new StoryError(parsed.problems.map(renderProblem).join('\n'));
  const rehearsal = await startFleet({
    environment: parsed.environment,
    tools,
    repository,
    logFolder: join(output, 'logs'),
    report: ({ error }) => progress.say(error.message),
  });
  const scratch = await createScratchRepository({
    sourceFolder: repository,
    paths: clonedPaths,
    folder: join(rehearsal.sandbox.folder, 'github'),
    repository: repositoryName,
    prepare: tree => setPublicKey(join(tree, environmentFile), rehearsal.secrets.publicKey),
  });
  const github = await startGitHub({ repositoryFolder: scratch.folder, repository: repositoryName });
  const clone = await scratch.checkout(await scratch.main());
  const fleet = await openFleet({
    environment: 'rehearsal',
    kubeconfig: rehearsal.kubeconfig,
    workingDirectory: clone,
    helm: tools.path('helm'),
  });
  watch = watchFleet(fleet, rehearsal, diary);
  diary.expectWindow(() => slotStartMs(nextWindow(fleet, 0).first));
  progress.doing('up: etcd and the nodes, installed by the product');
  const installed = await installEnvironment(fleet, { report: text => progress.say(`  up: ${text}`) });
  if (installed.kind === 'failed') throw new StoryError(installed.why);
  await writeEntrance(rehearsal.kubeconfig, scratch.folder, tools.folder('helm'));
  const firstSlot = await readFirstSlot(fleet);
  const seconds = Math.round((Date.now() - startedMs) / 100) / 10;
  return {
    options,
    tools,
    progress,
    diary,
    rehearsal,
    fleet,
    github,
    scratch,
    firstSlot,
    note: `4 nodes in 2 clouds and a witness, all ready after ${seconds} s`,
  };
}

/** A claim begins past everything that could have been signed before it. */
async function readFirstSlot(fleet: Fleet): Promise<number> {
  const stored = await withAnyMember(fleet, session => session.get(historyKey(keysOf(fleet), 1)));
  if (stored === undefined) throw new StoryError('etcd has no history of the first holder');
  return (JSON.parse(stored.value) as { afterSlot: number }).afterSlot + 1;
}

/** The rehearsal makes a key of its own each time. */
async function setPublicKey(file: string, publicKey: string): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(['chain', 'publicKey'], publicKey);
  await writeFile(file, document.toString());
}

/** A script that runs the command line inside, on main as it is then: the way in for somebody who wants to look around. */
async function writeEntrance(kubeconfig: string, origin: string, helmFolder: string): Promise<void> {
  const file = join(options.output, 'fleet');
  const inside = `clone=$(mktemp -d) && git clone --quiet '${origin}' "$clone" && cd "$clone" && exec '${process.execPath}' --disable-warning=DEP0123 '${join(options.repository, 'cli/main.ts')}' "$@"`;
  await writeFile(
    file,
    `#!/bin/sh
# Runs the product's command line inside the rehearsal's sandbox: ${file} status rehearsal
pid=$(cat '${join(options.output, 'fleet.pid')}') || exit 1
exec nsenter --target "$pid" --mount --net --pid -- env KUBECONFIG='${kubeconfig}' PATH='${helmFolder}':"$PATH" TMPDIR=/run sh -c '${inside.replaceAll("'", "'\\''")}' sh "$@"
`,
  );
  await chmod(file, 0o755);
}

async function conclude(ended: Stage | undefined): Promise<void> {
  watch?.stop();
  const nothing = { ourSlots: 0, missedSlots: [], doubleSignedSlots: [], pendingSlots: [], slots: [] };
  const judgement =
    (await ended?.rehearsal.judge(ended?.firstSlot ?? slotAt(startedMs), slotAt(results.at(-1)?.endMs ?? startedMs))) ??
    nothing;
  const report = buildReport(results, judgement);
  diary.seeSlots(judgement.slots);
  diary.judge(report);
  await mkdir(options.output, { recursive: true });
  await writeReport(join(options.output, 'report.json'), report);
  await writePage(join(options.output, 'page.html'), diary.model());
  progress.end();
  process.stdout.write(`\n${renderReport(report, { hasColours: process.stdout.isTTY })}\n`);
  const comment = results.flatMap(each => each.files ?? []).includes('comment.md') ? ['comment.md'] : [];
  const kept = ['report.json', 'page.html', ...comment, 'logs'];
  process.stdout.write(kept.map(name => `  ${name.split('.')[0]?.padEnd(8)}${join(options.output, name)}\n`).join(''));
  await new Promise<void>(resolve => {
    if (process.send === undefined) resolve();
    else process.send({ outcome: report.outcome }, undefined, {}, () => resolve());
  });
  if (options.staysUp && ended !== undefined) await stayUp(ended);
  await page.close();
  process.exit();
}

/** Until Ctrl-C, which ends the sandbox from outside. */
async function stayUp({ rehearsal, fleet }: Stage): Promise<void> {
  watch = watchFleet(fleet, rehearsal, diary);
  const entrance = join(options.output, 'fleet');
  process.stdout.write(`
The fleet stays up until Ctrl-C. In another terminal:
  ${options.pageUrl}                      the page, live
  ${entrance} status rehearsal
  ${entrance} handover rehearsal
`);
  await new Promise(() => undefined);
}
