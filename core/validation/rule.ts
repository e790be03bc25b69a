// What a rule is, and what it is checked on: one environment of a revision, beside its base and its fellows.

import type { EnvironmentFiles } from '../environment/assemble.ts';
import type { Outline } from '../environment/outline.ts';
import type { Finding, Problem } from '../environment/problem.ts';

/** A rule as docs/rules.md tells it. */
export interface Rule {
  /** In kebab-case; problems and waivers name it. */
  id: string;
  title: string;
  /** What goes wrong without it. */
  why: string;
  mend: string;
  /** Only an error fails the check. */
  level: 'error' | 'warning';
  /** Whether a file may excuse a breach of it for a while, with a reason. */
  waivable: boolean;
}

/** A rule that is checked here; the others are checked while the files are read. */
export interface CheckedRule extends Rule {
  check: (subject: Subject) => Problem[];
}

/** One file as it was read. */
export interface Source {
  file: string;
  text: string;
  /** undefined when it is no YAML. */
  value: unknown;
  locate: (finding: Finding) => Problem;
}

/** An environment to be judged. */
export interface Subject {
  name: string;
  files: EnvironmentFiles;
  main: Source;
  outline: Outline;
  values: (Source & { cluster: string })[];
  /** The same environment before; undefined when it is new, or nothing is known of before. */
  base: Subject | undefined;
  /** The other environments of the same revision. */
  fellows: readonly Subject[];
}

/** A problem of environment.yaml at a value. */
export function at({ main }: Subject, path: Finding['path'], message: string): Problem {
  return main.locate({ path, at: 'value', message });
}

/** The same at a key, for what is said of a whole list or mapping. */
export function atKey({ main }: Subject, path: Finding['path'], message: string): Problem {
  return main.locate({ path, at: 'key', message });
}
