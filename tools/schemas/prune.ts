// Cuts the OpenAPI documents of Kubernetes down to what checks the objects of charts: no prose, no paths, few kinds.

type Json = { [key: string]: unknown };

/** Definitions by their OpenAPI name, and the definition of each kind. */
export interface PrunedSchemas {
  /** Such as `1.36.3`. */
  kubernetes: string;
  /** Such as `apps/v1 StatefulSet`, with the name of its definition. */
  kinds: Record<string, string>;
  /** Kinds that Kubernetes knows and that nobody renders into a chart. */
  others: string[];
  definitions: Record<string, Json>;
}

/** What charts render, ours and those that people add beside them. */
const wanted = new Set(
  `ClusterRole ClusterRoleBinding ConfigMap CronJob DaemonSet Deployment HorizontalPodAutoscaler Ingress Job LimitRange Namespace
  NetworkPolicy PersistentVolumeClaim Pod PodDisruptionBudget PriorityClass ResourceQuota Role RoleBinding Secret Service
  ServiceAccount StatefulSet StorageClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding`.split(/\s+/),
);
const reference = '#/components/schemas/';

/** @param documents the files api/openapi-spec/v3/*.json of one version of Kubernetes */
export function pruneSchemas(kubernetes: string, documents: readonly unknown[]): PrunedSchemas {
  const all = new Map<string, Json>();
  for (const document of documents) {
    const { components } = document as { components?: { schemas?: Record<string, Json> } };
    for (const [name, schema] of Object.entries(components?.schemas ?? {})) all.set(name, schema);
  }
  const kinds: Record<string, string> = {};
  const others: string[] = [];
  for (const [name, schema] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Some definitions, such as those of options, stand for many kinds at once and are none themselves.
    const [only, ...rest] = (schema['x-kubernetes-group-version-kind'] ?? []) as Record<
      'group' | 'version' | 'kind',
      string
    >[];
    if (only === undefined || rest.length > 0 || only.kind.endsWith('List')) continue;
    const kind = `${only.group === '' ? '' : `${only.group}/`}${only.version} ${only.kind}`;
    if (wanted.has(only.kind) && /^v\d+$/.test(only.version)) kinds[kind] = name;
    else others.push(kind);
  }
  return { kubernetes, kinds, others, definitions: reach(Object.values(kinds), all) };
}

/** A line for each definition, so that a newer Kubernetes shows what it changed. */
export function renderSchemas({ kubernetes, kinds, others, definitions }: PrunedSchemas): string {
  const lines = (entries: object) =>
    Object.entries(entries)
      .map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`)
      .join(',\n');
  const head = `"kubernetes":${JSON.stringify(kubernetes)},\n"kinds":{\n${lines(kinds)}\n}`;
  return `{${head},\n"others":${JSON.stringify(others)},\n"definitions":{\n${lines(definitions)}\n}}\n`;
}

/** All definitions that these refer to, and they themselves. */
function reach(names: readonly string[], all: ReadonlyMap<string, Json>): Record<string, Json> {
  const found = new Map<string, Json>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    const schema = all.get(name);
    if (schema === undefined) throw new Error(`The OpenAPI documents refer to ${name} and do not define it.`);
    found.set(name, strict(schema));
    for (const [, next] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      queue.push(next ?? '');
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const understood = new Set(
  `type format enum required properties items additionalProperties allOf oneOf $ref default description`.split(' '),
);

/** The part of JSON Schema that core/manifest/check.ts understands. */
function strict(schema: Json): Json {
  const stranger = Object.keys(schema).find(key => !understood.has(key) && !key.startsWith('x-kubernetes-'));
  if (stranger !== undefined)
    throw new Error(`A definition has ${stranger}, which core/manifest/check.ts does not understand.`);
  const { $ref, type, format, required, properties, items, additionalProperties } = schema as Shape;
  if ($ref !== undefined) return { $ref: $ref.slice(reference.length) };
  // A reference is wrapped where it has a description or a default beside it.
  if (schema.allOf !== undefined) return strict((schema.allOf as Json[])[0] ?? {});
  if (schema.oneOf !== undefined) return { type: (schema.oneOf as Shape[]).map(each => each.type) };
  const fields = Object.entries(properties ?? {}).map(([name, each]) => [name, strict(each)]);
  return {
    ...(type === undefined ? {} : { type }),
    ...(format === undefined ? {} : { format }),
    ...(schema.enum === undefined ? {} : { enum: schema.enum }),
    ...(required === undefined ? {} : { required }),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: strict(additionalProperties) } : {}),
    ...(fields.length === 0 ? {} : { properties: Object.fromEntries(fields) }),
  };
}

interface Shape {
  $ref?: string;
  type?: string;
  format?: string;
  required?: string[];
  properties?: Record<string, Json>;
  items?: Json;
  additionalProperties?: Json | boolean;
}
