import { compareBytes, type KeyRange, MAX_KEY_BYTES } from '../entry.ts';

/** What a range delete names: from `start` to before `end` (absent: to the last key). */
export interface KeyBounds {
  readonly start: Uint8Array;
  readonly end?: Uint8Array;
}

/**
 * The same keys between bounds that are keys themselves: callers may bound a range by anything, but no key is longer than
 * MAX_KEY_BYTES. Without a lower bound it begins at the empty key, which is a key like others. undefined: no key is in it.
 */
export function keyBounds({ gte, lt }: KeyRange): KeyBounds | undefined {
  const start = gte === undefined ? FIRST : nextKey(gte);
  if (start === undefined) return undefined;
  const end = lt && nextKey(lt);
  if (end === undefined) return { start };
  return compareBytes(start, end) < 0 ? { start, end } : undefined;
}

const FIRST = new Uint8Array(0);

/** The first key that is not below the bound; undefined: all are. */
function nextKey(bound: Uint8Array): Uint8Array | undefined {
  if (bound.length <= MAX_KEY_BYTES) return bound;
  // No key goes on behind so many bytes: the next one differs in them.
  let length = MAX_KEY_BYTES;
  while (length > 0 && bound[length - 1] === 255) length--;
  if (length === 0) return undefined;
  const key = bound.slice(0, length);
  key[length - 1]++;
  return key;
}
