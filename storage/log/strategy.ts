import type { LogRecord, Offset } from '../../protocol/log.ts';

/**
 * Decides, for each key of a topic, the earliest offset that is kept. Fed with a topic's records in offset order.
 * (Source: the trait CompactionStrategy of the seed `log-compactor.rs`, same meaning.)
 */
export interface Strategy<S = unknown, K extends bigint | string = bigint | string> {
  /** Default: the record's key. undefined: the record is left alone, it is neither reduced nor dropped. */
  key?(record: LogRecord): K | undefined;
  /** The state of one pass; a promise where a secret must be fetched first. */
  init(): S | Promise<S>;
  /** true: there is no room for this key (MaxKeysReached); another pass begins at the first such record. */
  reduce(state: S, key: K, record: LogRecord): boolean;
  /** A record is kept if its key is absent from the map or its offset is at least the key's. */
  collect(state: S): ReadonlyMap<K, Offset>;
  /**
   * Says that its key is deleted. Goes, after a delay, in a pass that leaves nothing older of its key: when its offset is
   * what `collect` gives as its key's smallest.
   */
  tombstone?(record: LogRecord): boolean;
  /**
   * Called after `init` in every pass but a run's first, which has not seen older records of some keys. A strategy that
   * is made of others passes it on: without it `nth` would drop what it should keep.
   */
  laterPass?(state: S): void;
}

/** A strategy in a module, loaded by the thread that does the work: its functions run off the main thread. */
export interface StrategyModule {
  /** URL of an ES module, such as `import.meta.resolve('./strategy.js')`. */
  readonly module: string | URL;
  /** Name of the export, a Strategy or a function that makes one. Default: 'default'. */
  readonly export?: string;
}

/** What a job is told. All but 'object' can cross threads. */
export type StrategySpec =
  | { readonly kind: 'key'; readonly maxKeys: number; readonly emptyIsTombstone?: boolean }
  | { readonly kind: 'nth'; readonly maxKeys: number; readonly n: number; readonly emptyIsTombstone?: boolean }
  | { readonly kind: 'module'; readonly module: string; readonly export: string }
  | { readonly kind: 'object'; readonly strategy: Strategy };
