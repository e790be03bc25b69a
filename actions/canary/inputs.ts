// Inputs of the canary action; action.yml says what they mean.

export { type RolloutInputs as CanaryInputs, readRolloutInputs as readInputs } from '../rollout-action.ts';
