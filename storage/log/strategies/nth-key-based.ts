import type { LogRecord, Offset } from '../../../protocol/log.ts';
import type { StrategySpec } from '../strategy.ts';
import type { BuiltInStrategy } from './built-in-strategy.ts';
import { NewestOffsets } from './newest-offsets.ts';
import { type RetentionFunctions, type RetentionOptions, retentionFunctions, wholeFromOne } from './retention-options.ts';

export interface NthKeyBasedState {
  readonly queues: Map<bigint | string, NewestOffsets>;
  readonly maxKeys: number;
  readonly n: number;
  isLaterPass: boolean;
}

/**
 * Keeps the newest n records of each key. (Source: NthKeyBasedRetention of the seed; unlike there, it does so also when
 * a compaction takes several passes: a later pass has not seen a key's older records, and leaves a key alone of which it
 * saw fewer than n.) A tombstone hides what came before it: n counts from a key's newest tombstone on.
 * Inside a strategy of one's own, `laterPass` must be passed on to it; composedRetention does that.
 * `maxKeys`: distinct keys in memory at once. With n = 10 a worker holds 8 million in a GiB.
 * LITHIFY_INVALID_ARGUMENT: maxKeys or n is not a whole number from 1, or an option is not what it must be.
 */
export function nthKeyBasedRetention(maxKeys: number, n: number, options: RetentionOptions = {}): BuiltInStrategy<NthKeyBasedState> {
  const name = 'nthKeyBasedRetention';
  return new NthKeyBased(wholeFromOne(name, 'maxKeys', maxKeys), wholeFromOne(name, 'n', n), retentionFunctions(name, options));
}

export class NthKeyBased implements BuiltInStrategy<NthKeyBasedState> {
  readonly #maxKeys: number;
  readonly #n: number;
  readonly #functions: RetentionFunctions;
  readonly tombstone?: (record: LogRecord) => boolean;

  constructor(maxKeys: number, n: number, functions: RetentionFunctions) {
    this.#maxKeys = maxKeys;
    this.#n = n;
    this.#functions = functions;
    if (functions.tombstone !== undefined) this.tombstone = functions.tombstone;
  }

  get spec(): StrategySpec | undefined {
    const { isPlain, emptyIsTombstone } = this.#functions;
    return isPlain ? { kind: 'nth', maxKeys: this.#maxKeys, n: this.#n, emptyIsTombstone } : undefined;
  }

  get hasPlainKey(): boolean {
    return this.#functions.hasPlainKey;
  }

  key(record: LogRecord): bigint | string | undefined {
    return this.#functions.key(record);
  }

  init(): NthKeyBasedState {
    return { queues: new Map(), maxKeys: this.#maxKeys, n: this.#n, isLaterPass: false };
  }

  reduce(state: NthKeyBasedState, key: bigint | string, record: LogRecord): boolean {
    let queue = state.queues.get(key);
    if (queue === undefined) {
      if (state.queues.size >= state.maxKeys) return true;
      state.queues.set(key, (queue = new NewestOffsets(state.n)));
    }
    queue.push(record.offset, this.tombstone?.(record) ?? false);
    return false;
  }

  collect({ queues, isLaterPass }: NthKeyBasedState): ReadonlyMap<bigint | string, Offset> {
    const map = new Map<bigint | string, Offset>();
    for (const [key, queue] of queues) if (!isLaterPass || queue.isWhole) map.set(key, queue.oldest);
    return map;
  }

  laterPass(state: NthKeyBasedState): void {
    state.isLaterPass = true;
  }
}
