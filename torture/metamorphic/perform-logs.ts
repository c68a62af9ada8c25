import {
  type CompactionOptions,
  type Engine,
  keyBasedRetention,
  type LogRecord,
  type NewRecord,
  nthKeyBasedRetention,
  type SubscribeOptions,
} from '../../index.ts';
import { type Operation, type Produced, type ReadFrom, type Retention, TOPICS, type TopicName } from './operations.ts';
import type { Performer, Visible } from './performer.ts';
import type { Stage } from './stage.ts';
import { expanded, shortened } from './values.ts';

type LogKind =
  | 'produce'
  | 'read'
  | 'topics'
  | 'commit'
  | 'subscribe'
  | 'take'
  | 'register'
  | 'unregister'
  | 'compact'
  | 'compactBeside'
  | 'drop'
  | 'write';

export const NO_SUBSCRIPTION = 'there is no such subscription';
export const PARTITIONS: Readonly<Record<TopicName, number>> = { plain: 2, settled: 1, busy: 1 };
const DECODER = new TextDecoder();

/** A few records start a run; two keys fit in a pass. */
const BUSY: CompactionOptions = { strategy: keyBasedRetention(2), compactionThreshold: 300, minDirtyRatio: 0 };
/** It never starts by itself. */
const WHEN_ASKED = { compactionThreshold: 2 ** 30, minDirtyRatio: 1 };

/** To be called for every engine that is opened. */
export function registerBusy(engine: Engine): void {
  engine.topic('busy', { compaction: BUSY });
}

/** Of those that are produced to. */
export async function makeTopics(engine: Engine, operations: readonly Operation[]): Promise<void> {
  for (const one of operations) if (one.kind === 'produce') await engine.topic(one.topic, { partitions: PARTITIONS[one.topic] }).make();
}

export function logOperations(stage: Stage): Pick<Performer, LogKind> {
  const topic = (name: TopicName) => stage.engine.topic(name, { partitions: PARTITIONS[name] });
  const { subscriptions } = stage;
  return {
    write: async ({ writes, records, expects, commit }) => {
      for (const [name] of records) await topic(name).make();
      const found = await Promise.all(expects.map((one) => ('is' in one && one.is === 'found' ? stage.kv.get(one.key) : undefined)));
      return stage.engine.write((tx) => {
        for (const [at, one] of expects.entries()) tx.expect(one.key, 'value' in one ? expanded(one.value) : found[at]);
        for (const [key, value] of writes) value === null ? tx.del(key) : tx.put(key, expanded(value));
        for (const [name, record] of records) tx.produce(name, recordOf(record));
        const { next = 0 } = (commit && topic(commit.topic).offsets()) ?? {};
        if (commit && next > 0) tx.commit(commit.group, commit.topic, share(next, commit.at));
      });
    },
    produce: ({ topic: name, records, many }) => {
      const to = topic(name);
      const given = records.map(recordOf);
      return many ? to.produceMany(given) : Promise.all(given.map((record) => to.produce(record)));
    },
    read: async ({ topic: name, from }) => readTopic(stage.engine, name, from),
    topics: async () => topicsOf(stage.engine),
    commit: async ({ topic: name, group, at }) => {
      const to = topic(name);
      for (let partition = 0; partition < PARTITIONS[name]; partition++)
        await to.commit(group, share(to.offsets(partition)?.next, at), partition);
      return null;
    },
    subscribe: async ({ place }) => {
      await subscriptions.get(place)?.return();
      subscriptions.delete(place);
      subscriptions.set(place, topic('plain').subscribe({ partition: place % PARTITIONS.plain, idleTimeout: 0 }));
      return null;
    },
    take: async ({ place, count }) => {
      const subscription = subscriptions.get(place);
      if (subscription === undefined) return NO_SUBSCRIPTION;
      const seen: Visible[] = [];
      while (seen.length < count) {
        const { done, value } = await subscription.next();
        if (done === true) return [...seen, 'end'];
        seen.push(shownRecord(value));
      }
      return seen;
    },
    register: async ({ retention }) => {
      topic('settled').register({ ...WHEN_ASKED, strategy: strategyOf(retention) });
      return null;
    },
    unregister: async () => {
      await topic('settled').unregister();
      return null;
    },
    compact: async ({ topic: name }) => {
      await topic(name).compact();
      // Everything was compacted, nothing came since: how it came about shows no more.
      return recordsOf(stage.engine, name, {}).then((all) => all.map(shownRecord));
    },
    compactBeside: async () => {
      // Else it would be made some time later.
      if (topic('busy').partitions !== undefined) stage.goesOnBeside(topic('busy').compact());
      return null;
    },
    drop: async ({ topic: name }) => {
      if (name === 'plain') for (const subscription of subscriptions.values()) await subscription.return();
      if (name === 'plain') subscriptions.clear();
      return topic(name).drop();
    },
  };
}

/** Everything of every topic that all configurations must agree upon. */
export async function allRecords(engine: Engine): Promise<Visible> {
  const all: Record<string, Visible> = {};
  for (const { name } of engine.topics()) {
    const known = TOPICS.find((one) => one === name);
    all[name] = known === undefined ? 'nobody has made this topic' : await readTopic(engine, known, 'beginning');
  }
  return all;
}

/** Of a busy topic the newest of each key, which no run takes: how much else is there differs. So does where a time is found first. */
async function readTopic(engine: Engine, name: TopicName, from: ReadFrom): Promise<Visible> {
  if (name !== 'busy') return (await recordsOf(engine, name, optionsOf(engine, name, from))).map(shownRecord);
  const isTime = typeof from === 'object' && 'time' in from;
  const all = await recordsOf(engine, name, isTime ? {} : optionsOf(engine, name, from));
  const newest = new Map(all.map(({ key, offset }) => [key, offset]));
  const ascend = all.every(({ offset }, at) => offset > (all[at - 1]?.offset ?? -1));
  return [ascend, ...all.filter(({ key, offset }) => newest.get(key) === offset).map(shownRecord)];
}

function optionsOf(engine: Engine, name: TopicName, from: ReadFrom): SubscribeOptions {
  if (from === 'beginning') return {};
  if (!('after' in from)) return 'group' in from ? from : { from };
  const topic = engine.topic(name);
  const partitions = Array.from({ length: topic.partitions ?? 0 }, (_, partition) => partition);
  return { offsets: partitions.map((partition) => ({ partition, offset: share(topic.offsets(partition)?.next, from.after) })) };
}

/** By partitions, in the order in which each of them came; partitions take turns as they please. */
async function recordsOf(engine: Engine, name: TopicName, options: SubscribeOptions): Promise<LogRecord[]> {
  const seen: LogRecord[] = [];
  for await (const record of engine.topic(name).subscribe({ ...options, idleTimeout: 0 })) seen.push(record);
  return seen.sort((a, b) => a.partition - b.partition);
}

function topicsOf(engine: Engine): Visible {
  return engine.topics().map(({ name, partitions, records }) => {
    const topic = engine.topic(name);
    const isBusy = name === 'busy';
    const offsets = Array.from({ length: partitions }, (_, partition) => {
      const { beginning, end, next } = topic.offsets(partition) ?? { next: -1 };
      return [isBusy ? '' : (beginning ?? null), end ?? null, next];
    });
    const groups = topic.groups().map(({ group, partition, committed, lag }) => `${group}/${partition} ${committed} ${isBusy ? '' : lag}`);
    return [name, isBusy ? '' : records, offsets, groups.sort()];
  });
}

function strategyOf(retention: Retention): unknown {
  if (retention.by === 'key') return keyBasedRetention(retention.maxKeys);
  if (retention.by === 'nth') return nthKeyBasedRetention(retention.maxKeys, retention.n);
  return keyBasedRetention(1, { key: ({ key }) => (key % 2n === 0n ? 'even' : key % 3n === 0n ? 'three' : undefined) });
}

export function share(next: number | undefined, percent: number): number {
  return Math.floor(((next ?? 0) * percent) / 100);
}

function recordOf({ key, value, time }: Produced): NewRecord {
  return { key: BigInt(key), value: expanded(value), ...(time !== undefined && { timestamp: time }) };
}

function shownRecord({ partition, offset, key, value, timestamp }: LogRecord): string {
  return `${partition}/${offset} ${key}=${shortened(DECODER.decode(value))}${timestamp === undefined ? '' : ` at ${timestamp}`}`;
}
