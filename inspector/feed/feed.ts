import type { ServerResponse } from 'node:http';
import type { Bye, Hello } from '../frames.ts';
import { safetyHeaders } from '../http/answer.ts';
import type { Inspected } from '../inspected.ts';
import { Client } from './client.ts';
import { DiskUsage } from './disk-usage.ts';
import { EntriesOfLook } from './new-entries.ts';
import { type Pace, pauseAfter } from './pace.ts';
import { Sampler } from './sampler.ts';

const MOST_CLIENTS = 8;

/**
 * Shows the engine to those who look. Nothing is pushed by the engine: every frame is one look, made once for everybody who
 * has taken the last one. While nobody is connected there is no timer and no look.
 */
export class Feed {
  readonly #engine: Inspected;
  readonly #hello: Hello;
  readonly #pace: Pace;
  /** Outlives the sampler: pages that come and go do not make it measure more often. */
  readonly #disk: DiskUsage;
  readonly #clients = new Set<Client>();
  #sampler: Sampler | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #bye: Bye | undefined;

  constructor(engine: Inspected, hello: Hello, pace: Pace) {
    this.#engine = engine;
    this.#hello = hello;
    this.#pace = pace;
    this.#disk = new DiskUsage(hello.location);
  }

  /** False: there are too many, or it is over. */
  accept(response: ServerResponse): boolean {
    if (response.destroyed) return true;
    if (this.#clients.size >= MOST_CLIENTS || this.#bye !== undefined) return false;
    const client = new Client(response);
    response.once('close', () => this.#leave(client));
    response.writeHead(200, { ...safetyHeaders(), 'content-type': 'text/event-stream', connection: 'close' });
    client.hello(this.#hello);
    this.#clients.add(client);
    if (this.#clients.size === 1) this.#schedule(0);
    return true;
  }

  /** Says goodbye to everybody; nobody comes any more. */
  end(reason: Bye['reason']): void {
    if (this.#bye !== undefined) return;
    this.#bye = { type: 'bye', reason };
    for (const client of this.#clients) client.bye(this.#bye);
    this.#clients.clear();
    this.#rest();
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#sampler?.[Symbol.dispose]();
    this.#sampler = undefined;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), ms).unref();
  }

  #tick(): void {
    const start = performance.now();
    const ready = [...this.#clients].filter((client) => client.isReady(start));
    this.#frame++;
    if (ready.length > 0) this.#show(ready);
    // Whom it was too slow for may have been let go just now.
    if (this.#clients.size > 0) this.#schedule(pauseAfter(performance.now() - start, this.#pace));
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
