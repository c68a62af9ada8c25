import { type AbstractBatchOperation, type AbstractDatabaseOptions, AbstractLevel } from 'abstract-level';
import type { WriteOperation } from '../actors/commit-queue.ts';
import { LithifyError } from '../protocol/errors.ts';
import { MAX_KEY_BYTES } from '../storage/entry.ts';
import { next } from '../storage/merge/cursor.ts';
import { LevelIterator, type LevelIteratorOptions } from './iterator.ts';
import { halfOpen, type LevelRange } from './range.ts';
import type { KvSource } from './source.ts';

interface WriteOptions {
  sync?: boolean;
}

/** `getSync` is missing from abstract-level's own type, but not from the class. */
const MANIFEST = { encodings: { view: true }, has: true, getSync: true, seek: true, implicitSnapshots: true, permanence: true };

/** How many deletes `clear` writes at once. */
const CLEAR_BATCH = 1000;

/**
 * An abstract-level database on an engine: the whole Level ecosystem works on it. Reads are at the moment of the call,
 * iterators at the moment of their creation; a write is acknowledged when it is as durable as the engine's
 * `durability` says, or its own `sync` option. The methods with an underscore are abstract-level's private API, which its
 * types do not declare.
 */
export class Level<K = string, V = string> extends AbstractLevel<Uint8Array, K, V> {
  readonly #source: KvSource;

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

  async _put(key: Uint8Array, value: Uint8Array, options: WriteOptions): Promise<void> {
    refuseLongKey(key);
    return this.#source.put(key, value, options.sync);
  }

  async _del(key: Uint8Array, options: WriteOptions): Promise<void> {
    refuseLongKey(key);
    return this.#source.delete(key, options.sync);
  }

  async _batch(operations: AbstractBatchOperation<this, Uint8Array, Uint8Array>[], options: WriteOptions): Promise<void> {
    for (const operation of operations) refuseLongKey(operation.key);
    return this.#source.batch(operations, options.sync);
  }

  async _get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const found = this.#source.get(key);
    return copied(found instanceof Promise ? await found : found);
  }

  _getSync(key: Uint8Array): Uint8Array | undefined {
    return copied(this.#source.getSync(key));
  }

  async _getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this._get(key)));
  }

  async _has(key: Uint8Array): Promise<boolean> {
    return (await this.#source.get(key)) !== undefined;
  }

  async _hasMany(keys: Uint8Array[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this._has(key)));
  }

  _iterator(options: LevelIteratorOptions): LevelIterator<K, V> {
    return new LevelIterator(this, options, (range) => this.#source.scan(range));
  }

  /** Deletes what is there now, in batches: each is atomic, the whole is not. */
  async _clear(options: LevelRange & { reverse: boolean; limit: number } & WriteOptions): Promise<void> {
    const { cursor, release } = this.#source.scan({ ...halfOpen(options), reverse: options.reverse });
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
}

function copied(found: Uint8Array | undefined): Uint8Array | undefined {
  return found?.slice();
}

function refuseLongKey(key: Uint8Array): void {
  if (key.length <= MAX_KEY_BYTES) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A key of ${key.length} bytes is over the limit of ${MAX_KEY_BYTES}.`, {
    details: { bytes: key.length, limit: MAX_KEY_BYTES },
  });
}
