/**
 * What storage needs of LevelDB (or of its in-memory twin). Keys and values are bytes. Every write is synced and
 * atomic: what a later commit relies on must itself be on disk, because LevelDB does not sync a log that it rotated.
 */
export interface Database {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  write(puts: readonly DatabasePut[], deletes?: readonly Uint8Array[]): Promise<void>;
  /** Short-lived use only: an iterator held during `compactRange` strands space for good. Ascending. */
  keys(range: DatabaseRange): Promise<Uint8Array[]>;
  entries(range: DatabaseRange): Promise<DatabasePut[]>;
  /** Absent where there is nothing to compact. */
  readonly compactRange?: (start: Uint8Array, end: Uint8Array) => Promise<void>;
  /** Bytes that keys from `start` to `end` take in table files, dead ones included, what is only in the write buffer not. */
  readonly approximateSize?: (start: Uint8Array, end: Uint8Array) => Promise<number>;
  close(): Promise<void>;
}

export interface DatabasePut {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface DatabaseRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly limit?: number;
}

export interface DatabaseOptions {
  /** LevelDB may hold two of these at once. */
  readonly writeBufferBytes: number;
  /** Without it, LITHIFY_NOT_FOUND where there is none. */
  readonly createIfMissing: boolean;
}
