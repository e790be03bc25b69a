// Tells a monitor's answer to GET /status from anything else.

import type { MonitorStatus } from '#core/failover/status.ts';

/** A monitor of another version may say more or less; what the gates read must be there. */
export function isMonitorStatus(value: unknown): value is MonitorStatus {
  if (typeof value !== 'object' || value === null) return false;
  const { role, nodes, nodeos, etcd, wallMs } = value as Partial<Record<keyof MonitorStatus, unknown>>;
  const isObject = (each: unknown) => typeof each === 'object' && each !== null;
  return (
    typeof role === 'string' &&
    typeof wallMs === 'number' &&
    Array.isArray(nodes) &&
    nodes.every(each => isObject(each) && isObject((each as { nodeos?: unknown }).nodeos)) &&
    isObject(nodeos) &&
    isObject(etcd)
  );
}
