import type {
  AbstractBatchOperation,
  AbstractBatchOptions,
  AbstractChainedBatch,
  AbstractChainedBatchWriteOptions,
  AbstractClearOptions,
  AbstractDatabaseOptions,
  AbstractDelOptions,
  AbstractGetManyOptions,
  AbstractGetOptions,
  AbstractHasManyOptions,
  AbstractHasOptions,
  AbstractIteratorOptions,
  AbstractKeyIteratorOptions,
  AbstractOpenOptions,
  AbstractPutOptions,
  AbstractValueIteratorOptions,
  Transcoder,
} from 'abstract-level';
import type { OpenOptions } from '../protocol/options.ts';

/** Options by the names that classic-level has for them. */
export interface ClassicOptions {
  /** `cacheBytes`, by its name in classic-level. Bytes. */
  cacheSize?: number | undefined;
  /** `blockBytes`, by its name in classic-level. Bytes. */
  blockSize?: number | undefined;
  /** `memtableBytes`, by its name in classic-level; at most half of `memoryBytes`. Bytes. */
  writeBufferSize?: number | undefined;
  /** Without effect: what compresses well is always compressed. */
  compression?: boolean | undefined;
  /** Without effect. */
  maxOpenFiles?: number | undefined;
  /** Without effect; see `tableBytes`. */
  maxFileSize?: number | undefined;
  /** Without effect. */
  blockRestartInterval?: number | undefined;
  /** Without effect: a store is open once in a process. */
  multithreading?: boolean | undefined;
  /** Without effect: browser-level's. */
  prefix?: string | undefined;
  /** Without effect: browser-level's. */
  version?: number | string | undefined;
}

/** What `db.open()` takes: abstract-level's options, the engine's beside them, and classic-level's names for some of those. */
export interface LevelOpenOptions extends AbstractOpenOptions, Omit<OpenOptions, 'createIfMissing' | 'errorIfExists'>, ClassicOptions {}

/** What the constructor takes. */
export interface DatabaseOptions<K, V> extends AbstractDatabaseOptions<K, V>, Omit<LevelOpenOptions, 'passive'> {}

/** `sync` overrides the engine's `durability` for one write. */
export interface WriteOptions {
  /** true: it is acknowledged when it is on disk; false: when the operating system has it. Default: as `durability` says. */
  sync?: boolean | undefined;
}

/** For classic-level's sake; without effect: what a read takes from the store is always cached. */
export interface ReadOptions {
  /** Without effect. */
  fillCache?: boolean | undefined;
}

/** Beside those of abstract-level. */
export interface AdditionalIteratorOptions {
  /** Keep the blocks that are read in the block cache; as in classic-level, scans do not unless asked to. */
  fillCache?: boolean | undefined;
  /** For classic-level's sake; without effect: an iterator holds one block of every table that it reads. */
  highWaterMarkBytes?: number | undefined;
}

/** Of `get`. */
export interface GetOptions<K, V> extends AbstractGetOptions<K, V>, ReadOptions {}
/** Of `getMany`. */
export interface GetManyOptions<K, V> extends AbstractGetManyOptions<K, V>, ReadOptions {}
/** Of `has`. */
export interface HasOptions<K> extends AbstractHasOptions<K>, ReadOptions {}
/** Of `hasMany`. */
export interface HasManyOptions<K> extends AbstractHasManyOptions<K>, ReadOptions {}
/** Of `put`. */
export interface PutOptions<K, V> extends AbstractPutOptions<K, V>, WriteOptions {}
/** Of `del`. */
export interface DelOptions<K> extends AbstractDelOptions<K>, WriteOptions {}
/** Of `batch`. */
export interface BatchOptions<K, V> extends AbstractBatchOptions<K, V>, WriteOptions {}
/** Of `clear`. */
export interface ClearOptions<K> extends AbstractClearOptions<K>, WriteOptions {}
/** Of a chained batch's `write`. */
export interface ChainedBatchWriteOptions extends AbstractChainedBatchWriteOptions, WriteOptions {}

/** Of a chained batch; its `write` takes `sync` too. */
export interface ChainedBatch<TDatabase, K, V> extends AbstractChainedBatch<TDatabase, K, V> {
  /** Commits what was queued, all of it or nothing. */
  write(): Promise<void>;
  /** The same, with options for this one write. */
  write(options: ChainedBatchWriteOptions): Promise<void>;
}

export type BatchOperation<TDatabase, K, V> = AbstractBatchOperation<TDatabase, K, V>;
export type IteratorOptions<K, V> = AbstractIteratorOptions<K, V> & AdditionalIteratorOptions;
export type KeyIteratorOptions<K> = AbstractKeyIteratorOptions<K> & AdditionalIteratorOptions;
export type ValueIteratorOptions<K, V> = AbstractValueIteratorOptions<K, V> & AdditionalIteratorOptions;

/** Of `approximateSize` and `compactRange`. */
export interface StartEndOptions<K> {
  /** Encodes `start` and `end`. */
  keyEncoding?: string | Transcoder.PartialEncoder<K> | undefined;
}

/** Of `ingest`. */
export interface IngestOptions<K, V> {
  /** Of the keys. Default: the database's. */
  keyEncoding?: string | Transcoder.PartialEncoder<K> | undefined;
  /** Of the values. Default: the database's. */
  valueEncoding?: string | Transcoder.PartialEncoder<V> | undefined;
}
