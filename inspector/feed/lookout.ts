import type { Inspected } from '../inspected.ts';
import { onePerEngine } from '../per-engine.ts';
import type { Client } from './client.ts';
import { DiskUsage } from './disk-usage.ts';
import { EntriesOfLook } from './new-entries.ts';
import { type Pace, pauseAfter } from './pace.ts';
import { Sampler } from './sampler.ts';

/**
 * Looks at an engine for all pages of all its servers. Nothing is pushed by the engine: every frame is one look, made once for
 * everybody who has taken the last one. While nobody is connected there is no timer and no look.
 */
export class Lookout {
  readonly everyMs: number;
  readonly #engine: Inspected;
  readonly #pace: Pace;
  /** Outlives the sampler: pages that come and go do not make it measure more often. */
  readonly #disk: DiskUsage;
  readonly #clients = new Set<Client>();
  #sampler: Sampler | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  /** Nor do they make it look more often. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(engine: Inspected, pace: Pace) {
    this.#engine = engine;
    this.#pace = pace;
    this.everyMs = pace.everyMs;
    this.#disk = new DiskUsage(engine.location);
  }

  join(client: Client): void {
    this.#clients.add(client);
    if (this.#clients.size === 1) this.#schedule();
  }

  leave(client: Client): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    clearTimeout(this.#timer);
    this.#sampler?.[Symbol.dispose]();
    this.#sampler = undefined;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#dueMs - performance.now())).unref();
  }

  #tick(): void {
    const start = performance.now();
    const ready = [...this.#clients].filter((client) => client.isReady(start));
    this.#frame++;
    if (ready.length > 0) this.#show(ready);
    // What was written goes out when this turn is over, and costs more than the look where there are many pages.
    process.nextTick(() => this.#rest(start));
  }

  #rest(start: number): void {
    const end = performance.now();
    this.#dueMs = end + pauseAfter(end - start, this.#pace);
    // Whom it was too slow for may have been let go just now.
    if (this.#clients.size > 0) this.#schedule();
  }

  #show(clients: readonly Client[]): void {
    try {
      this.#sampler ??= new Sampler(this.#engine, this.#disk, this.#pace);
      const sample = this.#sampler.look(this.#frame);
      const entries = new EntriesOfLook(this.#engine.recorder);
      for (const client of clients) client.frame(sample, entries);
    } catch {
      // An engine that recovers or closes may have nothing to show at this moment; there is a next one.
    }
  }
}

/** At the pace of who asks first. */
export const lookoutOf = onePerEngine((engine, pace: Pace) => new Lookout(engine, pace));
