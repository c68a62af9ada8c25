import type { EngineEvent } from '../../protocol/events.ts';
import type { Inspected } from '../inspected.ts';

/** How long writers were slowed or stood still, from the engine's own events. */
export class Stalls implements Disposable {
  readonly #subscription: { unsubscribe(): void };
  #since: number | undefined;
  #ms = 0;

  constructor(engine: Pick<Inspected, 'events$' | 'stats'>) {
    const { slowed, waitingFor } = engine.stats().writes;
    if (slowed || waitingFor !== undefined) this.#since = performance.now();
    this.#subscription = engine.events$.subscribe((event) => this.#note(event));
  }

  /** Since it was asked last. */
  take(nowMs: number): number {
    if (this.#since !== undefined) {
      this.#ms += nowMs - this.#since;
      this.#since = nowMs;
    }
    const ms = this.#ms;
    this.#ms = 0;
    return ms;
  }

  #note({ type }: EngineEvent): void {
    if (type === 'writersSlowed' || type === 'writersWaiting') this.#since ??= performance.now();
    if (type !== 'writersResumed' || this.#since === undefined) return;
    this.#ms += performance.now() - this.#since;
    this.#since = undefined;
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}
