import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { NewRecord, Offset, TopicId } from '../../protocol/log.ts';
import type { EngineOptions } from '../../protocol/options.ts';
import type { LogTopic } from '../../storage/log/catalog.ts';
import type { FrameBuilder } from '../../storage/log/frame-builder.ts';
import { encodable } from '../../storage/log/new-record.ts';
import type { StagedValue } from '../../storage/log/part.ts';
import { writeStaged } from '../../storage/log/staged-values.ts';
import { type RecordToWrite, recordBytes, type WriteSet } from '../commit-queue.ts';
import type { Core } from '../core.ts';
import { expectEpoch } from './epoch.ts';
import { checkedPartition } from './topic-names.ts';

const KiB = 1024;
const NO_VALUE = new Uint8Array(0);

/** A value above this goes to a blob of its own before its record is written: it would hold up everybody's commits. Bytes. */
export function stageAbove({ memtableBytes }: Pick<EngineOptions, 'memtableBytes'>): number {
  return Math.min(512 * KiB, Math.floor(memtableBytes / 8));
}

/** What of `produceMany` goes into one commit group, which is at most half a memtable. Bytes. */
function batchBytes({ memtableBytes }: Pick<EngineOptions, 'memtableBytes'>): number {
  return Math.min(256 * KiB, Math.floor(memtableBytes / 4));
}

/** Brings records into the writer's form, large values staged, and hands them over in pieces that a commit can take. */
export class Producer {
  readonly #of: () => Core;

  constructor(of: () => Core) {
    this.#of = of;
  }

  /** Checked, but nothing is written yet: LITHIFY_INVALID_ARGUMENT. */
  check(topic: LogTopic, record: NewRecord): RecordToWrite {
    const checked = encodable(record);
    const partition =
      record.partition === undefined ? partitionOf(checked.key, topic.partitions) : checkedPartition(record.partition, topic.partitions);
    return { topic: topic.id, partition, record: checked };
  }

  isLarge({ record }: RecordToWrite): boolean {
    return record.value.length > stageAbove(this.#of().options);
  }

  /** A large value goes to its blob; the record only refers to it then. */
  async staged(write: RecordToWrite): Promise<RecordToWrite> {
    if (!this.isLarge(write)) return write;
    const staged = await this.stage(write.record.value);
    return { ...write, record: { ...write.record, value: NO_VALUE }, staged };
  }

  /** The value becomes a blob, durably, which the manifest knows from then on. */
  async stage(value: Uint8Array): Promise<StagedValue> {
    const { store, tablet, topics } = this.#of();
    topics.assertOpen();
    const { epoch } = store.state;
    const staged = await this.#writeStaged(value, epoch);
    await tablet.commitLog(() => {
      expectEpoch(store, epoch);
      return { staged: [staged] };
    }, `a value of ${value.length} bytes is staged`);
    return staged;
  }

  async #writeStaged(value: Uint8Array, epoch: number): Promise<StagedValue> {
    const { store, topics, runtime, noteFailure } = this.#of();
    const context = { blobs: store.blobs, checksum: runtime.checksum, turn: () => runtime.turn() };
    try {
      return await writeStaged(context, store.nextBlobId(), value);
    } catch (error) {
      // LevelDB may have been closed under it.
      topics.assertOpen();
      const failure = asLithifyError(error, 'LITHIFY_BLOB_STORE', 'Staging a value');
      // This is no job, so nobody else sees that LevelDB may be poisoned; unless it has been opened anew since.
      if (store.isOpen && store.state.epoch === epoch) noteFailure(failure);
      throw failure;
    }
  }

  /** One write, or none; what was staged for one that is refused is given back. */
  async write(set: WriteSet, sync: boolean | undefined): Promise<Offset[]> {
    const { writer, topics } = this.#of();
    try {
      topics.assertOpen();
      this.#expectTopics(set.records);
      const { done, offsets } = writer.write(set, sync);
      await done;
      return offsets();
    } catch (error) {
      await this.unstage(set.records);
      throw error;
    } finally {
      // A drop that came before the record was in memory could not know of its value.
      await this.unstage(set.records.filter(({ topic, staged }) => staged !== undefined && !this.#isThere(topic)));
    }
  }

  /** Gives back what was staged for records that are not going to be written. */
  unstage(records: readonly RecordToWrite[]): Promise<void> {
    return this.#unstage(records.flatMap((record) => record.staged ?? []));
  }

  /** Records that have their offsets already, and the large values that they refer to; all of them or none. */
  async copy(frames: FrameBuilder, staged: readonly StagedValue[]): Promise<void> {
    try {
      await this.#of().writer.copy(frames);
    } catch (error) {
      await this.#unstage(staged);
      throw error;
    }
  }

  /** In order, as many at a time as a commit takes; one that is refused keeps neither those before nor those behind it from being written. */
  async writeAll(records: readonly RecordToWrite[], sync: boolean | undefined): Promise<Offset[]> {
    const writes = batchesOf(records, batchBytes(this.#of().options)).map((batch) => ({ operations: [], records: batch, groups: [] }));
    if (writes.length === 1) return this.write(writes[0], sync);
    const batches = writes.map((write) => this.write(write, sync));
    const settled = await Promise.allSettled(batches);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  }

  /** LITHIFY_NOT_FOUND: one has been dropped since the record was checked. */
  #expectTopics(records: readonly RecordToWrite[]): void {
    let known: TopicId | undefined;
    for (const { topic } of records) {
      if (topic !== known && !this.#isThere(topic))
        throw new LithifyError(
          'LITHIFY_NOT_FOUND',
          'The topic was dropped before the record was written; produce again to make a new one.',
        );
      known = topic;
    }
  }

  #isThere(topic: TopicId): boolean {
    return this.#of().topics.catalog.topics.has(topic);
  }

  async #unstage(values: readonly StagedValue[]): Promise<void> {
    if (values.length === 0) return;
    const { tablet, topics } = this.#of();
    const unstaged = () => values.map(({ id }) => id).filter((id) => topics.catalog.staged.has(id));
    // If this fails too, the next open finds that nothing refers to them.
    await tablet.commitLog(() => ({ unstaged: unstaged() }), 'a write was refused').catch(() => undefined);
  }
}

/** A key's records stay together. */
function partitionOf(key: bigint, partitions: number): number {
  return partitions === 1 ? 0 : Number(key % BigInt(partitions));
}

function batchesOf(records: readonly RecordToWrite[], most: number): RecordToWrite[][] {
  const batches: RecordToWrite[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = recordBytes(record);
    if (bytes + size > most) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(record);
    bytes += size;
  }
  return batches;
}
