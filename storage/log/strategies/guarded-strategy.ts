import type { LithifyError } from '../../../protocol/errors.ts';
import type { LogRecord, Offset } from '../../../protocol/log.ts';
import { type CompactionMap, compactionMapOf } from '../compaction-map.ts';
import type { Strategy } from '../strategy.ts';
import { KeyBased } from './key-based.ts';
import { NthKeyBased } from './nth-key-based.ts';
import type { StrategyCalls } from './strategy-calls.ts';
import { type StrategyPlace, strategyError } from './strategy-error.ts';

/** Entries to check between two turns at the event loop. */
const ENTRIES_AT_ONCE = 1024;

/**
 * A strategy of the user's, as jobs call it: whatever it throws, or answers that no strategy may answer, is a
 * LITHIFY_STRATEGY that names topic, partition and offset.
 */
export class GuardedStrategy {
  readonly #strategy: Strategy;
  readonly #place: StrategyPlace;
  /** Who watches. */
  readonly #calls: StrategyCalls | undefined;
  /** Must it be asked for a record's key? */
  readonly hasOwnKey: boolean;
  readonly hasTombstones: boolean;

  constructor(strategy: Strategy, place: StrategyPlace, calls?: StrategyCalls) {
    this.#strategy = strategy;
    this.#place = place;
    this.#calls = calls;
    const isBuiltIn = strategy instanceof KeyBased || strategy instanceof NthKeyBased;
    this.hasOwnKey = strategy.key !== undefined && !(isBuiltIn && strategy.hasPlainKey);
    this.hasTombstones = strategy.tombstone !== undefined;
  }

  /** The state of a pass. */
  async init(isLaterPass: boolean): Promise<unknown> {
    try {
      this.#calls?.enter('init');
      const state = await this.#strategy.init();
      this.#calls?.enter('laterPass');
      if (isLaterPass) this.#strategy.laterPass?.(state);
      return state;
    } catch (cause) {
      throw strategyError(this.#place, 'init failed', { cause });
    } finally {
      this.#calls?.leave();
    }
  }

  key(record: LogRecord): bigint | string | undefined {
    if (!this.hasOwnKey) return record.key;
    const key = this.#key(record);
    if (key === undefined || typeof key === 'bigint' || typeof key === 'string') return key;
    throw this.#answered('key', key, 'a bigint, a string or undefined', record.offset);
  }

  /** true: no room for this key. */
  reduce(state: unknown, key: bigint | string, record: LogRecord): boolean {
    const isFull = this.#reduce(state, key, record);
    if (typeof isFull === 'boolean') return isFull;
    throw this.#answered('reduce', isFull, 'true or false', record.offset);
  }

  tombstone(record: LogRecord): boolean {
    const isTombstone = this.#tombstone(record);
    if (typeof isTombstone === 'boolean') return isTombstone;
    throw this.#answered('tombstone', isTombstone, 'true or false', record.offset);
  }

  /** `turn`: in-process; what the strategy has collected may be large. */
  async collect(state: unknown, turn?: () => Promise<void> | undefined): Promise<CompactionMap> {
    try {
      // Until it is copied: a map of the user's own class may have iterators of their own.
      this.#calls?.enter('collect');
      const map = this.#collect(state);
      if (!(map instanceof Map)) throw this.#answered('collect', map, 'a Map of keys and offsets');
      await this.#checkEntries(map, turn);
      return await compactionMapOf(map, turn);
    } finally {
      this.#calls?.leave();
    }
  }

  async #checkEntries(map: ReadonlyMap<unknown, unknown>, turn?: () => Promise<void> | undefined): Promise<void> {
    let checked = 0;
    for (const [key, offset] of map) {
      this.#checkEntry(key, offset);
      const pause = ++checked % ENTRIES_AT_ONCE === 0 ? turn?.() : undefined;
      if (pause !== undefined) await pause;
    }
  }

  #checkEntry(key: unknown, offset: unknown): void {
    if (typeof key !== 'bigint' && typeof key !== 'string') throw this.#answered('collect', key, 'bigints or strings, as keys');
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0)
      throw this.#answered('collect', offset, `an offset for the key ${key}`);
  }

  #key(record: LogRecord): unknown {
    try {
      this.#calls?.enter('key', record.offset);
      return this.#strategy.key?.(record);
    } catch (cause) {
      throw strategyError(this.#place, 'key threw', { offset: record.offset, cause });
    } finally {
      this.#calls?.leave();
    }
  }

  #reduce(state: unknown, key: bigint | string, record: LogRecord): unknown {
    try {
      this.#calls?.enter('reduce', record.offset);
      return this.#strategy.reduce(state, key, record);
    } catch (cause) {
      throw strategyError(this.#place, 'reduce threw', { offset: record.offset, cause });
    } finally {
      this.#calls?.leave();
    }
  }

  #tombstone(record: LogRecord): unknown {
    try {
      this.#calls?.enter('tombstone', record.offset);
      return this.#strategy.tombstone === undefined ? false : this.#strategy.tombstone(record);
    } catch (cause) {
      throw strategyError(this.#place, 'tombstone threw', { offset: record.offset, cause });
    } finally {
      this.#calls?.leave();
    }
  }

  #collect(state: unknown): unknown {
    try {
      return this.#strategy.collect(state);
    } catch (cause) {
      throw strategyError(this.#place, 'collect threw', { cause });
    }
  }

  #answered(name: string, answer: unknown, wanted: string, offset?: Offset): LithifyError {
    const what = `${name} answered ${describe(answer)} where it must answer ${wanted}`;
    return strategyError(this.#place, what, offset === undefined ? {} : { offset });
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' || typeof value === 'function' ? `a ${typeof value}` : `${typeof value} ${String(value)}`;
}
