// Upgrades the rest of the fleet, hands production over, and upgrades the node that signed last.

import { runPromote } from '#operations/rollout.ts';
import { runAction } from '../action-log.ts';
import { runRolloutAction } from '../rollout-action.ts';
import { readInputs } from './inputs.ts';

await runAction('promote', () => runRolloutAction(readInputs(), runPromote));
