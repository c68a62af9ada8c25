import { setImmediate } from 'node:timers/promises';
import {
  type Engine,
  type LogRecord,
  type NewRecord,
  type Offset,
  type OpenOptions,
  open,
  type SubscribeOptions,
  type Topic,
} from '../../../index.ts';
import { quiet } from '../../support/engines.ts';
import { liveCopy } from '../../support/live-copy.ts';
import { faultInBlobs } from '../../support/store-contents.ts';
import { Follower } from './follower.ts';
import type { Retention } from './retentions.ts';
import { type PartitionModel, TopicModel } from './topic-model.ts';

/** Small enough that a few records start a run; at most one key or two fit in a pass. */
const SOON = { compactionThreshold: 400, minDirtyRatio: 0 };

/** What a transaction of `engine.write` brings. */
export interface Wanted {
  readonly keys: readonly (readonly [key: string, value: string | undefined])[];
  readonly records: readonly (readonly [topic: string, record: NewRecord])[];
}

/** An engine and what must be true of it: topics as arrays, keys as a map. Every fault is thrown as a sentence. */
export class LogWorld {
  readonly #options: OpenOptions;
  readonly #newDirectory: () => Promise<string>;
  readonly #topics = new Map<string, TopicModel>();
  readonly #retentions = new Map<string, Retention>();
  readonly #handles = new Map<string, Topic>();
  #followers: Follower[] = [];
  #keys = new Map<string, string>();
  #directory: string;
  engine: Engine;

  private constructor(engine: Engine, directory: string, options: OpenOptions, newDirectory: () => Promise<string>) {
    this.engine = engine;
    this.#directory = directory;
    this.#options = options;
    this.#newDirectory = newDirectory;
  }

  static async open(options: OpenOptions, newDirectory: () => Promise<string>): Promise<LogWorld> {
    const directory = await newDirectory();
    return new LogWorld(await open(directory, options), directory, options, newDirectory);
  }

  get names(): string[] {
    return [...this.#topics.keys()];
  }

  model(name: string): TopicModel | undefined {
    return this.#topics.get(name);
  }

  /** Always the same one: records get their offsets in the order in which they are handed to it. */
  topic(name: string): Topic {
    const known = this.#handles.get(name) ?? this.engine.topic(name);
    this.#handles.set(name, known);
    return known;
  }

  /** Makes the topic if it is missing, compacted as was said last. */
  async make(name: string, partitions: number): Promise<TopicModel> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    await this.engine.topic(name, { partitions }).make();
    const model = new TopicModel(name, partitions);
    this.#topics.set(name, model);
    for (const { partition } of model.partitions) this.#follow(new Follower(name, partition));
    return model;
  }

  /** One after the other, or all at once. */
  async produce(name: string, records: readonly NewRecord[], many: boolean): Promise<void> {
    const expected = this.#expect(records.map((record) => [name, record] as const));
    const topic = this.topic(name);
    const offsets = many ? await topic.produceMany(records) : await Promise.all(records.map((record) => topic.produce(record)));
    same(offsets, expected, `offsets of '${name}'`);
    this.#acknowledge(
      records.map((record) => [name, record] as const),
      offsets,
    );
  }

  async write({ keys, records }: Wanted): Promise<void> {
    const expected = this.#expect(records);
    const offsets = await this.engine.write((tx) => {
      for (const [key, value] of keys) value === undefined ? tx.del(key) : tx.put(key, value);
      for (const [name, record] of records) tx.produce(name, record);
    });
    same(offsets, expected, 'offsets of a write');
    this.#acknowledge(records, offsets);
    this.#note(keys);
  }

  /** A write that must not happen. */
  async refused({ keys, records }: Wanted): Promise<void> {
    const impossible = 'no key has this value';
    const outcome = this.engine.write((tx) => {
      tx.expect('k0', impossible);
      for (const [key] of keys) tx.put(key, impossible);
      for (const [name, record] of records) tx.produce(name, record);
    });
    const code = await outcome.then(
      () => 'it was written',
      (error) => error.code,
    );
    same(code, 'LITHIFY_CONFLICT', 'a write whose expectation does not hold');
  }

  async register(name: string, retention: Retention, leaveFirst: boolean): Promise<void> {
    if (leaveFirst || retention.strategy === undefined) await this.topic(name).unregister();
    this.#retentions.set(name, retention);
    for (const partition of this.#topics.get(name)?.partitions ?? []) partition.mayCompact(retention);
    if (retention.strategy !== undefined) this.topic(name).register({ ...SOON, ...retention.strategy });
  }

  /** Asks for a compaction; then exactly what the strategy keeps is there, and nothing else. */
  async settle(name: string): Promise<void> {
    const { keeps, strategy } = this.#retentions.get(name) ?? {};
    const model = this.#topics.get(name);
    if (keeps === undefined || strategy === undefined || model === undefined) return;
    const before = await Promise.all(model.partitions.map((partition) => this.readAll(partition)));
    await this.topic(name).compact();
    for (const [at, partition] of model.partitions.entries()) {
      same(
        offsetsOf(await this.readAll(partition)),
        offsetsOf(keeps(before[at])),
        `what is left of ${partition.topic}/${partition.partition}`,
      );
    }
  }

  /** As it comes, while other things go on; another registration may take its place. */
  async compact(name: string): Promise<void> {
    if (!this.#topics.has(name) || this.#retentions.get(name)?.strategy === undefined) return;
    await this.topic(name)
      .compact()
      .catch((error) => same(error.code, 'LITHIFY_ABORTED', `a compaction of '${name}'`));
  }

  async readAll(partition: PartitionModel): Promise<LogRecord[]> {
    return this.read(partition, 0);
  }

  /** To the end, or so many. */
  async read(partition: PartitionModel, from: Offset, count = Number.POSITIVE_INFINITY): Promise<LogRecord[]> {
    const to = partition.acknowledged;
    const options = { partition: partition.partition, from: { offset: from }, idleTimeout: 0 };
    const seen = await take(this.topic(partition.topic), options, count);
    const isAll = seen.length < count;
    fail(partition, partition.faultIn(seen, from, isAll ? to : undefined));
    if (isAll) partition.noteGone(seen, from, to);
    return seen;
  }

  /** From the first record of a time on. */
  async readSince(partition: PartitionModel, time: number): Promise<void> {
    const to = partition.acknowledged;
    const isSince = ({ timestamp }: LogRecord) => timestamp !== undefined && timestamp >= time;
    const seen = await take(this.topic(partition.topic), { partition: partition.partition, from: { time }, idleTimeout: 0 });
    const first = partition.indispensable.find((record) => isSince(record) && record.offset < to);
    if (seen.length > 0 && !isSince(seen[0])) fail(partition, `it was read from ${time} on, and began at ${seen[0].timestamp}`);
    if (first !== undefined && !(seen[0]?.offset <= first.offset)) fail(partition, `it was read from ${time} on, without ${first.offset}`);
    fail(partition, partition.faultIn(seen, seen[0]?.offset ?? to, to));
  }

  async commit(name: string, group: string, partition: PartitionModel, offset: Offset): Promise<void> {
    await this.topic(name).commit(group, offset, partition.partition);
    this.#topics.get(name)?.groups.set(`${group}/${partition.partition}`, offset);
  }

  /** What a group has still to read. */
  async readOn(name: string, group: string, partition: PartitionModel): Promise<void> {
    const from = (this.#topics.get(name)?.groups.get(`${group}/${partition.partition}`) ?? -1) + 1;
    const to = partition.acknowledged;
    const seen = await take(this.topic(name), { partition: partition.partition, group, idleTimeout: 0 });
    fail(partition, partition.faultIn(seen, from, to));
  }

  async drop(name: string): Promise<void> {
    const followers = this.#followers.filter(({ topic }) => topic === name);
    const wasThere = await this.topic(name).drop();
    same(wasThere, this.#topics.delete(name), `'${name}' was there`);
    same(this.topic(name).offsets(), undefined, 'offsets of what was dropped');
    await Promise.all(followers.map((follower) => follower.stop()));
    this.#followers = this.#followers.filter((follower) => !followers.includes(follower));
  }

  async reopen(): Promise<void> {
    await this.#stopFollowing();
    await this.engine.close();
    await this.#openAgain(this.#directory);
    this.#followOn();
  }

  /** The process is killed while records are on their way; some of them may be there afterwards, those before all are. */
  async crash(name: string, records: readonly NewRecord[]): Promise<void> {
    const model = this.#topics.get(name);
    const before = model?.partitions.map(({ next }) => next) ?? [];
    const underWay = model === undefined ? [] : records.map((record) => this.produce(name, [record], false));
    const copy = await liveCopy(this.#directory, `${await this.#newDirectory()}/copy`);
    await Promise.all(underWay);
    await this.#stopFollowing();
    await this.engine.ask({ type: 'Shutdown', deadlineMs: 0 });
    await this.#openAgain(copy);
    for (const [at, partition] of model?.partitions.entries() ?? []) {
      const { next } = this.topic(name).offsets(partition.partition) ?? { next: 0 };
      if (next < before[at] || next > partition.next)
        fail(partition, `after a crash it goes on at ${next}; ${before[at]} were acknowledged`);
      partition.cut(next);
      this.#followers.find((follower) => follower.topic === name && follower.partition === partition.partition)?.cut(next);
    }
    // Behind what is left: what they saw of the rest never was.
    this.#followOn();
  }

  /** Everything that must be true at any moment. */
  async check(): Promise<void> {
    same(
      this.engine.topics().map(({ name, partitions }) => `${name} ${partitions}`),
      [...this.#topics.values()].map(({ name, partitions }) => `${name} ${partitions.length}`).sort(),
      'topics',
    );
    for (const { name, partitions, groups } of this.#topics.values()) {
      for (const partition of partitions) {
        const offsets = this.topic(name).offsets(partition.partition);
        fail(partition, offsets === undefined ? 'it has no offsets' : partition.faultInOffsets(offsets));
        await this.readAll(partition);
      }
      const found = this.topic(name)
        .groups()
        .map(({ group, partition, committed }) => `${group}/${partition} ${committed}`);
      same(found.sort(), [...groups].map(([group, offset]) => `${group} ${offset}`).sort(), `groups of '${name}'`);
    }
    const found = await this.engine.kv.iterator().all();
    same(
      found,
      [...this.#keys].sort(([a], [b]) => (a < b ? -1 : 1)),
      'keys',
    );
  }

  async verify(): Promise<void> {
    same((await this.engine.verify()).damage, [], 'damage');
  }

  /** Comes to rest, closes, and looks at what is left in the store. */
  async end(largerThan: number): Promise<void> {
    for (const name of this.names) await this.settle(name);
    await this.check();
    await this.#catchUp();
    await this.#stopFollowing();
    for (const { partitions } of this.#topics.values()) {
      for (const partition of partitions) {
        const { seen } = this.#followers.find((one) => one.topic === partition.topic && one.partition === partition.partition) ?? {
          seen: [],
        };
        const left = await this.readAll(partition);
        const given = new Set(seen.map(({ offset }) => offset));
        fail(
          partition,
          faultOfFollower(
            seen,
            left.find(({ offset }) => !given.has(offset)),
          ),
        );
      }
    }
    await this.verify();
    const large = await this.#largeValues(largerThan);
    await this.engine.ask({ type: 'MinorCompact' });
    // A merge may end, and leave garbage, while the last of it is being collected.
    for (let round = 0; round < 5 && (round === 0 || this.engine.stats().garbage.blobs > 0); round++) await quiet(this.engine);
    same(this.engine.stats().garbage.blobs, 0, 'garbage that was not collected');
    await this.engine.close();
    const fault = await faultInBlobs(this.#directory, large);
    if (fault !== undefined) throw new Error(`blobs in the store: ${fault}`);
  }

  async close(): Promise<void> {
    await this.#stopFollowing();
    await this.engine.close();
  }

  /** Offsets that these records get, in their order; from now on they are part of the model. */
  #expect(records: readonly (readonly [topic: string, record: NewRecord])[]): Offset[] {
    const touched = new Set<PartitionModel>();
    const offsets = records.map(([name, record]) => {
      const partition = this.#topics.get(name)?.partitionOf(record);
      if (partition === undefined) throw new Error(`'${name}' is not there`);
      touched.add(partition);
      return partition.add(record).offset;
    });
    for (const partition of touched) {
      const retention = this.#retentions.get(partition.topic);
      if (retention !== undefined) partition.mayCompact(retention);
    }
    return offsets;
  }

  #acknowledge(records: Wanted['records'], offsets: readonly Offset[]): void {
    for (const [at, [name, record]] of records.entries()) {
      const partition = this.#topics.get(name)?.partitionOf(record);
      if (partition !== undefined) partition.acknowledged = Math.max(partition.acknowledged, offsets[at] + 1);
    }
  }

  #note(keys: Wanted['keys']): void {
    for (const [key, value] of keys) value === undefined ? this.#keys.delete(key) : this.#keys.set(key, value);
  }

  #follow(follower: Follower): void {
    this.#followers.push(follower);
    follower.start(this.engine);
  }

  #followOn(): void {
    for (const follower of this.#followers) follower.start(this.engine);
  }

  async #stopFollowing(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.stop()));
  }

  async #catchUp(): Promise<void> {
    for (const follower of this.#followers) {
      const end = this.topic(follower.topic).offsets(follower.partition)?.end;
      if (end !== undefined) await follower.reach(end);
    }
  }

  async #openAgain(directory: string): Promise<void> {
    this.#directory = directory;
    this.#handles.clear();
    this.engine = await open(directory, { ...this.#options, createIfMissing: false });
    for (const [name, { strategy }] of this.#retentions) {
      if (strategy !== undefined) this.engine.topic(name, { compaction: { ...SOON, ...strategy } });
    }
  }

  async #largeValues(largerThan: number): Promise<number> {
    let count = 0;
    for (const { partitions } of this.#topics.values()) {
      for (const partition of partitions) count += (await this.readAll(partition)).filter(({ value }) => value.length > largerThan).length;
    }
    return count;
  }
}

function faultOfFollower(seen: readonly LogRecord[], missed: LogRecord | undefined): string | undefined {
  if (missed !== undefined) return `who followed it missed ${missed.offset}, which is still there`;
  const ascends = seen.every(({ offset }, at) => offset > (seen[at - 1]?.offset ?? -1));
  return ascends ? undefined : `who followed it saw ${offsetsOf(seen)}`;
}

async function take(topic: Topic, options: SubscribeOptions, count = Number.POSITIVE_INFINITY): Promise<LogRecord[]> {
  const seen: LogRecord[] = [];
  for await (const record of topic.subscribe(options)) {
    seen.push(record);
    if (seen.length >= count) break;
  }
  return seen;
}

/** What goes on in this thread gets so many turns. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

function offsetsOf(records: readonly LogRecord[]): Offset[] {
  return records.map(({ offset }) => offset);
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

function fail({ topic, partition }: PartitionModel, fault: string | undefined): void {
  if (fault !== undefined) throw new Error(`${topic}/${partition}: ${fault}`);
}
