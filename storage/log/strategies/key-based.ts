import type { LogRecord, Offset } from '../../../protocol/log.ts';
import type { StrategySpec } from '../strategy.ts';
import type { BuiltInStrategy } from './built-in-strategy.ts';
import { type RetentionFunctions, type RetentionOptions, retentionFunctions, wholeFromOne } from './retention-options.ts';

export interface KeyBasedState {
  readonly offsets: Map<bigint | string, Offset>;
  readonly maxKeys: number;
}

/**
 * Keeps the newest record of each key: the log becomes a key-value store. (Source: KeyBasedRetention of the seed.)
 * `maxKeys`: distinct keys in memory at once; with more, a compaction takes several passes. A worker holds 40 million in
 * a GiB. LITHIFY_INVALID_ARGUMENT: maxKeys is not a whole number from 1, or an option is not what it must be.
 */
export function keyBasedRetention(maxKeys: number, options: RetentionOptions = {}): BuiltInStrategy<KeyBasedState> {
  const name = 'keyBasedRetention';
  return new KeyBased(wholeFromOne(name, 'maxKeys', maxKeys), retentionFunctions(name, options));
}

export class KeyBased implements BuiltInStrategy<KeyBasedState> {
  readonly #maxKeys: number;
  readonly #functions: RetentionFunctions;
  readonly tombstone?: (record: LogRecord) => boolean;

  constructor(maxKeys: number, functions: RetentionFunctions) {
    this.#maxKeys = maxKeys;
    this.#functions = functions;
    if (functions.tombstone !== undefined) this.tombstone = functions.tombstone;
  }

  get spec(): StrategySpec | undefined {
    const { isPlain, emptyIsTombstone } = this.#functions;
    return isPlain ? { kind: 'key', maxKeys: this.#maxKeys, emptyIsTombstone } : undefined;
  }

  /** What is enough to analyze records with: no function has a say in it. */
  get analysis(): Extract<StrategySpec, { kind: 'key' }> | undefined {
    return this.hasPlainKey ? { kind: 'key', maxKeys: this.#maxKeys } : undefined;
  }

  get hasPlainKey(): boolean {
    return this.#functions.hasPlainKey;
  }

  key(record: LogRecord): bigint | string | undefined {
    return this.#functions.key(record);
  }

  init(): KeyBasedState {
    return { offsets: new Map(), maxKeys: this.#maxKeys };
  }

  reduce({ offsets, maxKeys }: KeyBasedState, key: bigint | string, record: LogRecord): boolean {
    if (offsets.size >= maxKeys && !offsets.has(key)) return true;
    offsets.set(key, record.offset);
    return false;
  }

  collect(state: KeyBasedState): ReadonlyMap<bigint | string, Offset> {
    return state.offsets;
  }
}
