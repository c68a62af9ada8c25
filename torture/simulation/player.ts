import type { Engine } from '../../index.ts';
import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Random } from '../../testing/index.ts';
import { drawBatch, drawEntries, drawLarge, drawPut, drawRange, GROUPS, KEYS, keyOf, TOPICS, valueOf } from './draws.ts';
import { Held } from './held.ts';
import type { Model } from './model.ts';
import { keysOf, shownBy } from './reading.ts';
import { Watch } from './watch.ts';
import type { KeyChange, NewEntry, Write } from './writes.ts';

/** Batches in a burst, and what is in each at most: less than half of a memtable. */
const BURST = 12;
const LARGE_BATCH = 22;

export interface Circumstances {
  readonly random: Random;
  readonly model: Model;
  /** Something was made to fail in this life: calls may be refused, with a code. */
  readonly mayFail: () => boolean;
}

/** A program that uses a store from many sides at once, and compares everything that it sees with the model. */
export class Player {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #model: Model;
  readonly #mayFail: () => boolean;
  readonly #underWay = new Set<Promise<void>>();
  readonly #held: Held;
  readonly #watch: Watch;
  #broken: unknown;
  #checks = 0;

  constructor(engine: Engine, { random, model, mayFail }: Circumstances) {
    this.#engine = engine;
    this.#random = random;
    this.#model = model;
    this.#mayFail = mayFail;
    this.#held = new Held(engine, model, random);
    this.#watch = new Watch(engine);
  }

  /** Answers that were compared so far. */
  get checks(): number {
    return this.#checks + this.#held.checks;
  }

  /** So many things, some of them at the same time; rejects with the first that went wrong. */
  async play(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.#next();
      if (this.#underWay.size > this.#random.below(24)) await Promise.race(this.#underWay);
      if (this.#broken !== undefined) throw this.#broken;
      this.#watch.check();
    }
    await this.idle();
  }

  /** Everything that was called has been answered. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Lets go of what it holds. */
  async end(): Promise<void> {
    await this.idle();
    await this.#held.end();
    this.#watch.check();
  }

  async #next(): Promise<void> {
    const draw = this.#random.below(100);
    if (draw < 39) this.#write([drawPut(this.#random, this.#model.number + 1)]);
    else if (draw < 40) this.#burst();
    else if (draw < 48) this.#write(drawBatch(this.#random, this.#model.number + 1));
    else if (draw < 52) this.#write([{ type: 'clear', ...drawRange(this.#random) }]);
    else if (draw < 66) this.#write([], drawEntries(this.#random, this.#model.number + 1));
    else if (draw < 72)
      this.#write([drawPut(this.#random, this.#model.number + 1)], drawEntries(this.#random, this.#model.number + 1, TOPICS.plain));
    else await this.#look(draw);
  }

  async #look(draw: number): Promise<void> {
    if (draw < 77) this.#start(() => this.#readOne());
    else if (draw < 79) this.#start(() => this.#readAll());
    else if (draw < 81) this.#start(() => this.#readTopics());
    else if (draw < 84) this.#start(() => this.#held.snapshot());
    else if (draw < 88) this.#start(() => this.#held.iterate());
    else if (draw < 94) this.#start(() => this.#ask());
    else if (draw < 95) this.#commit();
    else if (draw < 97) this.#start(() => this.#compactTopic());
    else if (draw < 98) await this.#produceLarge();
    else await this.#ingest();
  }

  /** More than memory takes, faster than it can be flushed. */
  #burst(): void {
    for (let i = 0; i < BURST; i++) this.#write(drawBatch(this.#random, this.#model.number + 1, LARGE_BATCH));
  }

  #write(keys: readonly KeyChange[], entries: readonly NewEntry[] = []): void {
    // Clearing takes no `sync`.
    const write = this.#model.call(keys, entries, keys[0]?.type !== 'clear' && this.#random.chance(0.2));
    this.#start(() => this.#settle(write, this.#perform(write)));
  }

  async #settle(write: Write, performed: Promise<readonly number[]>): Promise<void> {
    try {
      this.#model.acknowledge(write, await performed);
    } catch (error) {
      this.#model.refuse(write);
      throw error;
    }
  }

  async #perform({ keys, entries, synced }: Write): Promise<readonly number[]> {
    const { kv } = this.#engine;
    const options = synced ? { sync: true } : {};
    const [first] = keys;
    if (entries.length > 0 && keys.length === 0) {
      const records = entries.map(({ key, value }) => ({ key: BigInt(key), value }));
      // Not one atomic write: so one record a call.
      return [await this.#engine.topic(entries[0].topic).produce(records[0], options)];
    }
    if (entries.length > 0) return this.#transact(keys, entries, options);
    if (first?.type === 'clear') await kv.clear({ gte: first.gte, lt: first.lt });
    else if (first?.type === 'put' && keys.length === 1) await kv.put(first.key, first.value, options);
    else
      await kv.batch(
        keys.filter((change) => change.type !== 'clear'),
        options,
      );
    return [];
  }

  async #transact(keys: readonly KeyChange[], entries: readonly NewEntry[], options: { sync?: boolean }): Promise<readonly number[]> {
    return this.#engine.write((tx) => {
      for (const change of keys) if (change.type === 'put') tx.put(change.key, change.value);
      for (const { topic, key, value } of entries) tx.produce(topic, { key: BigInt(key), value });
    }, options);
  }

  /** Nothing else is under way: it takes its place when it is committed, not when it is called. */
  async #ingest(): Promise<void> {
    await this.idle();
    const from = this.#random.below(KEYS);
    const number = this.#model.number + 1;
    const keys = Array.from({ length: 1 + this.#random.below(12) }, (_, i) => from + i).filter((key) => key < KEYS);
    const write = this.#model.call(keys.map((key) => ({ type: 'put', key: keyOf(key), value: valueOf(number, this.#random) })));
    const pairs = write.keys.flatMap((change): [string, string][] => (change.type === 'put' ? [[change.key, change.value]] : []));
    this.#start(() =>
      this.#settle(
        write,
        this.#engine.kv.ingest(pairs).then(() => []),
      ),
    );
    await this.idle();
  }

  /** What a group has read, as far as there is something. */
  #commit(): void {
    const topic = this.#engine.topic(TOPICS.plain);
    const { next = 0 } = topic.offsets() ?? {};
    if (next === 0) return;
    const [group, offset] = [this.#random.pick(GROUPS), this.#random.below(next)];
    const write = this.#model.call([], [], false, { group, offset });
    const committed = topic.commit(group, offset).then(() => []);
    this.#start(() => this.#settle(write, committed));
  }

  /** A value that becomes a blob of its own first; nothing else is under way, since calls behind it would overtake it. */
  async #produceLarge(): Promise<void> {
    await this.idle();
    this.#write([], drawLarge(this.#random, this.#model.number + 1));
    await this.idle();
  }

  async #readOne(): Promise<void> {
    const floor = this.#model.floorOf(() => true);
    const key = keyOf(this.#random.below(KEYS));
    this.#model.checkKey(key, await this.#engine.kv.get(key), floor);
    this.#checks++;
  }

  async #readAll(): Promise<void> {
    const floor = this.#model.floorOf(() => true);
    this.#model.checkKeys(await keysOf(this.#engine), floor);
    this.#checks++;
  }

  async #readTopics(): Promise<void> {
    for (const name of Object.values(TOPICS)) {
      const floor = this.#model.floorOf(() => true);
      this.#model.checkTopic(name, await shownBy(this.#engine, name), floor, name === TOPICS.compacted);
      this.#checks++;
    }
  }

  async #ask(): Promise<void> {
    await this.#engine.ask({ type: this.#random.pick(['MinorCompact', 'MinorCompact', 'MajorCompaction', 'GarbageCollect'] as const) });
  }

  async #compactTopic(): Promise<void> {
    await this.#engine.topic(TOPICS.compacted).compact();
  }

  /** An error with a code is an answer, where something was made to fail; anything else breaks the run. */
  #start(act: () => Promise<void>): void {
    const done = act()
      .catch((error: unknown) => {
        if (!this.#mayFail() || !isCoded(error)) this.#broken ??= error;
      })
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }
}

/** Says what failed, in a way that a caller can act upon. */
export function isCoded(error: unknown): boolean {
  return /^(LITHIFY|LEVEL)_/.test(String(codeOf(error))) && codeOf(error) !== 'LITHIFY_INTERNAL' && messageOf(error) !== '';
}
