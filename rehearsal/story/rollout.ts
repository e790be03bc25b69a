// A pull request that raises the nodeos image is validated and merged; the repository's own workflow rolls it out while we go on signing,
// as the comment has told.

import { readClaim } from '#operations/register.ts';
import { lastErrors, mergeOpened, open } from './pull-request.ts';
import { checkAsTold, review } from './review.ts';
import { nextWindow, nodeImages, StoryError, type StoryStep, waitUntilSettled } from './stage.ts';

const newImage = 'rehearsal/nodeos:2';

export const rollOut: StoryStep = async stage => {
  const { diary, fleet } = stage;
  const opened = await open(stage, {
    branch: 'raise-nodeos',
    title: `Raise nodeos to ${newImage}`,
    edit: document => document.setIn(['images', 'nodeos'], newImage),
  });
  const told = await review(stage, 'rollout', opened);
  const claim = await readClaim(fleet);
  const result = await mergeOpened(stage, 'rollout', opened);
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
  const asTold = checkAsTold(told, result, claim.kind === 'held' ? claim.holder : '');
  stage.progress.doing('rollout: waiting for the window after it');
  await waitUntilSettled(nextWindow(fleet, 0));
  return `${images.size} nodes run ${newImage}; ${asTold}`;
};
