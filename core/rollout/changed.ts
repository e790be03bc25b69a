// Decides which environments a change of files concerns.

export interface ChangedEnvironments {
  environments: string[];
  /** What a person should know about the choice; empty when nothing. */
  notes: string[];
}

/**
 * A file of an environment concerns that environment; a chart concerns every environment that is rolled out.
 * @param files changed paths, or undefined when they are not known: then everything counts as changed
 * @param existing names of folders in environments/
 * @param rolledOut environments that this repository rolls out; empty when it does not say
 */
export function changedEnvironments(
  files: readonly string[] | undefined,
  existing: readonly string[],
  rolledOut: readonly string[],
): ChangedEnvironments {
  const notes = rolledOut
    .filter(name => !existing.includes(name))
    .map(name => `there is no environment ${name}; there are ${existing.join(', ')}`);
  const candidates = existing.filter(name => rolledOut.length === 0 || rolledOut.includes(name));
  const all = files === undefined || files.some(path => path.startsWith('charts/'));
  if (all && rolledOut.length > 0) return { environments: candidates, notes };
  const direct = candidates.filter(name => files?.some(path => path.startsWith(`environments/${name}/`)));
  if (all) {
    const what = files === undefined ? 'which files changed is not known' : 'a chart changed';
    notes.push(`${what}, and it is not said which environments are rolled out: set the variable ENVIRONMENTS`);
  }
  return { environments: direct, notes };
}
