// A pull request that raises the nodeos image is merged; the repository's own workflow rolls it out while we go on signing.

import { lastErrors, mergeAndRun } from './pull-request.ts';
import { nextWindow, nodeImages, StoryError, type StoryStep, waitUntilSettled } from './stage.ts';

const newImage = 'rehearsal/nodeos:2';

export const rollOut: StoryStep = async stage => {
  const { diary, fleet } = stage;
  const result = await mergeAndRun(stage, 'rollout', {
    branch: 'raise-nodeos',
    title: `Raise nodeos to ${newImage}`,
    edit: document => document.setIn(['images', 'nodeos'], newImage),
  });
  if (result.outcome !== 'success')
    throw new StoryError(`rollout.yml ended with ${result.outcome}: ${lastErrors(result)}`);
  const images = await nodeImages(fleet);
  const stale = [...images].filter(([, image]) => image !== newImage);
  if (stale.length > 0) {
    throw new StoryError(
      `${stale.map(([node]) => node).join(', ')} do not run ${newImage} although the workflow succeeded`,
    );
  }
  diary.note('step', 'every node runs the new image');
  stage.progress.doing('rollout: waiting for the window after it');
  await waitUntilSettled(nextWindow(fleet, 0));
  return `${images.size} nodes run ${newImage}`;
};
