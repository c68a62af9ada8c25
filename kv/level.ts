import {
  type AbstractBatchOperation,
  type AbstractBatchOptions,
  type AbstractChainedBatch,
  type AbstractClearOptions,
  type AbstractDatabaseOptions,
  type AbstractDelOptions,
  AbstractLevel,
  type AbstractPutOptions,
} from 'abstract-level';
import type { WriteOperation } from '../actors/commit-queue.ts';
import { LithifyError } from '../protocol/errors.ts';
import { MAX_KEY_BYTES } from '../storage/entry.ts';
import { next } from '../storage/merge/cursor.ts';
import { Copies } from './copies.ts';
import { LevelIterator, type LevelIteratorOptions } from './iterator.ts';
import { halfOpen, type LevelRange } from './range.ts';
import type { KvSource } from './source.ts';
import { type Format, fromBytes, Lent, type TextOrBytes, toBytes } from './text.ts';

/** `sync` overrides the engine's `durability` for one write. */
export interface WriteOptions {
  sync?: boolean;
}

/** abstract-level's own methods, with the option that they hand on. */
export interface Level<K, V> {
  put(key: K, value: V): Promise<void>;
  put<AK = K, AV = V>(key: AK, value: AV, options: AbstractPutOptions<AK, AV> & WriteOptions): Promise<void>;
  del(key: K): Promise<void>;
  del<AK = K>(key: AK, options: AbstractDelOptions<AK> & WriteOptions): Promise<void>;
  clear(): Promise<void>;
  clear<AK = K>(options: AbstractClearOptions<AK> & WriteOptions): Promise<void>;
  batch(operations: AbstractBatchOperation<this, K, V>[]): Promise<void>;
  batch<AK = K, AV = V>(
    operations: AbstractBatchOperation<this, AK, AV>[],
    options: AbstractBatchOptions<AK, AV> & WriteOptions,
  ): Promise<void>;
  batch(): AbstractChainedBatch<this, K, V>;
}

interface ReadOptions {
  valueEncoding: Format;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * UTF-8 is dealt with here, not by abstract-level, so that text is encoded into and decoded out of bytes that are there
 * already. `getSync` is missing from abstract-level's own type, but not from the class.
 */
const MANIFEST = { encodings: { utf8: true, view: true }, has: true, getSync: true, seek: true, implicitSnapshots: true, permanence: true };

/** How many deletes `clear` writes at once. */
const CLEAR_BATCH = 1000;

/**
 * An abstract-level database on an engine: the whole Level ecosystem works on it. Reads are at the moment of the call,
 * iterators at the moment of their creation; a write is acknowledged when it is as durable as the engine's
 * `durability` says, or its own `sync` option. The methods with an underscore are abstract-level's private API, which its
 * types do not declare.
 */
export class Level<K = string, V = string> extends AbstractLevel<TextOrBytes, K, V> {
  readonly #source: KvSource;
  readonly #lent = new Lent();
  readonly #copies = new Copies();

  constructor(source: KvSource, options?: AbstractDatabaseOptions<K, V>) {
    super(MANIFEST, options);
    this.#source = source;
  }

  async _open(): Promise<void> {
    await this.#source.opened();
  }

  async _close(): Promise<void> {
    await this.#source.closed();
  }

  // Not async, here and below: abstract-level awaits the answer, and a promise more costs what a get costs.
  _put(key: TextOrBytes, value: TextOrBytes, options: WriteOptions): Promise<void> {
    this.#lent.begin();
    return this.#source.put(this.#lentKey(key), this.#lent.bytes(value), options.sync);
  }

  _del(key: TextOrBytes, options: WriteOptions): Promise<void> {
    this.#lent.begin();
    return this.#source.delete(this.#lentKey(key), options.sync);
  }

  /** The operations are copies that abstract-level made for this call. */
  _batch(operations: AbstractBatchOperation<this, TextOrBytes, TextOrBytes>[], options: WriteOptions): Promise<void> {
    this.#lent.begin();
    for (const operation of operations) {
      operation.key = this.#lentKey(operation.key);
      if (operation.type === 'put') operation.value = this.#lent.bytes(operation.value);
    }
    return this.#source.batch(operations as WriteOperation[], options.sync);
  }

  _get(key: TextOrBytes, { valueEncoding }: ReadOptions): MaybePromise<TextOrBytes | undefined> {
    const found = this.#source.get(toBytes(key));
    return found instanceof Promise ? found.then((later) => this.#given(later, valueEncoding)) : this.#given(found, valueEncoding);
  }

  _getSync(key: TextOrBytes, { valueEncoding }: ReadOptions): TextOrBytes | undefined {
    return this.#given(this.#source.getSync(toBytes(key)), valueEncoding);
  }

  _getMany(keys: TextOrBytes[], options: ReadOptions): Promise<(TextOrBytes | undefined)[]> {
    return Promise.all(keys.map((key) => this._get(key, options)));
  }

  async _has(key: TextOrBytes): Promise<boolean> {
    return (await this.#source.get(toBytes(key))) !== undefined;
  }

  async _hasMany(keys: TextOrBytes[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this._has(key)));
  }

  _iterator(options: LevelIteratorOptions): LevelIterator<K, V> {
    return new LevelIterator(this, options, {
      open: (range) => this.#source.scan(range),
      copies: this.#copies,
      turn: () => this.#source.turn(),
    });
  }

  /** Deletes what is there now, in batches: each is atomic, the whole is not. */
  async _clear(options: LevelRange & { reverse: boolean; limit: number } & WriteOptions): Promise<void> {
    const { cursor, release } = this.#source.scan({ ...halfOpen(options), reverse: options.reverse, fillCache: false });
    let left = options.limit < 0 ? Infinity : options.limit;
    try {
      while (left > 0) {
        const batch: WriteOperation[] = [];
        while (batch.length < Math.min(left, CLEAR_BATCH) && (await next(cursor))) {
          batch.push({ type: 'del', key: cursor.bytes.slice(cursor.keyStart, cursor.keyEnd) });
        }
        if (batch.length === 0) return;
        left -= batch.length;
        await this.#source.batch(batch, options.sync);
      }
    } finally {
      release();
    }
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

function refuseLongKey(key: Uint8Array): void {
  if (key.length <= MAX_KEY_BYTES) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A key of ${key.length} bytes is over the limit of ${MAX_KEY_BYTES}.`, {
    details: { bytes: key.length, limit: MAX_KEY_BYTES },
  });
}
