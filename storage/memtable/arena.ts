import { LithifyError } from '../../protocol/errors.ts';
import type { IndexState } from './ordered-index.ts';
import { type PointState, pointBytes } from './point-index.ts';

/**
 * A memtable's one buffer, from its beginning: a header (so that another thread can read the table), the point
 * index, the entries as they came in their groups, free space, and from the end downwards the ordered index's nodes.
 */
export interface ArenaState extends IndexState, PointState {
  /** Where the next entry goes. */
  used: number;
  /** Both 0 while there is no entry. */
  firstSequence: number;
  lastSequence: number;
}

export interface Arena {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly state: ArenaState;
}

const HEADER_WORDS = 32;
/** The point index's first word. */
export const POINT_TABLE = HEADER_WORDS;
const MAGIC = 0x4c4d5431;
/** References are positive 32-bit numbers. */
const MAX_BYTES = 2 ** 30;
const MIN_BYTES = 2048;

/** Where the entries of a memtable of this size begin. */
export function entriesStart(capacityBytes: number): number {
  return 4 * HEADER_WORDS + pointBytes(capacityBytes);
}

/** Shared between threads where the platform can; otherwise an ordinary buffer, which is copied on its way. */
export function createArena(number: number, capacityBytes: number): Arena {
  if (!Number.isInteger(capacityBytes) || capacityBytes < MIN_BYTES || capacityBytes > MAX_BYTES) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A memtable has ${MIN_BYTES} to ${MAX_BYTES} bytes, not ${capacityBytes}.`);
  }
  const size = capacityBytes - (capacityBytes % 8);
  const buffer = typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(size) : new SharedArrayBuffer(size);
  const arena = { number, bytes: new Uint8Array(buffer), words: new Int32Array(buffer), state: freshState(size) };
  publish(arena);
  return arena;
}

function freshState(size: number): ArenaState {
  return {
    ...{ entries: 0, top: size / 4, root: 0, depth: 0, skip: 0, sample: 0, firstLeaf: 0, lastLeaf: 0, keys: 0, complete: 1 },
    ...{ used: entriesStart(size), firstSequence: 0, lastSequence: 0 },
  };
}

const LOW = 2 ** 32;

/** Writes into the buffer what another thread needs beside it. */
export function publish(arena: Arena): void {
  const { state, words } = arena;
  words[0] = MAGIC;
  let at = 1;
  for (const value of [arena.number, state.firstSequence, state.lastSequence]) {
    words[at++] = (value % LOW) | 0;
    words[at++] = Math.floor(value / LOW);
  }
  words[7] = state.entries;
  words[8] = state.top;
  words[9] = state.root;
  words[10] = state.depth;
  words[11] = state.skip;
  words[12] = state.sample;
  words[13] = state.firstLeaf;
  words[14] = state.lastLeaf;
  words[15] = state.keys;
  words[16] = state.complete;
  words[17] = state.used;
}

/** The arena as it was last published. */
export function attachArena(buffer: ArrayBufferLike): Arena {
  const words = new Int32Array(buffer);
  if (words[0] !== MAGIC) throw new LithifyError('LITHIFY_INTERNAL', 'What was handed over as a memtable is none.');
  const wide = (at: number): number => (words[at] >>> 0) + words[at + 1] * LOW;
  const state: ArenaState = {
    ...{ firstSequence: wide(3), lastSequence: wide(5), entries: words[7], top: words[8], root: words[9], depth: words[10] },
    ...{ skip: words[11], sample: words[12], firstLeaf: words[13], lastLeaf: words[14], keys: words[15], complete: words[16] },
    used: words[17],
  };
  return { number: wide(1), bytes: new Uint8Array(buffer), words, state };
}
