// Decides which changes mean nothing by themselves.

import type { Step } from './path.ts';

const labelsOfCharts = ['helm.sh/chart', 'app.kubernetes.io/version'];

/** In an object's own labels only: in those of a pod's template they restart the pod, and in a selector they break it. */
export function isLabelOfChart(steps: readonly Step[]): boolean {
  const [first, second, third] = steps.map(fieldOf);
  return first === 'metadata' && second === 'labels' && labelsOfCharts.includes(third ?? '');
}

/** An annotation such as `checksum/config`, which restarts pods when what they read changes. */
export function isChecksum(steps: readonly Step[]): boolean {
  const [annotations, name] = steps.slice(-2).map(fieldOf);
  return annotations === 'annotations' && name?.startsWith('checksum/') === true;
}

function fieldOf(step: Step): string | undefined {
  return 'field' in step ? step.field : undefined;
}
