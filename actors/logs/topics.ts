import { LithifyError } from '../../protocol/errors.ts';
import type { GroupOffset, Offset, PartitionOffsets, TopicId } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import { groupKey, type LogCatalog, type LogTopic, type StoredGroup } from '../../storage/log/catalog.ts';
import type { Numbered } from '../../storage/log/frame-builder.ts';
import { type LogState, logKey, oldestRecordOf, oldestTombstoneOf, type PartitionId, partitionNumber } from '../../storage/log/part.ts';
import { RecordView } from '../../storage/log/record.ts';
import type { Memtables } from '../memtables.ts';
import type { Tablet } from '../tablet.ts';
import { groupsOfTopic } from './groups-of-topic.ts';
import type { LogNumbers } from './log-numbers.ts';
import { type TailWait, TailWaiters } from './tail-waiters.ts';

/** Topics that one commit creates; their names are a megabyte at most. */
const MOST_CREATED = 1_000;
const NO_WAIT: TailWait = { ready: Promise.resolve(), cancel: () => {} };

export interface PartitionAmount {
  /** Records in memory that no part holds; some of `dirtyBytes`. */
  readonly activeBytes: number;
  /** Records that no compaction has seen. */
  readonly dirtyBytes: number;
  /** All records. */
  readonly totalBytes: number;
  readonly records: number;
}

export interface PartitionLoad extends PartitionAmount {
  readonly oldest: { readonly record?: number; readonly tombstone?: number };
}

interface TopicsParts {
  readonly tablet: () => Tablet;
  readonly memtables: Memtables;
  readonly numbers: LogNumbers;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Something came in: who compacts the partition may want to know. */
  readonly onProduced: (numbered: Numbered) => void;
}

interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly made: PromiseWithResolvers<LogTopic>;
}

/** What there is of topics, by name and by id, and who waits for more. The manifest is the truth; nothing is kept beside it. */
export class Topics {
  readonly waiters = new TailWaiters();
  readonly #parts: TopicsParts;
  /** Creations under way, so that two who ask at once get the same topic. */
  readonly #creating = new Map<string, Promise<LogTopic>>();
  /** Those of them that no commit has taken yet. */
  #wanted: WantedTopic[] = [];
  #isCreating = false;
  /** When the first record that no part holds came in, if it has no time of its own; wall clock, ms. It is another one when others were aged. */
  readonly #since = new Map<string, { readonly agedTo: Offset; readonly at: number }>();
  /** By `partitionNumber`: when the newest record came in; wall clock, ms. */
  readonly #arrived = new Map<number, number>();
  /** By name: where it was found last. An engine may have thousands of topics, and is asked for one by name with every record. */
  readonly #ids = new Map<string, TopicId>();
  readonly #openedAt: number;
  readonly #view = new RecordView();
  #closed = false;

  constructor(parts: TopicsParts) {
    this.#parts = parts;
    this.#openedAt = parts.wall();
  }

  get catalog(): LogCatalog {
    return this.#parts.tablet().logs;
  }

  /** LITHIFY_INVALID_ARGUMENT if it has another number of partitions than is expected. */
  find(name: string, partitions?: number): LogTopic | undefined {
    const found = this.#named(name);
    return found && expectPartitions(found, partitions);
  }

  #named(name: string): LogTopic | undefined {
    const { topics } = this.catalog;
    const known = topics.get(this.#ids.get(name) ?? 0);
    if (known?.name === name) return known;
    for (const topic of topics.values()) {
      if (topic.name !== name) continue;
      this.#ids.set(name, topic.id);
      return topic;
    }
    return undefined;
  }

  /** The topic, made if it is missing. */
  async ensure(name: string, partitions: number | undefined): Promise<LogTopic> {
    this.assertOpen();
    return this.find(name, partitions) ?? expectPartitions(await this.#create(name, partitions ?? 1), partitions);
  }

  /** A new topic of the same name is another one: it shares nothing with this. False: somebody else was faster. */
  async drop({ id, name, partitions }: LogTopic): Promise<boolean> {
    this.assertOpen();
    let dropped = false;
    await this.#parts.tablet().commitLog(() => {
      dropped = this.catalog.topics.has(id);
      return dropped ? { dropped: [id], unstaged: this.#stagedInMemory(id) } : {};
    }, `topic '${name}' is dropped`);
    this.waiters.wakeAll(id);
    await this.#unstageLate(id);
    this.#forget(id, partitions);
    this.#ids.delete(name);
    return dropped;
  }

  has({ topic, partition }: PartitionId): boolean {
    return this.catalog.partitions.has(logKey(topic, partition));
  }

  assertOpen(): void {
    if (this.#closed) throw new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again.');
  }

  /** LITHIFY_NOT_FOUND: it was dropped. */
  state(topic: TopicId, partition: number): LogState {
    const state = this.catalog.partitions.get(logKey(topic, partition));
    if (state === undefined) throw notThere(String(topic));
    return state;
  }

  next(topic: TopicId, partition: number): Offset {
    return this.#parts.numbers.next(topic, partition);
  }

  offsets(topic: TopicId, partition: number): PartitionOffsets {
    const { parts, agedTo } = this.state(topic, partition);
    const next = this.next(topic, partition);
    const tails = this.#parts.memtables.logs.flatMap((table) => table.tail(topic, partition) ?? []).filter(({ last }) => last >= agedTo);
    // A group that is on its way into memory does not count before it is whole.
    const oldest = tails[0]?.offsetFrom(agedTo);
    const inMemory = oldest !== undefined && oldest < next;
    return {
      beginning: parts[0]?.firstOffset ?? (inMemory ? oldest : undefined),
      end: inMemory ? next - 1 : parts.at(-1)?.lastOffset,
      next,
    };
  }

  /** How much there is, and how old; asked after every commit, so it looks at no record but the oldest. */
  load(topic: TopicId, partition: number): PartitionLoad {
    const state = this.state(topic, partition);
    return { ...this.#amountOf(state), oldest: this.#oldestOf(state) };
  }

  /** Only how much there is: for who asks about thousands of partitions at once. */
  amount(topic: TopicId, partition: number): PartitionAmount {
    return this.#amountOf(this.state(topic, partition));
  }

  #amountOf({ topic, partition, parts, agedTo }: LogState): PartitionAmount {
    let [activeBytes, dirtyBytes, compactedBytes, records] = [0, 0, 0, 0];
    for (const part of parts) {
      if (part.compacted) compactedBytes += part.bytes;
      else dirtyBytes += part.bytes;
      records += part.records;
    }
    for (const table of this.#parts.memtables.logs) {
      const tail = table.tail(topic, partition);
      if (tail === undefined || tail.last < agedTo) continue;
      activeBytes += tail.bytesFrom(agedTo);
      records += tail.records - tail.indexOf(agedTo);
    }
    dirtyBytes += activeBytes;
    return { activeBytes, dirtyBytes, totalBytes: dirtyBytes + compactedBytes, records };
  }

  #oldestOf({ topic, partition, parts, agedTo }: LogState): PartitionLoad['oldest'] {
    let record = this.#oldestInMemory(topic, partition, agedTo);
    // Of what is in memory nobody knows whether it is one.
    let tombstone = record;
    for (const part of parts) {
      record = Math.min(record, oldestRecordOf(part));
      tombstone = Math.min(tombstone, oldestTombstoneOf(part));
    }
    return { ...(Number.isFinite(record) && { record }), ...(Number.isFinite(tombstone) && { tombstone }) };
  }

  /** About: of the first record that no part holds its own time, or when it came in. */
  #oldestInMemory(topic: TopicId, partition: number, agedTo: Offset): number {
    const tails = this.#parts.memtables.logs.map((table) => table.tail(topic, partition));
    const tail = tails.find((one) => one !== undefined && one.last >= agedTo);
    if (tail === undefined) {
      this.#since.delete(logKey(topic, partition));
      return Number.POSITIVE_INFINITY;
    }
    tail.view(tail.indexOf(agedTo), this.#view);
    const { timestamp } = this.#view;
    return Number.isNaN(timestamp) ? this.#sinceWhen(logKey(topic, partition), agedTo) : timestamp;
  }

  /** Records without a time are as old as we have known them. */
  #sinceWhen(key: string, agedTo: Offset): number {
    const known = this.#since.get(key);
    if (known?.agedTo === agedTo) return known.at;
    const at = this.#parts.wall();
    this.#since.set(key, { agedTo, at });
    return at;
  }

  /** Those that the log gave back when the store was opened came in then, at the latest. */
  arrivedAt({ topic, partition }: PartitionId): number {
    return this.#arrived.get(partitionNumber(topic, partition)) ?? this.#openedAt;
  }

  /** Resolves at once where there is something to be read, or to be told, already. */
  wait(topic: TopicId, partition: number, from: Offset): TailWait {
    const isThere = !this.#closed && this.catalog.topics.has(topic);
    return isThere && from >= this.next(topic, partition) ? this.waiters.wait(topic, partition, from) : NO_WAIT;
  }

  /** How far a group has read; undefined: it has not committed anything. */
  groupOffset(id: PartitionId & Pick<GroupOffset, 'group'>): StoredGroup | undefined {
    const key = groupKey(id);
    const { live, sealed } = this.#parts.memtables;
    return (
      [live, ...sealed.toReversed()].map(({ groups }) => groups.get(key)).find((found) => found !== undefined) ??
      this.catalog.groups.get(key)
    );
  }

  /** Every group that has committed anything of the topic. */
  groups(topic: TopicId): StoredGroup[] {
    const found = new Map<string, StoredGroup>();
    const { live, sealed } = this.#parts.memtables;
    for (const groups of [this.catalog.groups, ...sealed.map((one) => one.groups), live.groups]) {
      for (const [key, group] of groupsOfTopic(groups, topic)) found.set(key, group);
    }
    return [...found.values()];
  }

  /** Called by the commit itself, before its callers hear of it. */
  committed(numbered: readonly Numbered[]): void {
    this.#parts.numbers.commit(numbered);
    const now = this.#parts.wall();
    for (const one of numbered) {
      this.#arrived.set(partitionNumber(one.topic, one.partition), now);
      this.waiters.wake(one.topic, one.partition, one.next);
      this.#parts.onProduced(one);
    }
  }

  /** Staged values that no record in memory refers to: a crash came between the two. Once, after opening. */
  async dropStale(referred: ReadonlySet<BlobId>): Promise<void> {
    const stale = [...this.catalog.staged.keys()].filter((id) => !referred.has(id));
    if (stale.length > 0)
      await this.#parts.tablet().commitLog({ unstaged: stale }, `${stale.length} staged values that no record refers to`);
  }

  close(): void {
    this.#closed = true;
    this.waiters.wakeAll();
  }

  #forget(topic: TopicId, partitions: number): void {
    for (let partition = 0; partition < partitions; partition++) {
      this.#since.delete(logKey(topic, partition));
      this.#arrived.delete(partitionNumber(topic, partition));
    }
  }

  #create(name: string, partitions: number): Promise<LogTopic> {
    const creating = this.#creating.get(name);
    if (creating !== undefined) return creating;
    const made = Promise.withResolvers<LogTopic>();
    this.#creating.set(name, made.promise);
    this.#wanted.push({ name, partitions, made });
    if (!this.#isCreating) void this.#createAll();
    return made.promise;
  }

  /** One commit at a time; what is asked for meanwhile goes with the next. */
  async #createAll(): Promise<void> {
    this.#isCreating = true;
    for (let some = this.#wanted.splice(0, MOST_CREATED); some.length > 0; some = this.#wanted.splice(0, MOST_CREATED)) {
      await this.#createMany(some);
    }
    this.#isCreating = false;
  }

  async #createMany(wanted: readonly WantedTopic[]): Promise<void> {
    let created: readonly LogTopic[] = [];
    try {
      // The ids are given when the commit's turn comes: other topics may be created before.
      await this.#parts.tablet().commitLog(
        () => {
          const first = this.catalog.nextTopic;
          created = wanted.map(({ name, partitions }, index) => ({ id: first + index, name, partitions }));
          return { created };
        },
        wanted.length === 1 ? `topic '${wanted[0].name}' is created` : `${wanted.length} topics are created`,
      );
      for (const [index, { made }] of wanted.entries()) made.resolve(created[index]);
    } catch (error) {
      for (const { made } of wanted) made.reject(error);
    } finally {
      for (const { name } of wanted) this.#creating.delete(name);
    }
  }

  /** Records that came into memory while the drop was being written: it does not know of their values. */
  async #unstageLate(topic: TopicId): Promise<void> {
    if (this.#stagedInMemory(topic).length === 0) return;
    // If this fails, the next open finds that nothing refers to them.
    const late = () => ({ unstaged: this.#stagedInMemory(topic) });
    await this.#parts
      .tablet()
      .commitLog(late, 'values of records that came while their topic was dropped')
      .catch(() => undefined);
  }

  /** Large values of records that no part holds yet. */
  #stagedInMemory(topic: TopicId): BlobId[] {
    const view = new RecordView();
    const found = new Set<BlobId>();
    for (const table of this.#parts.memtables.logs) {
      for (const tail of table.tails()) {
        if (tail.topic !== topic) continue;
        for (let i = 0; i < tail.records; i++) {
          const staged = tail.view(i, view);
          if (staged !== undefined && this.catalog.staged.has(staged.id)) found.add(staged.id);
        }
      }
    }
    return [...found];
  }
}

function expectPartitions(topic: LogTopic, wanted: number | undefined): LogTopic {
  if (wanted === undefined || topic.partitions === wanted) return topic;
  throw otherPartitions(topic, wanted);
}

function otherPartitions({ name, partitions }: LogTopic, wanted: number): LithifyError {
  const message = `Topic '${name}' has ${partitions} partitions, not ${wanted}; their number is fixed when a topic is made. Use ${partitions}, or another name.`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option: 'partitions', topic: name, partitions } });
}

function notThere(name: string): LithifyError {
  return new LithifyError('LITHIFY_NOT_FOUND', `Topic ${name} was dropped, or never made.`, { details: { topic: name } });
}
