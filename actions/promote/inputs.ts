// Inputs of the promote action; action.yml says what they mean.

export { type RolloutInputs as PromoteInputs, readRolloutInputs as readInputs } from '../rollout-action.ts';
