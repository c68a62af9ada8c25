import type { WriteOperation } from '../actors/commit-queue.ts';
import type { IngestReport, RawPair } from '../actors/ingest.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { Cursor } from '../storage/merge/cursor.ts';
import type { Engine } from './engine.ts';

/** One moment of the store, held until it is released; releasing twice is fine. */
export interface Moment {
  readonly sequence: number;
  release(): void;
}

export interface ScanRange extends KeyRange {
  readonly reverse: boolean;
  readonly fillCache: boolean;
  /** Absent: now. */
  readonly at?: Moment;
}

/**
 * What a `Level` needs of the engine beneath it. Keys and values are bytes. Those to write are lent: they are copied
 * before the call returns. A key to read stays as it is. Found bytes are shared: copy them.
 */
export interface KvSource {
  get(key: Uint8Array, at?: Moment): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array, at?: Moment): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array, sync: boolean | undefined): Promise<void>;
  delete(key: Uint8Array, sync: boolean | undefined): Promise<void>;
  batch(operations: readonly WriteOperation[], sync: boolean | undefined): Promise<void>;
  /** Everything in the range in one entry of the log. */
  deleteRange(range: KeyRange, sync: boolean | undefined): Promise<void>;
  /** A fixed view from now on, or at a moment; give it back with `release`. */
  scan(range: ScanRange): { cursor: Cursor; release(): void };
  /** This moment, for reads later on. */
  snapshot(): Moment;
  /** Strictly ascending keys, straight into tables; visible all at once when it resolves, and nothing of it when it rejects. */
  ingest(pairs: AsyncIterable<RawPair>): Promise<IngestReport>;
  /** Bytes of tables, and of memtables, in the range; an estimate. */
  approximateSize(range: KeyRange): Promise<number>;
  /** Brings everything in the range into the last level. */
  compactRange(range: KeyRange): Promise<void>;
  /** What `getProperty` says; '' for what it does not know. */
  property(name: string): string;
  /** Resolves after the event loop has had a turn: answers from memory alone would never let it have one. */
  turn(): Promise<void>;
}

/** What can be closed when the engine beneath it closes. */
export interface Closable {
  close(): Promise<void>;
}

/** Where a `Level` lives. */
export interface Home {
  /** As it was given. */
  readonly location: string;
  /** Does what is written survive the process? */
  readonly isPermanent: boolean;
  /** undefined while there is none open. */
  readonly engine: Engine | undefined;
  /** Opens what has to be opened; `level` is closed when the engine closes before it. */
  open(options: Readonly<Record<string, unknown>>, level: Closable): Promise<KvSource>;
  /** Ends what the database owns; an engine that was open before stays open. */
  close(level: Closable): Promise<void>;
}
