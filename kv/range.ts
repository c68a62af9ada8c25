import { type TextOrBytes, toBytes } from './text.ts';

/** The bounds that abstract-level hands to an iterator or a clear. */
export interface LevelRange {
  gt?: TextOrBytes;
  gte?: TextOrBytes;
  lt?: TextOrBytes;
  lte?: TextOrBytes;
}

/**
 * Half-open bounds for the engine: the key right after `k` is `k` with a zero byte behind it. Where both are given,
 * `gte` and `lte` win over `gt` and `lt`, as in classic-level.
 */
export function halfOpen(range: LevelRange): { gte?: Uint8Array; lt?: Uint8Array } {
  const [gt, gte, lt, lte] = [range.gt, range.gte, range.lt, range.lte].map((bound) => (bound === undefined ? undefined : toBytes(bound)));
  const from = gte ?? (gt && after(gt));
  const to = lte !== undefined ? after(lte) : lt;
  return { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) };
}

function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
