import { compareBytes } from '../entry.ts';

/** Bytes that a double holds exactly. */
const BYTES = 6;

/** Where between two keys this one stands, 0 to 1, as if keys were numbers: what they begin with in common does not count. */
export function keyFraction(key: Uint8Array, min: Uint8Array, max: Uint8Array): number {
  if (compareBytes(key, min) <= 0) return 0;
  if (compareBytes(key, max) >= 0) return 1;
  let skip = 0;
  while (skip < min.length && min[skip] === max[skip]) skip++;
  const low = numberAt(min, skip);
  return (numberAt(key, skip) - low) / Math.max(1, numberAt(max, skip) - low);
}

function numberAt(key: Uint8Array, skip: number): number {
  let number = 0;
  for (let at = skip; at < skip + BYTES; at++) number = number * 256 + (key[at] ?? 0);
  return number;
}
