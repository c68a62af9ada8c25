import { LithifyError } from '../../protocol/errors.ts';
import type { LogRecord } from '../../protocol/log.ts';
import type { Runtime } from '../../protocol/runtime.ts';
import type { PartitionSource } from './partition-source.ts';
import { PartitionStream } from './partition-stream.ts';
import { type CommittedOffset, planSubscription, type SubscribeOptions, type SubscriptionPlan } from './subscribe-options.ts';
import { TailWait } from './tail-wait.ts';

/** What a subscription needs beside its partitions. */
export interface SubscriptionContext {
  readonly runtime: Pick<Runtime, 'clock' | 'keepAlive' | 'turn'>;
  readonly committed: CommittedOffset;
}

/** Throws LITHIFY_INVALID_ARGUMENT naming the option that is not sound; a partition that is given twice is read once. */
export function subscribe(sources: readonly PartitionSource[], options: SubscribeOptions, context: SubscriptionContext): Subscription {
  return new Subscription(planSubscription(sources, options, context.committed), context.runtime);
}

/** Who pulls what is there at once never lets the event loop turn. Milliseconds. */
const TURN_MS = 4;
/** A look at the clock costs as much as giving a record. */
const RECORDS_PER_LOOK = 8;
const NO_RECORDS: readonly LogRecord[] = [];

type Result = IteratorResult<LogRecord, undefined>;
const DONE: Result = { done: true, value: undefined };

/** One who was not answered at once. */
interface Pull {
  serve(): void;
  finish(): void;
  reject(error: unknown): void;
}

/**
 * Records as they are asked for: of each partition in order, without gap or duplicate, from history into the live tail;
 * partitions take turns by batches. One batch is held at most, and nothing is read ahead of demand. While a pull waits at
 * the end it holds the process (docs/decisions/0006): a `for await` on a live topic is somebody who waits.
 */
export class Subscription implements AsyncIterableIterator<LogRecord, undefined, undefined>, AsyncDisposable {
  readonly #runtime: SubscriptionContext['runtime'];
  readonly #streams: readonly PartitionStream[];
  readonly #idleTimeout: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#close(abortedBy(this.#signal));
  /** Whose batch is next. */
  #turnOf = 0;
  #batch = NO_RECORDS;
  /** What of the batch has been given. */
  #given = 0;
  /** Unanswered pulls from `#served` on, oldest first. */
  #pulls: Pull[] = [];
  #served = 0;
  #isPumping = false;
  #tail: TailWait | undefined;
  /** How it ended; undefined: it has not. */
  #outcome: { readonly error?: unknown } | undefined;
  #lastTurn: number;
  #sinceLook = 0;

  constructor({ starts, idleTimeout, signal }: SubscriptionPlan<PartitionSource>, runtime: SubscriptionContext['runtime']) {
    this.#runtime = runtime;
    this.#idleTimeout = idleTimeout;
    this.#signal = signal;
    this.#lastTurn = runtime.clock.now();
    this.#streams = starts.map(({ source, start }) => new PartitionStream(source, start, () => this.#tail?.wake()));
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /**
   * Calls that are not awaited are answered in order. Rejects with LITHIFY_ABORTED, LITHIFY_CLOSED, LITHIFY_NOT_FOUND (a
   * topic was dropped) or LITHIFY_CORRUPTION, and so do later calls: none of these is an end of the log.
   */
  next(): Promise<Result> {
    if (this.#isServable()) return Promise.resolve({ done: false, value: this.#batch[this.#given++] });
    return new Promise((resolve, reject) => {
      const serve = () => resolve({ done: false, value: this.#batch[this.#given++] });
      this.#pull({ serve, finish: () => resolve(DONE), reject });
    });
  }

  /** What is left of the batch, or the next one: of one partition, ascending, at least one record. undefined: the end. */
  nextBatch(): Promise<readonly LogRecord[] | undefined> {
    return new Promise((resolve, reject) => {
      this.#pull({ serve: () => resolve(this.#takeBatch()), finish: () => resolve(undefined), reject });
    });
  }

  /** The same by batches, for who has no use for a promise a record. */
  batches(): AsyncIterableIterator<readonly LogRecord[], undefined, undefined> {
    const iterator: AsyncIterableIterator<readonly LogRecord[], undefined, undefined> = {
      next: async () => {
        const value = await this.nextBatch();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: async () => {
        await this.return();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Ends it at once: pulls that wait are answered with the end, and nothing of it is left anywhere. */
  return(): Promise<Result> {
    this.#close();
    this.#outcome = {};
    return Promise.resolve(DONE);
  }

  throw(error: unknown): Promise<Result> {
    this.#close();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #isServable(): boolean {
    return this.#given < this.#batch.length && this.#served === this.#pulls.length && !this.#isTurnDue();
  }

  #isTurnDue(): boolean {
    if (++this.#sinceLook < RECORDS_PER_LOOK) return false;
    this.#sinceLook = 0;
    return this.#runtime.clock.now() - this.#lastTurn >= TURN_MS;
  }

  #takeBatch(): readonly LogRecord[] {
    const batch = this.#given === 0 ? this.#batch : this.#batch.slice(this.#given);
    this.#batch = NO_RECORDS;
    return batch;
  }

  #pull(pull: Pull): void {
    if (this.#outcome?.error !== undefined) pull.reject(this.#outcome.error);
    else if (this.#outcome !== undefined) pull.finish();
    else {
      this.#pulls.push(pull);
      if (!this.#isPumping) void this.#pump();
    }
  }

  /** Answers pulls one after the other as long as there are any. */
  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (this.#served < this.#pulls.length) {
        await this.#takeTurnIfDue();
        if (this.#given >= this.#batch.length && !(await this.#fetch())) this.#close();
        else this.#pulls[this.#served++]?.serve();
      }
      this.#pulls = [];
      this.#served = 0;
    } catch (error) {
      this.#close(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #takeTurnIfDue(): Promise<void> {
    if (this.#runtime.clock.now() - this.#lastTurn < TURN_MS) return;
    await this.#runtime.turn();
    this.#lastTurn = this.#runtime.clock.now();
  }

  /** Gets a batch, however long it takes; false: there will be none. */
  async #fetch(): Promise<boolean> {
    // Records that were given are not held while others are waited for.
    this.#batch = NO_RECORDS;
    this.#given = 0;
    const tail = new TailWait(this.#runtime, this.#idleTimeout);
    this.#tail = tail;
    try {
      while (this.#outcome === undefined) {
        if (await this.#readNext()) return true;
        if (!(await this.#waitForMore(tail))) return false;
      }
      return false;
    } finally {
      tail.end();
    }
  }

  /** The first batch of those who have one, beginning with the one whose turn it is. */
  async #readNext(): Promise<boolean> {
    for (let asked = 0; asked < this.#streams.length; asked++) {
      const stream = this.#streams[this.#turnOf];
      this.#turnOf = (this.#turnOf + 1) % this.#streams.length;
      if (stream.isWaiting) continue;
      const records = await stream.read();
      if (this.#outcome !== undefined) {
        stream.stopWaiting();
        return false;
      }
      if (records === undefined) continue;
      this.#batch = records;
      return true;
    }
    return false;
  }

  /** true: look again. false: it has ended, or been idle for long enough with everything read. */
  async #waitForMore(tail: TailWait): Promise<boolean> {
    const streams = this.#streams;
    if (this.#outcome !== undefined || streams.length === 0) return false;
    if (!streams.every((stream) => stream.isWaiting)) {
      await this.#takeTurnIfDue();
      return true;
    }
    if (tail.expired) {
      const behind = streams.filter((stream) => stream.isBehind);
      for (const stream of behind) stream.stopWaiting();
      return behind.length > 0;
    }
    await tail.forNews();
    this.#lastTurn = this.#runtime.clock.now();
    return true;
  }

  #close(error?: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = error === undefined ? {} : { error };
    this.#batch = NO_RECORDS;
    this.#given = 0;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const stream of this.#streams) stream.stopWaiting();
    this.#tail?.end();
    const pulls = this.#pulls.slice(this.#served);
    this.#pulls = [];
    this.#served = 0;
    for (const pull of pulls) {
      if (error === undefined) pull.finish();
      else pull.reject(error);
    }
  }
}

function abortedBy(signal: AbortSignal | undefined): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', 'The subscription was aborted by its signal.', { cause: signal?.reason });
}
