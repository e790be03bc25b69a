// Opens the place that a command works on. Kubernetes' client is loaded only where it is needed: a pod does without.

import { openPod } from '#operations/pod.ts';
import type { Crew, Fleet } from '#operations/ports.ts';
import type { Place } from './command.ts';

export async function openPlace(place: Place): Promise<Crew | Fleet> {
  if (place.kind === 'pod') return await openPod(place.configFile);
  const { openFleet } = await import('#operations/fleet.ts');
  return await openFleet(place.access);
}
