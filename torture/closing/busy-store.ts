import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Engine, type Message, type OpenOptions, open, retentionModule, type Topic } from '../../index.ts';
import { Answers, OVER } from './answers.ts';

const KEYS = 40;
const RECORD_KEYS = 5;
const MESSAGES: readonly Message[] = [{ type: 'MinorCompact' }, { type: 'MajorCompaction' }, { type: 'GarbageCollect' }];
const COMPACTION = {
  strategy: retentionModule({ module: new URL('../worker-deaths/retention.ts', import.meta.url) }),
  compactionThreshold: 2_000,
  minDirtyRatio: 0,
};

/** The largest number that was written under a key, and the largest that was acknowledged. */
interface Written {
  tried: number;
  acknowledged: number;
}

/** An engine in which everything that there is goes on at once; afterwards it is known what must be in its store. */
export class BusyStore {
  readonly engine: Engine;
  readonly answers = new Answers();
  /** Copies that were answered well. */
  readonly copies: string[] = [];
  readonly #directory: string;
  readonly #keys = new Map<string, Written>();
  readonly #records = new Map<bigint, Written>();
  readonly #ingested = new Map<string, Written>();
  /** Requests, and how often each was answered. */
  readonly #replies = new Map<string, number>();
  #asked = 0;

  private constructor(engine: Engine, directory: string) {
    this.engine = engine;
    this.#directory = directory;
    engine.events$.subscribe((event) => {
      if (event.type === 'replied') this.#replies.set(event.id, (this.#replies.get(event.id) ?? 0) + 1);
    });
  }

  /** `directory`: of its own; the store is in it, and its copies are beside the store. */
  static async open(directory: string, options: OpenOptions): Promise<BusyStore> {
    return new BusyStore(await open(join(directory, 'store'), options), directory);
  }

  /** Everything begins, and goes on until the engine closes. */
  begin(): void {
    const { engine, answers } = this;
    const topic = engine.topic('events', { compaction: COMPACTION });
    answers.again((nth) => this.#put(nth));
    answers.again((nth) => this.#produce(topic, nth));
    answers.again((nth) => this.#ask(MESSAGES[nth % MESSAGES.length]));
    answers.again((nth) => this.#ask(MESSAGES[(nth + 1) % MESSAGES.length]));
    answers.again(() => engine.verify());
    answers.again(() => topic.compact());
    answers.again((nth) => this.#copy(nth));
    answers.again((nth) => this.#ingest(nth));
    answers.again(() => this.#iterate());
    answers.again(() => this.#read());
    answers.again(() => this.#follow(topic));
  }

  /** Requests that went unanswered, or were answered twice. */
  faultInReplies(): string | undefined {
    const twice = [...this.#replies].find(([, count]) => count !== 1);
    if (twice !== undefined) return `request ${twice[0]} was answered ${twice[1]} times`;
    // Copies and ingests ask for flushes of their own.
    return this.#replies.size >= this.#asked ? undefined : `${this.#asked} requests, ${this.#replies.size} answers`;
  }

  /** In a store that was opened again, or in a copy (`isWhole: false`: what was acknowledged later may be missing). */
  async faultIn(engine: Engine, isWhole = true): Promise<string | undefined> {
    const found = new Map(await engine.kv.iterator().all());
    for (const [key, written] of [...this.#keys, ...this.#ingested]) {
      const fault = faultOf(key, written, found.get(key), isWhole);
      if (fault !== undefined) return fault;
    }
    if (!engine.topics().some(({ name }) => name === 'events')) return undefined;
    const newest = new Map<bigint, string>();
    for await (const batch of engine.topic('events').subscribe({ idleTimeout: 0 }).batches()) {
      for (const { key, value } of batch) newest.set(key, new TextDecoder().decode(value));
    }
    for (const [key, written] of this.#records) {
      const fault = faultOf(`record of ${key}`, written, newest.get(key), isWhole);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  async #put(nth: number): Promise<void> {
    const key = `k${nth % KEYS}`;
    await noted(this.#keys, key, nth, () => this.engine.kv.put(key, valueOf(nth), { sync: nth % 7 === 0 }));
  }

  async #produce(topic: Topic, nth: number): Promise<void> {
    const key = BigInt(nth % RECORD_KEYS);
    await noted(this.#records, key, nth, () => topic.produce({ key, value: valueOf(nth) }));
  }

  async #ingest(nth: number): Promise<void> {
    const { engine } = this;
    async function* pairs(): AsyncGenerator<[string, string]> {
      for (let at = 0; at < 60; at++) {
        if (at % 10 === 0) await setImmediate();
        yield [`i${String(at).padStart(3, '0')}`, valueOf(nth)];
      }
    }
    await noted(this.#ingested, 'i059', nth, () => engine.kv.ingest(pairs()));
  }

  #ask(message: Message): Promise<unknown> {
    this.#asked++;
    return this.engine.ask(message);
  }

  async #copy(nth: number): Promise<void> {
    const target = join(this.#directory, `copy-${nth}`);
    await this.engine.checkpoint(target);
    this.copies.push(target);
  }

  /** An iterator, in a snapshot that nobody closes. */
  async #iterate(): Promise<void> {
    const snapshot = this.engine.kv.snapshot();
    const iterator = this.engine.kv.iterator({ snapshot });
    for await (const [key] of iterator) if (key.endsWith('3')) await setImmediate();
  }

  async #read(): Promise<void> {
    await this.engine.kv.get(`k${KEYS - 1}`);
  }

  /** A live tail, which ends with the engine. */
  async #follow(topic: Topic): Promise<symbol> {
    await topic.make();
    for await (const _ of topic.subscribe().batches()) await setImmediate();
    return OVER;
  }
}

function valueOf(nth: number): string {
  return `${nth} ${'v'.repeat(80)}`;
}

async function noted<K>(all: Map<K, Written>, key: K, nth: number, write: () => Promise<unknown>): Promise<void> {
  const written = all.get(key) ?? { tried: -1, acknowledged: -1 };
  all.set(key, written);
  written.tried = nth;
  await write();
  written.acknowledged = nth;
}

function faultOf(what: string, { tried, acknowledged }: Written, found: string | undefined, isWhole: boolean): string | undefined {
  if (found === undefined) return acknowledged < 0 || !isWhole ? undefined : `${what}, acknowledged as ${acknowledged}, is missing`;
  const nth = Number.parseInt(found, 10);
  const isSound = found === valueOf(nth) && nth <= tried && (nth >= acknowledged || !isWhole);
  return isSound ? undefined : `${what} is ${nth}; ${acknowledged} was acknowledged, ${tried} tried`;
}
