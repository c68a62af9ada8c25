import type { Clock, Release } from '../protocol/runtime.ts';
import type { EventHub } from './events.ts';
import type { Slowdown, SlowingCause } from './pressure.ts';

interface ThrottleParts {
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly keepAlive: () => Release;
  /** How much slower writers are to be at this moment; undefined: not at all. */
  readonly slowdown: () => Slowdown | undefined;
  /** Of all memtables. */
  readonly memory: () => { readonly bytes: number; readonly limitBytes: number };
  /** Memory is looked at again after so many bytes. */
  readonly lookEveryBytes: number;
}

const MiB = 1024 * 1024;
/** A timer for less than that takes as long. Milliseconds. */
const LEAST_MS = 1;
/** Between two pieces there may be room again, or somebody who is not to be slowed. Milliseconds. */
const MOST_MS = 25;
/** One large batch is not made to pay for more. Milliseconds. */
const MOST_OWED_MS = 250;

/** Makes writers take longer, a little after every commit: what small commits owe is added up until it is worth a timer. */
export class Throttle {
  readonly #parts: ThrottleParts;
  #slowdown: Slowdown | undefined;
  /** Something has changed since the last look that is worth another. */
  #isStale = true;
  #unlookedBytes = 0;
  #owedMs = 0;
  #slowed: { readonly cause: SlowingCause; readonly reason: string; ms: number } | undefined;
  /** How much longer commits have taken since open. Milliseconds. */
  readonly sleptMs: Record<SlowingCause, number> = { memory: 0, compaction: 0 };

  constructor(parts: ThrottleParts) {
    this.#parts = parts;
  }

  /** Why writers are being slowed; undefined: they are not. */
  get reason(): string | undefined {
    return this.#slowed?.reason;
  }

  /** There is something to be slept. */
  get isDue(): boolean {
    return this.#owedMs >= LEAST_MS;
  }

  /** So many bytes have been written. */
  wrote(bytes: number): void {
    this.#unlookedBytes += bytes;
    // Where nobody was near a limit, only what changes the tree brings somebody there.
    const hasMoved = this.#slowdown !== undefined && this.#unlookedBytes >= this.#parts.lookEveryBytes;
    if (this.#isStale || hasMoved) this.#look();
    if (this.#slowdown === undefined) return;
    this.#owedMs = Math.min(MOST_OWED_MS, this.#owedMs + (bytes / MiB) * this.#slowdown.msPerMiB);
  }

  /** The tree or the number of memtables is another. */
  changed(): void {
    this.#isStale = true;
    // The end is told when it comes; the beginning when somebody is slowed.
    if (this.#slowed !== undefined) this.#look();
  }

  /** Sleeps a piece of what is owed; the signal ends it. */
  async sleep(signal: AbortSignal): Promise<void> {
    const { clock, keepAlive } = this.#parts;
    this.#begin();
    const ms = Math.min(this.#owedMs, MOST_MS);
    const since = clock.now();
    const letGo = keepAlive();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimer(resolve, ms);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clock.clearTimer(timer);
    letGo();
    this.#owedMs = Math.max(0, this.#owedMs - ms);
    this.#count(clock.now() - since);
  }

  /** Writers stand still from now on, which is more than slow: nothing is owed after that. */
  stop(): void {
    this.#owedMs = 0;
    this.#slowed = undefined;
    this.#isStale = true;
  }

  #look(): void {
    this.#isStale = false;
    this.#unlookedBytes = 0;
    this.#slowdown = this.#parts.slowdown();
    if (this.#slowdown !== undefined) return;
    this.#owedMs = 0;
    if (this.#slowed === undefined) return;
    const { cause, reason, ms: waitedMs } = this.#slowed;
    this.#slowed = undefined;
    this.#parts.hub.emit({ type: 'writersResumed', cause, reason, waitedMs });
  }

  #count(ms: number): void {
    if (this.#slowed === undefined) return;
    this.#slowed.ms += ms;
    this.sleptMs[this.#slowed.cause] += ms;
  }

  #begin(): void {
    if (this.#slowed !== undefined || this.#slowdown === undefined) return;
    const { hub, memory } = this.#parts;
    const { cause, reason } = this.#slowdown;
    const { bytes, limitBytes: limit } = memory();
    this.#slowed = { cause, reason, ms: 0 };
    hub.emit({ type: 'writersSlowed', cause, reason, bytes, limit });
  }
}
