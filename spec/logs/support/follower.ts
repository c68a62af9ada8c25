import { type Engine, LithifyError, type LogRecord, type Offset } from '../../../index.ts';

/**
 * Follows one partition from its first record through everything that happens to it: compactions, crashes (it is begun
 * again behind what it saw), a slow application. Sees nothing twice and misses nothing that was kept, or the spec fails.
 */
export class Follower {
  readonly topic: string;
  readonly partition: number;
  readonly seen: LogRecord[] = [];
  #running: Promise<void> | undefined;
  #stop = new AbortController();
  #wanted: { readonly offset: Offset; readonly reached: PromiseWithResolvers<void> } | undefined;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  start(engine: Engine): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const from = { after: this.seen.at(-1)?.offset ?? 0 };
    const start = this.seen.length === 0 ? ('beginning' as const) : from;
    const records = engine.topic(this.topic).subscribe({ partition: this.partition, from: start, signal });
    this.#running = this.#follow(records).catch((error: unknown) => {
      const isStopped = error instanceof LithifyError && ['LITHIFY_ABORTED', 'LITHIFY_CLOSED', 'LITHIFY_NOT_FOUND'].includes(error.code);
      if (!isStopped) throw error;
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** What a crash took, nobody saw. */
  cut(next: Offset): void {
    while ((this.seen.at(-1)?.offset ?? -1) >= next) this.seen.pop();
  }

  /** Resolves when it has seen this record or a later one. */
  async reach(offset: Offset): Promise<void> {
    if ((this.seen.at(-1)?.offset ?? -1) >= offset) return;
    this.#wanted = { offset, reached: Promise.withResolvers() };
    await Promise.race([this.#wanted.reached.promise, this.#running]);
  }

  async #follow(records: AsyncIterable<LogRecord>): Promise<void> {
    for await (const record of records) {
      this.seen.push(record);
      if (this.#wanted !== undefined && record.offset >= this.#wanted.offset) this.#wanted.reached.resolve();
    }
  }
}
