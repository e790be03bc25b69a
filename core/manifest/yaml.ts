// Reads one YAML document as Kubernetes would: `yes` is a boolean, 010 is eight, a repeated key is an error.

import { boolYaml11Tag, CORE_SCHEMA, intCoreTag, intYaml11Tag, load, mergeTag, YAMLException } from 'js-yaml';

export type ReadYaml = { value: unknown; problem?: undefined } | { value?: undefined; problem: string };

// Kubernetes and helm read plain scalars with go-yaml 2: the words of YAML 1.1, but no base 60 and no dates.
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, mergeTag, {
  ...intYaml11Tag,
  resolve: (source, isExplicit, tagName) =>
    (source.includes(':') ? intCoreTag : intYaml11Tag).resolve(source, isExplicit, tagName),
});

/** The document's value, or why it cannot be read. Aliases are shared, not copied: who walks it must count. */
export function readYaml(text: string): ReadYaml {
  try {
    return { value: load(text, { schema, maxDepth: 100 }) };
  } catch (error) {
    // js-yaml asks to catch everything: hostile text reaches corners that its authors did not name.
    return { problem: error instanceof YAMLException ? describe(error) : `it cannot be read: ${String(error)}` };
  }
}

function describe({ reason, mark }: YAMLException): string {
  return mark === undefined ? reason : `${reason} (line ${mark.line + 1}, column ${mark.column + 1})`;
}
