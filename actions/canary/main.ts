// Upgrades one standby, proves it and watches it.

import { runCanary } from '#operations/rollout.ts';
import { runAction } from '../action-log.ts';
import { runRolloutAction } from '../rollout-action.ts';
import { readInputs } from './inputs.ts';

await runAction('canary', () => runRolloutAction(readInputs(), runCanary));
