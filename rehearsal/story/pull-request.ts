// What an operator does in the story: a change of the environment by pull request, and the workflow that its merge starts.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Document, parseDocument } from 'yaml';
import type { PushEvent } from '#rehearsal/github/context.ts';
import { mergePullRequest, openPullRequest } from '#rehearsal/github/operator.ts';
import { renderPushEvent } from '#rehearsal/workflow/push-event.ts';
import type { WorkflowLine } from '#rehearsal/workflow/run-record.ts';
import { runWorkflow, type WorkflowOptions, type WorkflowResult } from '#rehearsal/workflow/run-workflow.ts';
import { environmentFile, repositoryName, type Stage } from './stage.ts';

const workflowLimitMs = 4 * 60_000;

/** A change of the rehearsal's environment.yaml. */
export interface Change {
  branch: string;
  title: string;
  edit: (document: Document) => void;
}

/** An open pull request. */
export interface Opened {
  number: number;
  title: string;
}

/** Opens a pull request, merges it, and runs rollout.yml for the push as GitHub would. */
export async function mergeAndRun(stage: Stage, step: string, change: Change): Promise<WorkflowResult> {
  return await mergeOpened(stage, step, await open(stage, change));
}

export async function open({ scratch, github, diary }: Stage, { branch, title, edit }: Change): Promise<Opened> {
  await scratch.pushBranch(branch, title, async tree => {
    const file = join(tree, environmentFile);
    const document = parseDocument(await readFile(file, 'utf8'));
    edit(document);
    await writeFile(file, document.toString());
  });
  const number = await openPullRequest(github, repositoryName, { branch, title, body: 'A rehearsal.' });
  diary.note('pull request', `#${number} ${title}`);
  return { number, title };
}

/** Merges it, and runs rollout.yml for the push. */
export async function mergeOpened(stage: Stage, step: string, { number, title }: Opened): Promise<WorkflowResult> {
  const { github, diary, progress, scratch } = stage;
  const pushed = new Promise<PushEvent>(resolve => {
    github.on('push', event => {
      if (event.ref === 'refs/heads/main') resolve(event);
    });
  });
  await mergePullRequest(github, repositoryName, number);
  diary.note('merge', `#${number} is merged`);
  const { before, after } = await pushed;
  progress.say(`${step}: merged "${title}"`);
  return await runFile(stage, step, {
    checkout: await scratch.checkout(after),
    workflow: 'rollout.yml',
    event: { name: 'push', payload: renderPushEvent({ repository: repositoryName, branch: 'main', before, after }) },
    environment: { KUBECONFIG: stage.rehearsal.kubeconfig },
  });
}

/** Runs a workflow as GitHub would, and keeps its summaries beside those of the step's earlier runs. */
export async function runFile(
  stage: Stage,
  step: string,
  run: Pick<WorkflowOptions, 'checkout' | 'workflow' | 'event' | 'environment'>,
): Promise<WorkflowResult> {
  const { options, tools, progress, rehearsal, github } = stage;
  progress.doing(`${step}: .github/workflows/${run.workflow} is running`);
  const home = join(rehearsal.sandbox.folder, 'runner');
  await mkdir(home, { recursive: true });
  const result = await runWorkflow({
    ...run,
    act: tools.path('act'),
    homeFolder: home,
    pathFolders: [dirname(process.execPath), tools.folder('helm')],
    environment: { ...options.npmEnvironment, GITHUB_API_URL: github.url, ...run.environment },
    timeoutMs: workflowLimitMs,
    onLine: line => {
      const text = readableLine(line);
      if (text !== undefined) progress.say(`  ${step}: ${text}`);
    },
  });
  await keepSummaries(stage, step, result);
  return result;
}

/** What a person wants to see of a run while it goes on: our own actions' words, and that packages are installed. */
function readableLine({ kind, step, text }: WorkflowLine): string | undefined {
  const plain = stripVTControlCharacters(text).trim();
  const action = /^\.\/actions\/(.+)$/.exec(step)?.[1] ?? step;
  if (kind === 'output' && step.startsWith('./actions/') && plain !== '')
    return `${action} │ ${plain.replace(/^\[\s*[\d.]+ s\] /, '')}`;
  return kind === 'ended' && /^(npm|\.\/actions)/.test(step) ? `${action} ${plain}` : undefined;
}

/** As GitHub shows them below a run. */
async function keepSummaries({ options, diary }: Stage, step: string, { summaries }: WorkflowResult): Promise<void> {
  await mkdir(join(options.output, 'summaries'), { recursive: true });
  for (const summary of summaries) {
    const before = diary.filesOf(step).filter(each => each.startsWith('summaries/')).length;
    const file = `summaries/${step}-${before + 1}.md`;
    await writeFile(join(options.output, file), summary);
    diary.leaveFile(step, file);
  }
}

/** Why a run failed, from its annotations or else its last lines. */
export function lastErrors({ annotations, log }: WorkflowResult): string {
  const errors = annotations.filter(each => each.level === 'error').map(each => each.message);
  return (errors.length > 0 ? errors : log.slice(-8).map(line => line.text)).join('; ');
}
