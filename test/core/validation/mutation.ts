// What a faulty pull request is: edits of an environment, and the rules it breaks, each at the line that has a text.

import type { EnvironmentFiles } from '#core/environment/assemble.ts';
import type { Edit } from './example.ts';

export interface Caught {
  rule: string;
  /** What stands on the line. */
  at: string;
  /** environment.yaml when left out. */
  file?: string;
}

export interface Scene {
  /** What is edited; environments/example when left out. */
  of?: EnvironmentFiles;
  /** Whether the pull request adds it. */
  isNew?: boolean;
  /** What else there is, before and after. */
  fellows?: readonly EnvironmentFiles[];
}

export type Mutation = [title: string, edits: Edit[], caught: Caught | Caught[], scene?: Scene];

export const awsFile = 'values/aws.yaml';

export function main(from: string | RegExp, to: string): Edit {
  return { from, to };
}

export function aws(from: string | RegExp, to: string): Edit {
  return { file: awsFile, from, to };
}
