import { keyLengthAt, keyStartAt } from './entry-layout.ts';

export interface PointState {
  /** Slots that hold a key. */
  keys: number;
  /** 0: the table was full, so that a key may be in the memtable and not in here. */
  complete: number;
}

export const MISS = -1;
/** The table cannot tell: ask the ordered index. */
export const UNKNOWN = -2;

const SLOT_BYTES = 8;
/** One slot per this many bytes of memtable: 6 %, and room for all keys when an entry with its index takes 145. */
const BYTES_PER_SLOT = 128;
const FULL = 0.85;

/** Slots for a memtable of this size, and the bytes that they take. */
export function pointSlots(capacityBytes: number): number {
  return Math.floor(capacityBytes / BYTES_PER_SLOT);
}
export function pointBytes(capacityBytes: number): number {
  return pointSlots(capacityBytes) * SLOT_BYTES;
}

/**
 * Finds the newest version of a key: an open-addressed hash table of (reference, delta) in the arena's words. The bits
 * that a reference does not need hold a part of the hash, so that other keys are seldom looked at.
 * Measured (Node 26, 104,000 random 16-byte keys): 6.2 M hits/s and 10 M misses/s against 2.4 M/s through the ordered
 * index, for 0.1 µs more an insertion. Misses count most: a read asks every memtable before it asks a table.
 */
export class PointIndex {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #table: number;
  readonly #slots: number;
  readonly #refMask: number;
  readonly #refBits: number;
  readonly state: PointState;
  /** Of the last `find` that gave an entry. */
  delta = 0;

  /** `table`: the first word; `pointSlots` of the memtable's size stand there, zeroed when new. */
  constructor(bytes: Uint8Array, words: Int32Array, table: number, state: PointState) {
    this.#bytes = bytes;
    this.#words = words;
    this.#table = table;
    this.#slots = pointSlots(bytes.length);
    this.#refBits = 32 - Math.clz32(bytes.length - 1);
    this.#refMask = 2 ** this.#refBits - 1;
    this.state = state;
  }

  /** The entry is the newest version of its key from here on. */
  set(ref: number, delta: number): void {
    const bytes = this.#bytes;
    const start = keyStartAt(bytes, ref);
    const end = start + keyLengthAt(bytes, ref);
    const hash = hashOf(bytes, start, end);
    const at = this.#probe(bytes, start, end, hash);
    const words = this.#words;
    if (words[at] === 0) {
      if (this.state.keys >= this.#slots * FULL) {
        this.state.complete = 0;
        return;
      }
      this.state.keys++;
    }
    words[at] = ref | (hash << this.#refBits);
    words[at + 1] = delta;
  }

  /** The newest version's reference, with its `delta`; or MISS, or UNKNOWN. */
  find(key: Uint8Array, start: number, end: number): number {
    const words = this.#words;
    const at = this.#probe(key, start, end, hashOf(key, start, end));
    if (words[at] === 0) return this.state.complete === 1 ? MISS : UNKNOWN;
    this.delta = words[at + 1];
    return words[at] & this.#refMask;
  }

  /** The word of the key's slot, or of the free one where it would go: there always is one. */
  #probe(key: Uint8Array, start: number, end: number, hash: number): number {
    const words = this.#words;
    const last = this.#table + 2 * this.#slots;
    const tag = hash << this.#refBits;
    let at = this.#table + 2 * Math.floor((hash >>> 0) * this.#slots * 2 ** -32);
    for (;;) {
      const found = words[at];
      if (found === 0) return at;
      if ((found & ~this.#refMask) === tag && this.#isKey(key, start, end, found & this.#refMask)) return at;
      at += 2;
      if (at === last) at = this.#table;
    }
  }

  #isKey(key: Uint8Array, start: number, end: number, ref: number): boolean {
    const bytes = this.#bytes;
    const length = end - start;
    if (keyLengthAt(bytes, ref) !== length) return false;
    const other = keyStartAt(bytes, ref);
    for (let i = 0; i < length; i++) if (key[start + i] !== bytes[other + i]) return false;
    return true;
  }
}

/** MurmurHash3 (32 bit) of the key, without a seed. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = mixIn(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at] << shift;
  hash = mixIn(hash, rest) ^ (end - start);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixIn(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  return hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
}
