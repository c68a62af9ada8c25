import type { Of, Produced, ReadFrom, Retention, TopicName } from './operations.ts';
import { NO_SUBSCRIPTION, PARTITIONS, share } from './perform-logs.ts';
import type { Performer, Visible } from './performer.ts';

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
  | 'drop';

interface ModelRecord extends Produced {
  readonly offset: number;
}

interface ModelPartition {
  readonly number: number;
  /** Those that are left. */
  records: ModelRecord[];
  next: number;
  readonly groups: Map<string, number>;
}

interface ModelSubscription {
  readonly partition: ModelPartition;
  next: number;
  isOver: boolean;
}

const NOTHING: ModelPartition = { number: 0, records: [], next: 0, groups: new Map() };
const NOT_FOUND = '! LITHIFY_NOT_FOUND';

/** Commit logs as they ought to be: an array a partition, from which a compaction takes what its retention lets go. */
export class ModelTopics {
  readonly #topics = new Map<TopicName, readonly ModelPartition[]>();
  readonly #subscriptions = new Map<number, ModelSubscription>();
  #retention: Retention | undefined;

  /** Registrations and subscriptions last as long as an engine. */
  letGo(): void {
    this.#subscriptions.clear();
    this.#retention = undefined;
  }

  make(name: TopicName): readonly ModelPartition[] {
    const known =
      this.#topics.get(name) ??
      Array.from({ length: PARTITIONS[name] }, (_, number) => ({ number, records: [], next: 0, groups: new Map() }));
    this.#topics.set(name, known);
    return known;
  }

  append(name: TopicName, record: Produced): number {
    const partitions = this.make(name);
    const partition = partitions[record.key % partitions.length];
    partition.records.push({ ...record, offset: partition.next });
    return partition.next++;
  }

  commitFirst({ topic, group, at }: Omit<Of<'commit'>, 'kind'>): void {
    const [{ next, groups }] = this.#topics.get(topic) ?? [NOTHING];
    if (next > 0) groups.set(group, share(next, at));
  }

  operations(): Pick<Performer, LogKind> {
    return {
      produce: async ({ topic, records }) => records.map((record) => this.append(topic, record)),
      read: async ({ topic, from }) => this.#read(topic, from),
      topics: async () => [...this.#sorted()].map(([name, partitions]) => infoOf(name, partitions)),
      commit: async ({ topic, group, at }) => this.#commit(topic, group, at),
      subscribe: async ({ place }) => {
        this.#subscriptions.delete(place);
        const partition = this.#topics.get('plain')?.[place % PARTITIONS.plain];
        if (partition === undefined) return NOT_FOUND;
        this.#subscriptions.set(place, { partition, next: 0, isOver: false });
        return null;
      },
      take: async ({ place, count }) => taken(this.#subscriptions.get(place), count),
      register: async ({ retention }) => {
        this.#retention = retention;
        return null;
      },
      unregister: async () => {
        this.#retention = undefined;
        return null;
      },
      compact: async ({ topic }) => this.#compact(topic),
      compactBeside: async () => null,
      drop: async ({ topic }) => {
        if (topic === 'plain') this.#subscriptions.clear();
        return this.#topics.delete(topic);
      },
    };
  }

  all(): Visible {
    return Object.fromEntries(this.#sorted().map(([name]) => [name, this.#read(name, 'beginning')]));
  }

  #sorted(): [TopicName, readonly ModelPartition[]][] {
    return [...this.#topics].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #read(name: TopicName, from: ReadFrom): Visible {
    const partitions = this.#topics.get(name);
    if (partitions === undefined) return NOT_FOUND;
    const isBusy = name === 'busy';
    const seen = partitions.flatMap((partition) => {
      const { records } = partition;
      const left = isBusy ? newest(records, 1, ownKey) : records;
      return left
        .slice(startOf(partition, left, isBusy && typeof from === 'object' && 'time' in from ? 'beginning' : from))
        .map((one) => shown(partition, one));
    });
    return isBusy ? [true, ...seen] : seen;
  }

  #commit(name: TopicName, group: string, at: number): Visible {
    const partitions = this.#topics.get(name);
    if (partitions === undefined) return NOT_FOUND;
    for (const { next, groups } of partitions) {
      if (next === 0) return '! LITHIFY_INVALID_ARGUMENT';
      groups.set(group, share(next, at));
    }
    return null;
  }

  #compact(name: 'settled' | 'busy'): Visible {
    const retention: Retention | undefined = name === 'busy' ? { by: 'key', maxKeys: 2 } : this.#retention;
    if (retention === undefined) return '! LITHIFY_INVALID_ARGUMENT';
    const [partition] = this.make(name);
    partition.records = keptBy(retention, partition.records);
    return partition.records.map((one) => shown(partition, one));
  }
}

function startOf({ groups, next }: ModelPartition, records: readonly ModelRecord[], from: ReadFrom): number {
  if (from === 'beginning') return 0;
  const isFirst = (one: ModelRecord) => {
    if ('time' in from) return one.time !== undefined && one.time >= from.time;
    return one.offset > ('after' in from ? share(next, from.after) : (groups.get(from.group) ?? -1));
  };
  const at = records.findIndex(isFirst);
  return at < 0 ? records.length : at;
}

function keptBy(retention: Retention, records: readonly ModelRecord[]): ModelRecord[] {
  if (retention.by !== 'function') return newest(records, retention.by === 'nth' ? retention.n : 1, ownKey);
  return newest(records, 1, ({ key }) => (key % 2 === 0 ? 'even' : key % 3 === 0 ? 'three' : undefined));
}

/** The newest n of each key; what has no key is left alone. */
function newest(records: readonly ModelRecord[], n: number, keyOf: (record: ModelRecord) => number | string | undefined): ModelRecord[] {
  return records.filter((record, at) => {
    const key = keyOf(record);
    return key === undefined || records.slice(at + 1).filter((later) => keyOf(later) === key).length < n;
  });
}

function ownKey({ key }: ModelRecord): number {
  return key;
}

function taken(subscription: ModelSubscription | undefined, count: number): Visible {
  if (subscription === undefined) return NO_SUBSCRIPTION;
  const { partition, next, isOver } = subscription;
  const found = isOver ? [] : partition.records.slice(next, next + count).map((one) => shown(partition, one));
  subscription.next += found.length;
  subscription.isOver = found.length < count;
  return subscription.isOver ? [...found, 'end'] : found;
}

function infoOf(name: TopicName, partitions: readonly ModelPartition[]): Visible {
  const isBusy = name === 'busy';
  const offsets = partitions.map(({ records, next }) => [isBusy ? '' : (records[0]?.offset ?? null), records.at(-1)?.offset ?? null, next]);
  const groups = partitions.flatMap((partition) =>
    [...partition.groups].map(
      ([group, committed]) => `${group}/${partition.number} ${committed} ${isBusy ? '' : lag(partition, committed)}`,
    ),
  );
  const records = partitions.reduce((sum, one) => sum + one.records.length, 0);
  return [name, isBusy ? '' : records, offsets, groups.sort()];
}

/** Counted by offsets, from the first record on. */
function lag({ records }: ModelPartition, committed: number): number {
  const [first] = records;
  const last = records.at(-1);
  return first === undefined || last === undefined ? 0 : Math.max(0, last.offset - Math.max(committed, first.offset - 1));
}

function shown({ number }: ModelPartition, { offset, key, value, time }: ModelRecord): string {
  return `${number}/${offset} ${key}=${value}${time === undefined ? '' : ` at ${time}`}`;
}
