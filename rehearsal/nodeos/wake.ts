// A timer for a moment of the wall clock. It never fires early: a block stamped a slot too low would be the same slot again.

export function wakeAt(atMs: number, task: () => void): () => void {
  let timer = setTimeout(check, waitMs(atMs));
  function check(): void {
    if (Date.now() >= atMs) task();
    else timer = setTimeout(check, waitMs(atMs));
  }
  return () => clearTimeout(timer);
}

/** At most a minute at once, so that a clock that is set anew is noticed. */
function waitMs(atMs: number): number {
  return Math.min(60_000, Math.max(0, Math.ceil(atMs - Date.now())));
}
