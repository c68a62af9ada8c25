import type { Durability } from './subject.ts';

/** What is appended; the offset is the store's to give. */
export interface LogEntry {
  /** u64. */
  readonly key: bigint;
  readonly value: Uint8Array;
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
}

export interface LogOptions {
  readonly durability: Durability;
  /** Bytes; the same for all. */
  readonly cacheBytes: number;
}

/**
 * An append-only log. No other store for Node offers one, so elsewhere it is what one would write by hand: the value under
 * an ascending number, without the record's key, headers and time, which makes the others' work a little less.
 */
export interface LogStore {
  /** Acknowledged as the durability says. */
  append(entry: LogEntry): Promise<unknown>;
  appendMany(entries: readonly LogEntry[]): Promise<unknown>;
  /** Everything is where it will stay: out of memory, and merged where the store merges. */
  settle(): Promise<void>;
  /** From the start to the end, the fastest way that there is; how many records it saw. */
  readAll(): Promise<number>;
  /** The same with the library's plain loop, record by record. */
  loop(): Promise<number>;
  /** Opens a reader at this number, reads so many records, and lets it go; how many there were. */
  readFrom(offset: number, count: number): Promise<number> | number;
  /** The same from the first record of this time on. Absent: there is no time but the number itself. */
  readFromTime?(ms: number, count: number): Promise<number>;
  close(): Promise<void>;
}

/** Offsets as keys that sort like the numbers: eight bytes, the highest first. */
export function offsetKey(offset: number): Uint8Array {
  const key = new Uint8Array(OFFSET_BYTES);
  let high = Math.floor(offset / 2 ** 32);
  let low = offset >>> 0;
  for (let i = 3; i >= 0; i--) {
    key[i] = high & 255;
    key[i + 4] = low & 255;
    high >>>= 8;
    low >>>= 8;
  }
  return key;
}

export const OFFSET_BYTES = 8;
