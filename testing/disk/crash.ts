import type { Random } from '../random.ts';

/**
 * `process`: the process is killed, and the system writes what it was given. `power`: what was not synced may be gone,
 * each thing by itself.
 */
export type CrashKind = 'process' | 'power';

/** How much of `unsynced` is there after the crash: all, none, or any part of it from its beginning. */
export function survives(unsynced: number, kind: CrashKind, random: Random): number {
  if (kind === 'process' || unsynced === 0) return unsynced;
  return random.pick([0, unsynced, random.below(unsynced + 1)]);
}
