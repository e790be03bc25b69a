// Says what changed about this node and its surroundings that is no decision of the machine, yet explains its decisions.

import type { Notice } from '#core/failover/requests.ts';
import type { Presence } from '#core/failover/status.ts';
import type { Journal } from './journal.ts';

export interface Surroundings {
  presence: Pick<Presence, 'eligible' | 'why' | 'draining'>;
  etcd: { reachable: boolean; detail: string };
  maintenance: Notice | undefined;
}

/** To be called again and again; the first call says nothing. */
export function sayChanges(journal: Pick<Journal, 'say'>): (now: Surroundings) => void {
  let before: Surroundings | undefined;
  return now => {
    const was = before;
    before = now;
    if (was === undefined) return;
    const { presence, etcd, maintenance } = now;
    if (was.etcd.reachable !== etcd.reachable)
      journal.say(etcd.reachable ? 'etcd answers' : 'etcd is silent', etcd.detail);
    if (was.presence.draining !== presence.draining)
      journal.say(presence.draining ? 'draining' : 'no longer draining', 'this node shall leave signing to others');
    if (was.presence.eligible !== presence.eligible)
      journal.say(
        presence.eligible ? 'eligible' : 'not eligible',
        presence.eligible ? 'this node may take over' : presence.why.join('; '),
      );
    if (was.maintenance?.atMs !== maintenance?.atMs)
      journal.say(
        maintenance === undefined ? 'maintenance ends' : 'maintenance',
        maintenance === undefined ? 'standbys take over again' : `by ${maintenance.by}: ${maintenance.why}`,
      );
  };
}
