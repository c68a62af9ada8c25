import type { Observable } from 'rxjs';
import type { CompactionOptions } from '../../protocol/compaction-options.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { GroupLag, LogRecord, NewRecord, Offset, PartitionOffsets, PartitionSizes } from '../../protocol/log.ts';
import type { LogTopic } from '../../storage/log/catalog.ts';
import type { WriteBytes, Written } from '../../storage/log/streambed/writer.ts';
import type { RecordToWrite } from '../commit-queue.ts';
import type { Imported, ImportOptions, StreambedFile } from './importer.ts';
import type { Logs } from './logs.ts';
import { checkedFlag, checkOptions } from './options.ts';
import { records$ } from './records.ts';
import type { SubscribeOptions } from './subscribe-options.ts';
import type { Subscription } from './subscription.ts';
import { checkedName, checkedPartition, missingTopic } from './topic-names.ts';

/** What `produce` takes; all of it may be left out. */
export interface ProduceOptions {
  /** Must the record be on disk before it is acknowledged? Default: as the engine's `durability` says. */
  readonly sync?: boolean;
}

/**
 * A commit log: records in partitions, numbered by offsets that ascend from 0. A plain object; it need not exist yet, the
 * first record makes it. Made by `engine.topic(name)`.
 */
export class Topic {
  readonly name: string;
  readonly #logs: Logs;
  readonly #partitions: number | undefined;
  #known: LogTopic | undefined;

  constructor(logs: Logs, name: string, partitions: number | undefined) {
    this.name = name;
    this.#logs = logs;
    this.#partitions = partitions;
  }

  /** Its number of partitions, fixed when it is made; undefined: it does not exist yet. */
  get partitions(): number | undefined {
    return this.#found()?.partitions;
  }

  /** The record's offset, once it is as durable as asked for. Records get their offsets in the order of the calls. */
  async produce(record: NewRecord, options: ProduceOptions = {}): Promise<Offset> {
    const [offset] = await this.#produce([record], options);
    return offset;
  }

  /** In order. Not one atomic write: after a failure some of them may be there, in order (see `engine.write`). */
  async produceMany(records: Iterable<NewRecord>, options: ProduceOptions = {}): Promise<Offset[]> {
    if (typeof records?.[Symbol.iterator] !== 'function') throw notRecords(records);
    return this.#produce([...records], options);
  }

  /** undefined: the topic does not exist. */
  offsets(partition = 0): PartitionOffsets | undefined {
    const topic = this.#found();
    return topic && this.#logs.offsets(topic, checkedPartition(partition, topic.partitions));
  }

  /** Bytes in memory and in parts; undefined: the topic does not exist. */
  sizes(partition = 0): PartitionSizes | undefined {
    const topic = this.#found();
    return topic && this.#logs.sizes(topic, checkedPartition(partition, topic.partitions));
  }

  /** Records as they are there and as they come. LITHIFY_NOT_FOUND: the topic does not exist yet; `make` it before. */
  subscribe(options: SubscribeOptions = {}): Subscription {
    return this.#logs.subscribe([this], options);
  }

  /** The same as an Observable: the next record is read when `work` on the last has settled. */
  records$(options: SubscribeOptions = {}, work?: (record: LogRecord) => unknown): Observable<LogRecord> {
    return records$(() => this.subscribe(options), work);
  }

  /** The group has consumed everything up to and including this offset. Going back is allowed. LITHIFY_NOT_FOUND: no topic. */
  async commit(group: string, offset: Offset, partition = 0): Promise<void> {
    const topic = this.#found();
    if (topic === undefined) throw missingTopic(this.name);
    await this.#logs.commit(topic, checkedName(group, 'consumer group'), offset, checkedPartition(partition, topic.partitions));
  }

  /** Every group that has committed, with what it has yet to read. */
  groups(): GroupLag[] {
    const topic = this.#found();
    return topic === undefined ? [] : this.#logs.groups(topic);
  }

  /** Compacts everything that was acknowledged before this call; resolves when that run has ended. */
  async compact(): Promise<void> {
    this.#logs.expectRegistered(this.name);
    await this.#logs.compact(await this.ensure());
  }

  /** From now on, while the engine is open, it is compacted so; takes the place of an earlier registration. */
  register(compaction: CompactionOptions): void {
    this.#logs.remember(this.name, compaction);
    const topic = this.#found();
    if (topic !== undefined) this.#logs.register(topic);
  }

  /** It is not compacted any more; a run that is under way ends, with nothing lost, before this resolves. */
  async unregister(): Promise<void> {
    await this.#logs.unregister(this.name);
  }

  /** All records, offsets and groups go. A topic that is made under the same name later is another one. False: it was not there. */
  async drop(): Promise<boolean> {
    const topic = this.#found();
    this.#known = undefined;
    return topic !== undefined && (await this.#logs.drop(topic));
  }

  /**
   * Takes over a topic of streambed-logged with its own offsets and timestamps, byte for byte. `files` in the order in
   * which that system reads them: ancient history, history, active (`topicFiles` names them). Every good record is kept,
   * what is damaged is reported. LITHIFY_INVALID_ARGUMENT, with nothing written: the topic goes on above the first of them,
   * or has several partitions. After another failure those before it are there.
   */
  import(files: readonly StreambedFile[], options: ImportOptions = {}): Promise<Imported> {
    return this.#logs.import(this, files, options);
  }

  /** A partition's records as they are now, as a file of streambed-logged; none: not a byte, and then there should be no file. */
  async export(write: WriteBytes, partition = 0): Promise<Written> {
    return this.#logs.export(this, write, partition);
  }

  /** Makes the topic if it is missing. */
  async make(): Promise<this> {
    await this.ensure();
    return this;
  }

  /** For `Logs`. */
  async ensure(): Promise<LogTopic> {
    return this.#found() ?? (this.#known = await this.#logs.ensure(this.name, this.#partitions));
  }

  async #produce(records: readonly NewRecord[], options: ProduceOptions): Promise<Offset[]> {
    checkOptions(options, ['sync'], 'a produce');
    const sync = checkedFlag(options.sync, 'sync');
    const topic = this.#found();
    // What is refused is refused before anything is made or written.
    const placed = topic ?? this.#logs.imagined(this.name, this.#partitions);
    const writes = records.map((record) => this.#logs.producer.check(placed, record));
    if (writes.length === 0) return [];
    const isStraight = topic !== undefined && !this.#logs.ahead.has(this.name) && !this.#logs.mustWait(topic, writes);
    return isStraight ? this.#logs.producer.writeAll(writes, sync) : this.#produceBehind(records, writes, sync);
  }

  /** What takes its time: making the topic, staging large values, waiting for the compactor. Others line up behind. */
  async #produceBehind(records: readonly NewRecord[], checked: readonly RecordToWrite[], sync: boolean | undefined): Promise<Offset[]> {
    const { ahead, producer } = this.#logs;
    const before = ahead.get(this.name) ?? Promise.resolve();
    const prepared = before.catch(() => undefined).then(() => this.#prepared(records, checked));
    // Handed over in the same turn in which the next in line may go on, so nobody overtakes.
    const handedOver = prepared.then((writes) => ({ written: producer.writeAll(writes, sync) }));
    ahead.set(this.name, handedOver);
    try {
      const { written } = await handedOver;
      return await written;
    } finally {
      if (ahead.get(this.name) === handedOver) ahead.delete(this.name);
    }
  }

  /** `checked` counts if the topic is still the one that they were checked for. */
  async #prepared(records: readonly NewRecord[], checked: readonly RecordToWrite[]): Promise<RecordToWrite[]> {
    const { producer } = this.#logs;
    const topic = await this.ensure();
    const isSame = checked[0]?.topic === topic.id;
    const placed = isSame ? checked : records.map((record) => producer.check(topic, record));
    await this.#logs.waitForRoom(topic, placed);
    const writes: RecordToWrite[] = [];
    try {
      for (const write of placed) writes.push(await producer.staged(write));
      return writes;
    } catch (error) {
      await producer.unstage(writes);
      throw error;
    }
  }

  /** For `Logs`: undefined if it does not exist. */
  get known(): LogTopic | undefined {
    return this.#found();
  }

  #found(): LogTopic | undefined {
    if (this.#known === undefined || !this.#logs.isThere(this.#known)) this.#known = this.#logs.find(this.name, this.#partitions);
    return this.#known;
  }
}

function notRecords(given: unknown): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `The records are ${given === null ? 'null' : typeof given}; they must be iterable.`);
}
