// Decides in which states a signature may be given, and one more slot be claimed ahead; whose claim it is, etcd alone says.

import type { State } from './state.ts';

/** nodeos may ask before its answer to our resume has come: all that a resume needs was so when it was asked for. */
export function maySignIn(state: State): boolean {
  return (
    state.kind === 'holding' ||
    (state.kind === 'resuming' && state.asked) ||
    (state.kind === 'handing' && state.phase !== 'giving')
  );
}

/** Whether this node goes on signing, as far as it knows. */
export function mayClaimAheadIn(state: State): boolean {
  return state.kind === 'holding' || (state.kind === 'handing' && state.phase === 'waiting');
}
