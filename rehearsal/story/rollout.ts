// A pull request that raises the nodeos image is merged; the repository's own workflow rolls it out while we go on signing.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parseDocument } from 'yaml';
import type { PushEvent } from '#rehearsal/github/context.ts';
import { mergePullRequest, openPullRequest } from '#rehearsal/github/operator.ts';
import { renderPushEvent } from '#rehearsal/workflow/push-event.ts';
import { runWorkflow, type WorkflowResult } from '#rehearsal/workflow/run-workflow.ts';
import { nextWindow, repositoryName, type Stage, StoryError, type StoryStep, waitUntilSettled } from './stage.ts';

const newImage = 'rehearsal/nodeos:2';
const workflowLimitMs = 4 * 60_000;

export const rollOut: StoryStep = async stage => {
  const { diary, fleet } = stage;
  const push = await mergeNewImage(stage);
  const result = await runRollout(stage, push);
  await keepSummaries(stage, result);
  if (result.outcome !== 'success')
    throw new StoryError(`rollout.yml ended with ${result.outcome}: ${lastErrors(result)}`);
  const images = await Promise.all(
    fleet.releases
      .filter(each => each.node !== undefined)
      .map(async release => ({ name: release.name, images: (await fleet.workloads.pod(release))?.images ?? [] })),
  );
  const stale = images.filter(each => !each.images.some(image => image.endsWith(newImage)));
  if (stale.length > 0)
    throw new StoryError(
      `${stale.map(each => each.name).join(', ')} do not run ${newImage} although the workflow succeeded`,
    );
  diary.note('step', 'every node runs the new image');
  stage.progress.doing('rollout: waiting for the window after it');
  await waitUntilSettled(nextWindow(fleet, 0));
  return `${images.length} nodes run ${newImage}`;
};

async function mergeNewImage({ scratch, github, diary, progress }: Stage): Promise<PushEvent> {
  progress.doing('rollout: merging a pull request that raises the nodeos image');
  const branch = 'raise-nodeos';
  await scratch.pushBranch(branch, `Raise nodeos to ${newImage}`, async tree => {
    const file = join(tree, 'environments/rehearsal/environment.yaml');
    const document = parseDocument(await readFile(file, 'utf8'));
    document.setIn(['images', 'nodeos'], newImage);
    await writeFile(file, document.toString());
  });
  const pushed = new Promise<PushEvent>(resolve => {
    github.on('push', event => {
      if (event.ref === 'refs/heads/main') resolve(event);
    });
  });
  const number = await openPullRequest(github, repositoryName, {
    branch,
    title: `Raise nodeos to ${newImage}`,
    body: 'A rehearsal.',
  });
  diary.note('pull request', `#${number} raises nodeos to ${newImage}`);
  await mergePullRequest(github, repositoryName, number);
  diary.note('merge', `#${number} is merged`);
  progress.say(`rollout: pull request #${number} is merged`);
  return pushed;
}

async function runRollout(
  { options, tools, progress, rehearsal, scratch, github, diary }: Stage,
  { before, after }: PushEvent,
): Promise<WorkflowResult> {
  const checkout = await scratch.checkout(after);
  const home = join(rehearsal.sandbox.folder, 'runner');
  await mkdir(home, { recursive: true });
  progress.doing('rollout: .github/workflows/rollout.yml is running');
  return runWorkflow({
    checkout,
    workflow: 'rollout.yml',
    event: { name: 'push', payload: renderPushEvent({ repository: repositoryName, branch: 'main', before, after }) },
    act: tools.path('act'),
    homeFolder: home,
    pathFolders: [dirname(process.execPath), tools.folder('helm')],
    environment: { ...options.npmEnvironment, GITHUB_API_URL: github.url, KUBECONFIG: rehearsal.kubeconfig },
    timeoutMs: workflowLimitMs,
    onLine: line => {
      const text = stripVTControlCharacters(line.text).trim();
      if (text === '' || text.startsWith('::')) return;
      progress.say(`  ${line.step === '' ? line.job : line.step}: ${text}`);
      if (/^(✓|✗|→|upgrad|hand)/i.test(text)) diary.note('step', text);
    },
  });
}

/** As GitHub shows them below a run. */
async function keepSummaries({ options }: Stage, { summaries }: WorkflowResult): Promise<void> {
  const folder = join(options.output, 'summaries');
  await mkdir(folder, { recursive: true });
  await Promise.all(summaries.map((summary, index) => writeFile(join(folder, `${index + 1}.md`), summary)));
}

function lastErrors({ annotations, log }: WorkflowResult): string {
  const errors = annotations.filter(each => each.level === 'error').map(each => each.message);
  return (errors.length > 0 ? errors : log.slice(-8).map(line => line.text)).join('; ');
}
