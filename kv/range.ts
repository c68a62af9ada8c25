/** The bounds that abstract-level hands to an iterator or a clear, as bytes. */
export interface LevelRange {
  gt?: Uint8Array;
  gte?: Uint8Array;
  lt?: Uint8Array;
  lte?: Uint8Array;
}

/**
 * Half-open bounds for the engine: the key right after `k` is `k` with a zero byte behind it. Where both are given,
 * `gte` and `lte` win over `gt` and `lt`, as in classic-level.
 */
export function halfOpen(range: LevelRange): { gte?: Uint8Array; lt?: Uint8Array } {
  const gte = range.gte ?? (range.gt && after(range.gt));
  const lt = range.lte !== undefined ? after(range.lte) : range.lt;
  return { ...(gte !== undefined && { gte }), ...(lt !== undefined && { lt }) };
}

function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
