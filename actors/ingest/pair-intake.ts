import type { Runtime } from '../../protocol/runtime.ts';
import { PairCheck } from './pair-check.ts';
import type { TableFeed } from './table-feed.ts';

/** A pair of key and value bytes; they may be lent: they are copied before the next pair is asked for. */
export type RawPair = readonly [Uint8Array, Uint8Array];

interface PairIntakeParts {
  readonly feed: TableFeed;
  readonly maxPairBytes: number;
  readonly runtime: Pick<Runtime, 'clock' | 'turn'>;
  readonly signal: AbortSignal;
}

/** Pairs that are there already are all taken within one turn of the event loop, were it not for this. */
const TURN_EVERY_MS = 2;
const PAIRS_BETWEEN_LOOKS = 64;
const BYTES_BETWEEN_LOOKS = 64 * 1024;

/** Takes a caller's pairs, one after the other, as fast as tables can be written. */
export class PairIntake {
  readonly #parts: PairIntakeParts;
  readonly #check: PairCheck;
  #lastTurn: number;
  #pairs = 0;
  #bytes = 0;

  constructor(parts: PairIntakeParts) {
    this.#parts = parts;
    this.#check = new PairCheck(parts.maxPairBytes);
    this.#lastTurn = parts.runtime.clock.now();
  }

  /** Rejects with what the pairs throw, with LITHIFY_INVALID_ARGUMENT, and at once with the signal's reason: they may never answer. */
  async run(pairs: AsyncIterable<RawPair>): Promise<void> {
    const { signal } = this.#parts;
    const iterator = pairs[Symbol.asyncIterator]();
    const aborted = Promise.withResolvers<never>();
    const abort = () => {
      aborted.reject(signal.reason);
      void giveBack(iterator);
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#takeAll(iterator), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #takeAll(iterator: AsyncIterator<RawPair>): Promise<void> {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      try {
        // Awaited only where there is something to wait for: it is done for every pair.
        const wait = this.#take(next.value);
        if (wait !== undefined) await wait;
      } catch (error) {
        // As `for await` does; what it says then is not what went wrong.
        await giveBack(iterator);
        throw error;
      }
    }
  }

  #take(pair: RawPair): Promise<void> | undefined {
    const { feed, signal } = this.#parts;
    if (signal.aborted) throw signal.reason;
    this.#check.check(pair);
    const [key, value] = pair;
    this.#pairs++;
    this.#bytes += key.length + value.length;
    return feed.add(key, value) ?? this.#turn();
  }

  #turn(): Promise<void> | undefined {
    if (this.#pairs < PAIRS_BETWEEN_LOOKS && this.#bytes < BYTES_BETWEEN_LOOKS) return undefined;
    const { clock, turn } = this.#parts.runtime;
    this.#pairs = this.#bytes = 0;
    if (clock.now() - this.#lastTurn < TURN_EVERY_MS) return undefined;
    return turn().then(() => {
      this.#lastTurn = clock.now();
    });
  }
}

async function giveBack(iterator: AsyncIterator<RawPair>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The pairs are not wanted any more; neither is what their end says.
  }
}
