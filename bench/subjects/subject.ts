/** Who is measured. `rocksdb` is its own program, `db_bench`; the others are libraries in a process of ours. */
export const SUBJECTS = ['lithify', 'classic-level', 'lmdb', 'rocksdb'] as const;
export type SubjectName = (typeof SUBJECTS)[number];
export const LIBRARIES = ['lithify', 'classic-level', 'lmdb'] as const;
export type LibraryName = (typeof LIBRARIES)[number];

/** What an acknowledged write survives. `fsync`: a power loss. `os`: the death of the process only. */
export type Durability = 'fsync' | 'os';

export type Pair = readonly [key: Uint8Array, value: Uint8Array];

export interface StoreOptions {
  readonly durability: Durability;
  /** Bytes; the same for all. */
  readonly cacheBytes: number;
  /** Entries of one run in the compaction workload, which wants each run to stay a run until it is measured. */
  readonly runEntries?: number;
}

/** One open store, used as its own documentation says, with bytes as keys and values. */
export interface Store {
  put(key: Uint8Array, value: Uint8Array): Promise<unknown>;
  /** All or nothing. */
  batch(pairs: readonly Pair[]): Promise<unknown>;
  /** What the library's usual read is; where that is synchronous there is no promise. */
  get(key: Uint8Array): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** Walks over everything, the fastest way that there is; how many entries it saw. */
  scan(): Promise<number>;
  /** The same with the library's plain loop, entry by entry. */
  loop(): Promise<number>;
  /** Ends a run: what was written until now stands by itself, if the library can do that. */
  endRun?(): Promise<void>;
  /** Merges everything; the library answers when that is done. Absent: it has no such thing. */
  compact?(): Promise<void>;
  /** Gives the space of what was merged back. Absent: compacting does. */
  collect?(): Promise<void>;
  close(): Promise<void>;
}
