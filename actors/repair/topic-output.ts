import type { Offset } from '../../protocol/log.ts';
import type { LostRecords } from '../../protocol/repair.ts';
import type { LogTopic, StoredGroup } from '../../storage/log/catalog.ts';
import { FrameBuilder } from '../../storage/log/frame-builder.ts';
import { FrameReader } from '../../storage/log/frame-reader.ts';
import { encodedGroupBytes } from '../../storage/log/group-commits.ts';
import type { StagedValue } from '../../storage/log/part.ts';
import type { RecordView } from '../../storage/log/record.ts';
import { type FoundRecord, PartitionRecords } from '../../storage/salvage/logs/partition-records.ts';
import { readValue } from '../../storage/salvage/logs/read-value.ts';
import type { SalvageBlocks } from '../../storage/salvage/salvage-blocks.ts';
import type { EngineCore } from '../engine-core.ts';
import { stageAbove } from '../logs/producer.ts';
import type { PartitionPlan, TopicPlan } from './topic-plan.ts';

const BATCH_BYTES = 256 * 1024;
const RECORDS_PER_TURN = 4096;

interface OutputTools {
  readonly blocks: SalvageBlocks;
  /** Offsets that are missing from the log were lost with it. */
  readonly isLogWhole: boolean;
  readonly turn: () => Promise<void>;
}

/** Topics into a new store: records with their offsets, byte for byte, and what groups have read. */
export class TopicOutput {
  readonly #engine: EngineCore;
  readonly #tools: OutputTools;
  readonly #batchBytes: number;
  readonly #frames = new FrameBuilder();
  #staged: StagedValue[] = [];
  /** Where partitions go on, if not behind their last record. */
  readonly #ends: { readonly topic: LogTopic; readonly partition: number; readonly next: Offset }[] = [];
  readonly lost: LostRecords[] = [];
  records = 0;

  constructor(engine: EngineCore, tools: OutputTools) {
    this.#engine = engine;
    this.#tools = tools;
    this.#batchBytes = Math.min(BATCH_BYTES, Math.floor(engine.options.memtableBytes / 4));
  }

  /** All topics are made before the first record comes: thousands of them in a few commits. */
  async addAll(plans: readonly TopicPlan[]): Promise<void> {
    const { logs } = this.#engine;
    const topics = await Promise.all(plans.map(({ name, partitions }) => logs.ensure(name, partitions.length)));
    for (const [i, topic] of topics.entries()) {
      for (const plan of plans[i].partitions) await this.#addPartition(topic, plan);
      await this.#tools.turn();
    }
    await this.#flush();
    const groups = plans.flatMap(({ partitions }, i) =>
      partitions.flatMap((plan) => plan.groups.map((group) => ({ ...group, topic: topics[i].id }))),
    );
    await this.#addGroups(groups);
  }

  /** After everything was flushed: offsets that were given once are not given again. */
  async finish(): Promise<void> {
    const { tablet, topics } = this.#engine.core;
    const changes = this.#ends
      .filter(({ topic, partition, next }) => next > topics.next(topic.id, partition))
      .map(({ topic, partition, next }) => ({ topic: topic.id, partition, removed: [], added: [], agedTo: next }));
    if (changes.length > 0) await tablet.commitLog({ changes }, 'offsets that were given are kept');
  }

  async #addPartition(topic: LogTopic, plan: PartitionPlan): Promise<void> {
    const copy = new PartitionCopy(topic, plan.partition);
    const { blocks, turn } = this.#tools;
    const records = new PartitionRecords(plan.parts, blocks, ({ from, to, ...place }) => this.#lose(copy, from, to, place));
    for (let count = 1; ; count++) {
      const found = records.next();
      const record = found instanceof Promise ? await found : found;
      if (record === undefined) break;
      const pending = this.#take(copy, record);
      if (pending !== undefined) await pending;
      if (count % RECORDS_PER_TURN === 0) await turn();
    }
    copy.next = Math.max(copy.next, plan.agedTo);
    await this.#addFrames(copy, plan);
    const read = plan.groups.map(({ offset }) => offset + 1);
    this.#ends.push({ topic, partition: plan.partition, next: Math.max(copy.next, ...read) });
  }

  async #addFrames(copy: PartitionCopy, { frames, agedTo }: PartitionPlan): Promise<void> {
    if (frames === undefined) return;
    const reader = new FrameReader(frames.frames.bytes);
    for (let count = 1; reader.next(); count++) {
      const { record: view, staged } = reader;
      if (view.offset < agedTo || view.offset < copy.next) continue;
      if (!this.#tools.isLogWhole && view.offset > copy.next) this.#lose(copy, copy.next, view.offset - 1, { reason: 'lost with the log' });
      const pending = this.#take(copy, { view, staged });
      if (pending !== undefined) await pending;
      if (count % RECORDS_PER_TURN === 0) await this.#tools.turn();
    }
  }

  /** A promise only where there is something to wait for. */
  #take(copy: PartitionCopy, { view, staged }: FoundRecord): Promise<void> | undefined {
    const size = view.end - view.start;
    const isLarge = staged !== undefined || view.valueEnd - view.valueStart > stageAbove(this.#engine.options);
    if (isLarge || this.#frames.length + size > this.#batchBytes) return this.#takeSlowly(copy, { view, staged }, isLarge);
    this.#copy(copy, view, undefined);
    return undefined;
  }

  async #takeSlowly(copy: PartitionCopy, { view, staged }: FoundRecord, isLarge: boolean): Promise<void> {
    if (this.#frames.length + view.end - view.start > this.#batchBytes) await this.#flush();
    if (!isLarge) return this.#copy(copy, view, undefined);
    const value = staged === undefined ? view.bytes.subarray(view.valueStart, view.valueEnd) : await readValue(staged, this.#tools.blocks);
    if ('flaw' in value) {
      const place = staged === undefined ? {} : { blobId: staged.id };
      this.#lose(copy, view.offset, view.offset, { ...place, reason: value.flaw });
      copy.next = view.offset + 1;
      return;
    }
    const again = await this.#engine.logs.producer.stage(value);
    this.#staged.push(again);
    this.#copy(copy, view, again);
  }

  #copy(copy: PartitionCopy, view: RecordView, staged: StagedValue | undefined): void {
    this.#frames.copy(copy.topic.id, copy.partition, view, staged);
    copy.next = view.offset + 1;
    this.records++;
  }

  async #flush(): Promise<void> {
    if (this.#frames.count === 0) return;
    const staged = this.#staged;
    this.#staged = [];
    const written = this.#engine.logs.producer.copy(this.#frames, staged);
    this.#frames.reset();
    await written;
  }

  async #addGroups(groups: readonly StoredGroup[]): Promise<void> {
    let batch: StoredGroup[] = [];
    let bytes = 0;
    const send = () => this.#engine.logs.producer.write({ operations: [], records: [], groups: batch }, undefined);
    for (const group of groups) {
      if (batch.length > 0 && bytes + encodedGroupBytes(group) > this.#batchBytes) {
        await send();
        batch = [];
        bytes = 0;
      }
      batch.push(group);
      bytes += encodedGroupBytes(group);
    }
    if (batch.length > 0) await send();
  }

  #lose(
    { topic, partition }: PartitionCopy,
    from: Offset,
    to: Offset,
    place: Omit<LostRecords, 'what' | 'topic' | 'partition' | 'from' | 'to'>,
  ): void {
    this.lost.push({ what: 'records', topic: topic.name, partition, from, to, ...place });
  }
}

/** A partition on its way. */
class PartitionCopy {
  readonly topic: LogTopic;
  readonly partition: number;
  /** Above every offset that was met. */
  next: Offset = 0;

  constructor(topic: LogTopic, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }
}
