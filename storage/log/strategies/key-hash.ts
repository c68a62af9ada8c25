/** 32 well-mixed bits of a u64 key: MurmurHash3 over its two words. The same on every machine and in every run. */
export function keyHash(low: number, high: number): number {
  let hash = mixIn(0, low);
  hash = mixIn(hash, high) ^ 8;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixIn(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** Slots filled at most to this share: a miss looks at 8.5 slots at most on average, a hit at 2.5. */
const LOAD = 0.75;

/** Slots for this many keys; at least one always stays free, which is what ends a search. */
export function slotsFor(keys: number): number {
  return Math.floor(keys / LOAD) + 2;
}

/** Where a key's search begins. Not a remainder, so any number of slots will do, and tables are as large as they must be. */
export function slotOf(hash: number, slots: number): number {
  return Math.floor((hash * slots) / 2 ** 32);
}
