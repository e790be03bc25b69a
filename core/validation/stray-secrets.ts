// Finds secrets where no rule on an environment looks: in the names of files, and in charts. And takes secrets out of a verdict.

import { redactKeys } from '../manifest/redact.ts';
import type { ChartFile, RepositoryFile } from './repository-file.ts';
import { findKeys } from './secret-forms.ts';
import type { RuleProblem, Verdict } from './verdict.ts';

const rule = { rule: 'secret-in-file', level: 'error' } as const;
const remedy = 'Put it into a Secret of the cluster, and make a new one, since this one has been seen.';

/** @param files everything below environments/ and charts/; of `charts`, whose contents are read, the texts are searched as well */
export function findStraySecrets(files: readonly RepositoryFile[], charts: readonly ChartFile[]): RuleProblem[] {
  const inNames = files
    .filter(({ path }) => redactKeys(path) !== path)
    .map(({ path }): RuleProblem => {
      const message = `The name of this file holds a private key or a token (not shown); expected no secret in Git. Rename it. ${remedy}`;
      return { ...rule, file: path, line: 1, column: 1, message };
    });
  const inCharts = charts.flatMap(({ path, content }) =>
    findKeys(new TextDecoder().decode(content)).map(({ what, line, column }): RuleProblem => {
      const message = `Here stands ${what} (not shown); expected no secret in Git. ${remedy}`;
      return { ...rule, file: path, line, column, message };
    }),
  );
  return [...inNames, ...inCharts];
}

/** Whatever leaves the verdict's problems and notes shows no key, be it quoted from a file or in a file's name. */
export function redactVerdict(verdict: Verdict): Verdict {
  const redact = <P extends RuleProblem>(problem: P): P => ({
    ...problem,
    file: redactKeys(problem.file),
    message: redactKeys(problem.message),
  });
  return {
    ...verdict,
    problems: verdict.problems.map(redact),
    environments: verdict.environments.map(environment => ({
      ...environment,
      problems: environment.problems.map(redact),
      waived: environment.waived.map(each => ({ ...redact(each), reason: redactKeys(each.reason) })),
      notes: environment.notes.map(redactKeys),
    })),
  };
}
