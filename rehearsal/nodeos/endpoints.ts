// Gathers the endpoints of all APIs, and says which there are.

import type { Endpoint, HttpSettings } from './api.ts';
import { chainEndpoints } from './api-chain.ts';
import { netEndpoints } from './api-net.ts';
import { producerEndpoints } from './api-producer.ts';
import { standInEndpoints } from './api-stand-in.ts';
import type { StandIn } from './stand-in.ts';

export function endpointsOf(standIn: StandIn, settings: HttpSettings): Map<string, Endpoint> {
  const endpoints = new Map<string, Endpoint>([
    ...Object.entries(chainEndpoints(standIn, settings)),
    ...Object.entries(netEndpoints(standIn)),
    ...Object.entries(producerEndpoints(standIn, settings)),
  ]);
  const apis = [...endpoints.keys()].sort();
  endpoints.set('/v1/node/get_supported_apis', {
    thread: 'http',
    parameters: 'none',
    answer: () => ({ status: 200, value: { apis }, early: true }),
  });
  for (const [path, endpoint] of Object.entries(standInEndpoints(standIn))) endpoints.set(path, endpoint);
  return endpoints;
}
