// Compares what Helm has deployed with what the repository asks for.

import { loadAll } from 'js-yaml';

/** A release as Helm keeps it. */
export interface DeployedRelease {
  revision: number;
  /** Helm's word: deployed, failed, pending-upgrade, … */
  status: string;
  manifest: string;
  /** What the one who deployed it wrote; ours names the rollout. */
  description: string;
}

/** One entry of a release's history. */
export interface ReleaseRevision {
  revision: number;
  status: string;
}

export type ReleaseState = 'missing' | 'outdated' | 'current';

/** A release that is not `deployed` may have applied half of its manifest, so that its text proves nothing. */
export function releaseState(deployed: DeployedRelease | undefined, rendered: string): ReleaseState {
  if (deployed === undefined || deployed.status === 'uninstalled') return 'missing';
  if (deployed.status !== 'deployed') return 'outdated';
  return sameManifest(deployed.manifest, rendered) ? 'current' : 'outdated';
}

/** Whether two rendered manifests ask for the same objects, in whatever order. */
export function sameManifest(a: string, b: string): boolean {
  return normalManifest(a) === normalManifest(b);
}

function normalManifest(manifest: string): string {
  const documents = manifest
    .split(/^---.*$/m)
    .map(each => each.split('\n').filter(isContent).join('\n'))
    .filter(each => each !== '');
  return documents.toSorted().join('\n---\n');
}

/** Helm puts `# Source:` above each document. Other comments may be text inside a block, and stay. */
function isContent(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('# Source:');
}

/** Images that the containers of the manifest's workloads run, native sidecars included, each once. */
export function imagesOf(manifest: string): string[] {
  const images = loadAll(manifest).flatMap(document => {
    const pod = mapping(mapping(mapping(mapping(document).spec).template).spec);
    return [pod.initContainers, pod.containers]
      .flatMap(list => (Array.isArray(list) ? list : []))
      .map(each => mapping(each).image);
  });
  return [...new Set(images.filter(image => typeof image === 'string'))];
}

function mapping(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The revision to go back to: the newest before the present one that was once deployed. */
export function rollbackTarget(history: readonly ReleaseRevision[]): number | undefined {
  const present = Math.max(...history.map(each => each.revision));
  const good = history.filter(
    ({ revision, status }) => revision < present && (status === 'superseded' || status === 'deployed'),
  );
  return good.length === 0 ? undefined : Math.max(...good.map(each => each.revision));
}

/** What we write into a release's description, so that a later run knows which nodes a rollout has reached. */
export function rolloutDescription(rolloutId: string): string {
  return `rollout ${rolloutId}`;
}
