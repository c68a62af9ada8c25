import {
  type AbstractBatchOperation,
  type AbstractDatabaseOptions,
  type AbstractIterator,
  type AbstractKeyIterator,
  AbstractLevel,
  type AbstractSnapshot,
  type AbstractValueIterator,
  type Transcoder,
} from 'abstract-level';
import type { WriteOperation } from '../actors/commit-queue.ts';
import type { IngestReport } from '../actors/ingest.ts';
import type { KeyRange } from '../storage/entry.ts';
import { clearByBatches } from './clear.ts';
import { Copies } from './copies.ts';
import { encodedPairs, type Pairs } from './encoded-pairs.ts';
import type { Engine } from './engine.ts';
import { LevelIterator, type LevelIteratorOptions } from './iterator.ts';
import { isEmpty, refuseLongKey } from './keys.ts';
import { notOpen, openingError } from './level-errors.ts';
import type * as Options from './level-options.ts';
import { halfOpen, type LevelRange } from './range.ts';
import { LevelSnapshot } from './snapshot.ts';
import type { Home, KvSource, Moment } from './source.ts';
import { type Format, fromBytes, Lent, type TextOrBytes, toBytes } from './text.ts';

/** abstract-level's own methods, with the options that they hand on. */
export interface Level<K, V> {
  open(): Promise<void>;
  open(options: Options.LevelOpenOptions): Promise<void>;
  get(key: K): Promise<V | undefined>;
  get<AK = K, AV = V>(key: AK, options: Options.GetOptions<AK, AV>): Promise<AV | undefined>;
  getSync(key: K): V | undefined;
  getSync<AK = K, AV = V>(key: AK, options: Options.GetOptions<AK, AV>): AV | undefined;
  getMany(keys: K[]): Promise<(V | undefined)[]>;
  getMany<AK = K, AV = V>(keys: AK[], options: Options.GetManyOptions<AK, AV>): Promise<(AV | undefined)[]>;
  has(key: K): Promise<boolean>;
  has<AK = K>(key: AK, options: Options.HasOptions<AK>): Promise<boolean>;
  hasMany(keys: K[]): Promise<boolean[]>;
  hasMany<AK = K>(keys: AK[], options: Options.HasManyOptions<AK>): Promise<boolean[]>;
  put(key: K, value: V): Promise<void>;
  put<AK = K, AV = V>(key: AK, value: AV, options: Options.PutOptions<AK, AV>): Promise<void>;
  del(key: K): Promise<void>;
  del<AK = K>(key: AK, options: Options.DelOptions<AK>): Promise<void>;
  clear(): Promise<void>;
  clear<AK = K>(options: Options.ClearOptions<AK>): Promise<void>;
  batch(operations: Options.BatchOperation<this, K, V>[]): Promise<void>;
  batch<AK = K, AV = V>(operations: Options.BatchOperation<this, AK, AV>[], options: Options.BatchOptions<AK, AV>): Promise<void>;
  batch(): Options.ChainedBatch<this, K, V>;
  iterator(): AbstractIterator<this, K, V>;
  iterator<AK = K, AV = V>(options: Options.IteratorOptions<AK, AV>): AbstractIterator<this, AK, AV>;
  keys(): AbstractKeyIterator<this, K>;
  keys<AK = K>(options: Options.KeyIteratorOptions<AK>): AbstractKeyIterator<this, AK>;
  values(): AbstractValueIterator<this, K, V>;
  values<AK = K, AV = V>(options: Options.ValueIteratorOptions<AK, AV>): AbstractValueIterator<this, AK, AV>;
}

/** The formats that abstract-level hands on, and what we may be asked for. */
interface ReadOptions {
  valueEncoding: Format;
  snapshot?: AbstractSnapshot | null;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * UTF-8 is dealt with here, not by abstract-level, so that text is encoded into and decoded out of bytes that are there
 * already. `getSync` is missing from abstract-level's own type.
 */
const MANIFEST = {
  encodings: { utf8: true, view: true },
  has: true,
  getSync: true,
  seek: true,
  implicitSnapshots: true,
  explicitSnapshots: true,
  createIfMissing: true,
  errorIfExists: true,
  additionalMethods: { approximateSize: true, compactRange: true, ingest: true },
  signals: { iterators: true },
};

/** Whoever gets here has got past abstract-level's own look at the status. */
const NOT_OPEN = {} as KvSource;

/**
 * An abstract-level database on an engine: the whole Level ecosystem works on it. Reads are at the moment of the call,
 * iterators at the moment of their creation; a write is acknowledged when it is as durable as the engine's
 * `durability` says, or its own `sync` option. The methods with an underscore are abstract-level's private API, which its
 * types do not declare.
 */
export class Level<K = string, V = string> extends AbstractLevel<TextOrBytes, K, V> {
  readonly #home: Home;
  readonly #lent = new Lent();
  readonly #copies = new Copies();
  #source: KvSource = NOT_OPEN;

  constructor(home: Home, options?: AbstractDatabaseOptions<K, V>) {
    super({ ...MANIFEST, permanence: home.isPermanent }, options);
    this.#home = home;
  }

  /** As it was given to the constructor. */
  get location(): string {
    return this.#home.location;
  }

  /** The engine beneath: compactors, topics, statistics. LEVEL_DATABASE_NOT_OPEN while the database is not open. */
  get engine(): Engine {
    const { engine } = this.#home;
    if (engine === undefined) throw notOpen('there is no engine before open() and after close()');
    return engine;
  }

  async _open(options: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      this.#source = await this.#home.open(options, this);
    } catch (error) {
      throw openingError(error);
    }
  }

  async _close(): Promise<void> {
    await this.#home.close(this);
    this.#source = NOT_OPEN;
  }

  // Not async, here and below: abstract-level awaits the answer, and a promise more costs what a get costs.
  _put(key: TextOrBytes, value: TextOrBytes, options: Options.WriteOptions): Promise<void> {
    this.#lent.begin();
    return this.#source.put(this.#lentKey(key), this.#lent.bytes(value), options.sync);
  }

  _del(key: TextOrBytes, options: Options.WriteOptions): Promise<void> {
    this.#lent.begin();
    return this.#source.delete(this.#lentKey(key), options.sync);
  }

  /** The operations are copies that abstract-level made for this call. */
  _batch(operations: AbstractBatchOperation<this, TextOrBytes, TextOrBytes>[], options: Options.WriteOptions): Promise<void> {
    this.#lent.begin();
    for (const operation of operations) {
      operation.key = this.#lentKey(operation.key);
      if (operation.type === 'put') operation.value = this.#lent.bytes(operation.value);
    }
    return this.#source.batch(operations as WriteOperation[], options.sync);
  }

  _get(key: TextOrBytes, { valueEncoding, snapshot }: ReadOptions): MaybePromise<TextOrBytes | undefined> {
    const found = this.#source.get(toBytes(key), this.#at(snapshot));
    return found instanceof Promise ? found.then((later) => this.#given(later, valueEncoding)) : this.#given(found, valueEncoding);
  }

  _getSync(key: TextOrBytes, { valueEncoding, snapshot }: ReadOptions): TextOrBytes | undefined {
    return this.#given(this.#source.getSync(toBytes(key), this.#at(snapshot)), valueEncoding);
  }

  /** All at one moment: each look begins before this returns. */
  _getMany(keys: TextOrBytes[], options: ReadOptions): Promise<(TextOrBytes | undefined)[]> {
    return Promise.all(keys.map((key) => this._get(key, options)));
  }

  async _has(key: TextOrBytes, { snapshot }: ReadOptions): Promise<boolean> {
    return (await this.#source.get(toBytes(key), this.#at(snapshot))) !== undefined;
  }

  async _hasMany(keys: TextOrBytes[], options: ReadOptions): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this._has(key, options)));
  }

  _snapshot(options: { owner: object }): LevelSnapshot {
    return new LevelSnapshot(this.#source, this.#source.snapshot(), options);
  }

  _iterator(options: LevelIteratorOptions): LevelIterator<K, V> {
    const source = this.#source;
    return new LevelIterator(this, options, {
      at: this.#at(options.snapshot),
      open: (range) => source.scan(range),
      copies: this.#copies,
      turn: () => source.turn(),
    });
  }

  /** A range in one entry of the log, all or nothing; what was limited, or seen by a snapshot, in batches of deletes. */
  async _clear(
    options: LevelRange & Options.WriteOptions & { reverse: boolean; limit: number } & Pick<ReadOptions, 'snapshot'>,
  ): Promise<void> {
    const { reverse, limit, sync, snapshot } = options;
    const range = halfOpen(options);
    const at = this.#at(snapshot);
    if (at === undefined && limit < 0) await this.#source.deleteRange(range, sync);
    else await clearByBatches(this.#source, { ...range, reverse, ...(at && { at }) }, limit, sync);
  }

  /**
   * About how many bytes the entries from `start` to before `end` take, on disk and in memory: tables by their blocks,
   * memtables by the place of the bounds among their keys.
   */
  approximateSize(start: K, end: K): Promise<number>;
  approximateSize<AK = K>(start: AK, end: AK, options: Options.StartEndOptions<AK>): Promise<number>;
  async approximateSize(...given: [start: unknown, end: unknown, options?: unknown]): Promise<number> {
    return this.#withRange('approximateSize', given, (range) => (isEmpty(range) ? 0 : this.#source.approximateSize(range)));
  }

  /** Brings everything from `start` to before `end` into the last level, and drops what nobody can read any more. */
  compactRange(start: K, end: K): Promise<void>;
  compactRange<AK = K>(start: AK, end: AK, options: Options.StartEndOptions<AK>): Promise<void>;
  async compactRange(...given: [start: unknown, end: unknown, options?: unknown]): Promise<void> {
    await this.#withRange('compactRange', given, (range) => (isEmpty(range) ? undefined : this.#source.compactRange(range)));
  }

  /**
   * classic-level's 'leveldb.num-files-at-level<N>' (0: flushed memtables), 'leveldb.stats', 'leveldb.sstables' and
   * 'leveldb.approximate-memory-usage', told of this store; '' for others. LEVEL_DATABASE_NOT_OPEN unless it is open.
   */
  getProperty(property: string): string {
    if (typeof property !== 'string') throw new TypeError("The first argument 'property' must be a string");
    if (this.status !== 'open') throw notOpen('cannot call getProperty()');
    return this.#source.property(property);
  }

  /**
   * Loads entries whose keys ascend strictly, by their bytes, straight into tables: several times less is written
   * than by puts (docs/benchmarks.md). All of it is visible when it resolves, and nothing when it rejects; what was there under the same keys is
   * replaced. Runs no prewrite hooks and emits no 'write' event.
   */
  async ingest<AK = K, AV = V>(pairs: Pairs<AK, AV>, options: Options.IngestOptions<AK, AV> = {}): Promise<IngestReport> {
    if (this.status === 'opening') return this.deferAsync(() => this.ingest(pairs, options));
    if (this.status !== 'open') throw notOpen('cannot call ingest()');
    // Both are what the encoding's own type says; abstract-level's declares each kind of encoding apart.
    const keys = this.keyEncoding(options.keyEncoding as 'utf8') as unknown as Transcoder.Encoding<AK, TextOrBytes, AK>;
    const values = this.valueEncoding(options.valueEncoding as 'utf8') as unknown as Transcoder.Encoding<AV, TextOrBytes, AV>;
    return this.#source.ingest(encodedPairs(pairs, keys, values));
  }

  async #withRange<T>(
    method: string,
    given: readonly [start: unknown, end: unknown, options?: unknown],
    run: (range: Required<KeyRange>) => MaybePromise<T>,
  ): Promise<T> {
    if (given.length < 2) throw new TypeError("The arguments 'start' and 'end' are required");
    if (this.status === 'opening') return this.deferAsync(() => this.#withRange(method, given, run));
    if (this.status !== 'open') throw notOpen(`cannot call ${method}()`);
    const [start, end, options] = given;
    const named = typeof options === 'object' && options !== null ? (options as { keyEncoding?: 'utf8' }).keyEncoding : undefined;
    const encoding = this.keyEncoding(named as 'utf8');
    return run({ gte: toBytes(encoding.encode(start as string)), lt: toBytes(encoding.encode(end as string)) });
  }

  #at(snapshot: AbstractSnapshot | null | undefined): Moment | undefined {
    return snapshot === undefined || snapshot === null ? undefined : LevelSnapshot.momentOf(snapshot, this.#source);
  }

  #lentKey(given: TextOrBytes): Uint8Array {
    const key = this.#lent.bytes(given);
    refuseLongKey(key);
    return key;
  }

  /** Found bytes are shared with every other reader. */
  #given(found: Uint8Array | undefined, format: Format): TextOrBytes | undefined {
    if (found === undefined) return undefined;
    return format === 'utf8' ? fromBytes(found, 0, found.length) : this.#copies.of(found, 0, found.length);
  }
}
