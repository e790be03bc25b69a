// Decides whether a StatefulSet of one runs its newest revision, from the facts Kubernetes gives.

/** What a StatefulSet says of its revisions. */
export interface StatefulSetFacts {
  generation: number;
  /** The generation its controller has seen; older means that the rest is stale. */
  observedGeneration: number;
  /** Revision its pods should have. */
  updateRevision: string;
  /** Images of the template's containers, native sidecars included. */
  images: string[];
}

/** What a pod says of itself. */
export interface PodFacts {
  uid: string;
  /** Its label controller-revision-hash. */
  revision: string;
  images: string[];
  ready: boolean;
  /** Since when it is ready, ms since the Unix epoch; null when it is not. */
  readySinceMs: number | null;
  deleting: boolean;
  phase: string;
  restarts: number;
  /** What keeps containers from running, such as `nodeos: ImagePullBackOff (…)`. */
  trouble: string[];
}

/** How far a StatefulSet of one has come. */
export type Workload =
  | { kind: 'absent' }
  /** On its way, or stuck on it: only time tells. */
  | { kind: 'updating'; why: string }
  | { kind: 'running'; readySinceMs: number };

/**
 * Ready alone proves nothing: an old pod is ready too, and an OnDelete StatefulSet counts it as healthy.
 * @param images what the rendered release says its containers run; a live object that was edited differs
 */
export function judgeWorkload(
  statefulSet: StatefulSetFacts | undefined,
  pod: PodFacts | undefined,
  images: readonly string[],
): Workload {
  if (statefulSet === undefined) return { kind: 'absent' };
  if (statefulSet.observedGeneration < statefulSet.generation) {
    return { kind: 'updating', why: 'the StatefulSet controller has not seen the change yet' };
  }
  if (pod === undefined) return { kind: 'updating', why: 'there is no pod' };
  if (pod.deleting) return { kind: 'updating', why: 'the old pod is stopping' };
  if (pod.revision !== statefulSet.updateRevision) {
    return { kind: 'updating', why: `the pod runs revision ${pod.revision}, not ${statefulSet.updateRevision}` };
  }
  const stray = pod.images.find(image => !images.includes(image));
  if (stray !== undefined) {
    return { kind: 'updating', why: `the pod runs the image ${stray}, which the release does not name` };
  }
  if (pod.readySinceMs === null) return { kind: 'updating', why: notReady(pod) };
  return { kind: 'running', readySinceMs: pod.readySinceMs };
}

/** Trouble that waiting rarely mends: Kubernetes itself retries with ever longer pauses. */
const stuckReasons =
  /: (ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|CrashLoopBackOff)\b/;

/** Why the pod will hardly become ready by itself; undefined when it still may. */
export function stuckReason(pod: PodFacts | undefined): string | undefined {
  return pod?.trouble.find(each => stuckReasons.test(each));
}

function notReady(pod: PodFacts): string {
  const restarts = pod.restarts > 0 ? `, ${pod.restarts} restarts` : '';
  const trouble = pod.trouble.length > 0 ? `: ${pod.trouble.join('; ')}` : '';
  return `the pod is not ready (${pod.phase}${restarts})${trouble}`;
}
