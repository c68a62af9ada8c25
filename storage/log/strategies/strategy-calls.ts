import type { Offset } from '../../../protocol/log.ts';

/** What of the user's is called; `load` is what its module does while it is loaded. */
export type StrategyCall = 'load' | 'init' | 'laterPass' | 'key' | 'reduce' | 'collect' | 'tombstone';
const CALLS: readonly StrategyCall[] = ['load', 'init', 'laterPass', 'key', 'reduce', 'collect', 'tombstone'];

const COUNT = 0;
/** 1 + the index of what is being called; 0: nothing of the user's is. */
const WHICH = 1;
/** Below 0: the call is about no record. */
const OFFSET = 2;
const WORDS = 3;

/** A call of the user's code that has not come back. */
export interface CallUnderWay {
  /** Of all calls of the job: tells one from the next. */
  readonly number: number;
  readonly call: StrategyCall;
  readonly offset: Offset | undefined;
}

/**
 * Where a job is in the user's code, in a few words that another thread sees: who watches it can tell a strategy that
 * never comes back from one that is slow, and both from slow storage.
 */
export class StrategyCalls {
  /** Goes to the job with its specification. */
  readonly buffer: ArrayBufferLike;
  readonly #words: Float64Array;

  private constructor(buffer: ArrayBufferLike) {
    this.buffer = buffer;
    this.#words = new Float64Array(buffer);
  }

  static create(): StrategyCalls {
    return new StrategyCalls(new SharedArrayBuffer(WORDS * Float64Array.BYTES_PER_ELEMENT));
  }

  /** undefined: nobody watches. */
  static attach(buffer: ArrayBufferLike | undefined): StrategyCalls | undefined {
    return buffer && new StrategyCalls(buffer);
  }

  enter(call: StrategyCall, offset: Offset = -1): void {
    this.#words[COUNT]++;
    this.#words[OFFSET] = offset;
    this.#words[WHICH] = 1 + CALLS.indexOf(call);
  }

  leave(): void {
    this.#words[WHICH] = 0;
  }

  /** undefined: the job is in code of ours. */
  get underWay(): CallUnderWay | undefined {
    const which = this.#words[WHICH];
    if (which === 0) return undefined;
    const offset = this.#words[OFFSET];
    return { number: this.#words[COUNT], call: CALLS[which - 1], offset: offset < 0 ? undefined : offset };
  }
}
