import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Engine, type EngineEvent, nodeRuntime, type OpenOptions, open, retentionModule, type Topic } from '../../index.ts';
import { codeOf } from '../../protocol/errors.ts';
import { faultInBlobs } from '../../spec/support/store-contents.ts';
import { Deaths } from './deaths.ts';

/** Back-offs are waited for, but not that long. */
const FASTER = 25;
const KEYS = 5;
/** Larger values of topics are blobs of their own. */
const LARGE = 3000;

const OPTIONS = {
  ...{ compactors: 2, workers: 2, durability: 'os', minorTrigger: 64, writeTimeoutMs: 600_000, trackLeases: true },
  ...{ memtableBytes: 16 * 1024, memoryBytes: 512 * 1024, blockBytes: 256, tableBytes: 2 * 1024, sliceBytes: 4 * 1024 },
} as const satisfies OpenOptions;

/** An engine whose threads die when they are told to, and what must be in it: keys, and the newest records of a topic. */
export class MortalStore {
  readonly directory: string;
  readonly engine: Engine;
  readonly deaths: Deaths;
  readonly topic: Topic;
  readonly keys = new Map<string, string>();
  readonly #records: string[] = [];
  readonly #replies = new Map<string, number>();
  /** Requests that went through the mailbox. */
  #asked = 0;
  /** Counts what was put and ingested, so that every value is another. */
  rounds = 0;

  private constructor(directory: string, engine: Engine, deaths: Deaths) {
    this.directory = directory;
    this.engine = engine;
    this.deaths = deaths;
    const strategy = retentionModule({ module: new URL('./retention.ts', import.meta.url) });
    this.topic = engine.topic('events', { compaction: { strategy, compactionThreshold: 2 ** 30 } });
    engine.events$.subscribe((event) => this.#note(event));
  }

  static async open(): Promise<MortalStore> {
    const deaths = Deaths.create();
    const real = nodeRuntime({ startThread: deaths.start });
    const clock = { ...real.clock, setTimer: (run: () => void, ms: number) => real.clock.setTimer(run, ms / FASTER) };
    const directory = await mkdtemp(join(tmpdir(), 'lithify-deaths-'));
    const store = new MortalStore(directory, await open(directory, { ...OPTIONS, runtime: { ...real, clock } }), deaths);
    await store.topic.make();
    return store;
  }

  /** Some keys are new, some written again. */
  async putKeys(): Promise<void> {
    const round = this.rounds++;
    for (let at = 0; at < 30; at++) {
      const key = `k${String((at * 3 + round) % 97).padStart(4, '0')}`;
      const value = `${round} ${'v'.repeat(60)}`;
      await this.engine.kv.put(key, value);
      this.keys.set(key, value);
    }
  }

  async produce(): Promise<void> {
    const from = this.#records.length;
    const values = Array.from({ length: 24 }, (_, at) => `record ${from + at}`.padEnd(at === 11 ? LARGE : 60, '.'));
    await this.topic.produceMany(values.map((value, at) => ({ key: BigInt((from + at) % KEYS), value })));
    this.#records.push(...values);
  }

  /** Exactly one answer, whatever it is: done, or that the thread died. Anything else is thrown. */
  async ask(type: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect'): Promise<void> {
    this.#asked += 1;
    await this.mayDie(this.engine.ask({ type }));
  }

  async mayDie(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      if (codeOf(error) === 'LITHIFY_WORKER_DIED') return false;
      throw error;
    }
  }

  /** The engine does by itself what there is to do. */
  async settled(): Promise<void> {
    for (;;) {
      await this.ask('GarbageCollect');
      await setImmediate();
      const { mailbox, memtables, garbage, logs } = this.engine.stats();
      const waiting = Object.values(mailbox.byType).reduce((sum, count) => sum + count, 0);
      const compacting = logs.compactors.filter(({ state }) => state !== 'idle').length;
      if (mailbox.running + waiting + memtables.sealed.length + garbage.blobs + compacting === 0) return;
    }
  }

  /** What is there is what was acknowledged, and nobody was answered twice or not at all. */
  async fault(): Promise<string | undefined> {
    const found = new Map(await this.engine.kv.iterator().all());
    const wrong = [...this.keys].find(([key, value]) => found.get(key) !== value);
    if (wrong !== undefined) return `key ${wrong[0]} is ${found.get(wrong[0])}`;
    if (found.size !== this.keys.size) return `${found.size} keys, not ${this.keys.size}`;
    const twice = [...this.#replies].find(([, count]) => count !== 1);
    if (twice !== undefined) return `request ${twice[0]} was answered ${twice[1]} times`;
    if (this.#replies.size !== this.#asked) return `${this.#asked} requests, ${this.#replies.size} answers`;
    const { leases, snapshots } = this.engine.stats();
    if (leases.length + snapshots.count > 0) return `left: ${leases.map(({ owner }) => owner)} and ${snapshots.count} snapshots`;
    return this.#faultInTopic();
  }

  /** Closes it; what is wrong with its blobs. */
  async faultAtRest(): Promise<string | undefined> {
    // A flush and a compaction later, what the last death has left has been seen to as well.
    await this.putKeys();
    await this.ask('MinorCompact');
    await this.ask('MajorCompaction');
    await this.topic.compact();
    await this.settled();
    await this.engine.close();
    const large = this.#newest().filter((at) => this.#records[at].length === LARGE).length;
    return faultInBlobs(this.directory, large);
  }

  async remove(): Promise<void> {
    this.deaths.disarm();
    await this.engine.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #faultInTopic(): Promise<string | undefined> {
    const found = new Map<number, string>();
    for await (const batch of this.topic.subscribe({ idleTimeout: 0 }).batches()) {
      for (const { offset, value } of batch) found.set(offset, new TextDecoder().decode(value));
    }
    const changed = [...found].find(([offset, value]) => this.#records[offset] !== value);
    if (changed !== undefined) return `record ${changed[0]} is ${changed[1]}`;
    const missing = this.#newest().find((offset) => !found.has(offset));
    return missing === undefined ? undefined : `record ${missing}, the newest of its key, is missing`;
  }

  /** Offsets that no compaction takes. */
  #newest(): number[] {
    const { length } = this.#records;
    return Array.from({ length: Math.min(KEYS, length) }, (_, at) => length - 1 - at);
  }

  #note(event: EngineEvent): void {
    if (event.type !== 'replied') return;
    this.#replies.set(event.id, (this.#replies.get(event.id) ?? 0) + 1);
  }
}
