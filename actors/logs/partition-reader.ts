import { codeOf, LithifyError, messageOf } from '../../protocol/errors.ts';
import type { Offset, PartitionOffsets } from '../../protocol/log.ts';
import type { LogTopic } from '../../storage/log/catalog.ts';
import type { LogTable, LogTail } from '../../storage/log/log-table.ts';
import type { LogPart, LogState, PartitionId } from '../../storage/log/part.ts';
import { blockFor, type PartIndex } from '../../storage/log/part-index.ts';
import type { PartReader } from '../../storage/log/part-reader.ts';
import { RecordFault, toLogRecord } from '../../storage/log/record.ts';
import { readStaged } from '../../storage/log/staged-values.ts';
import type { Core } from '../core.ts';
import type { PartitionSource, RecordBatch, TailWaiter } from './partition-source.ts';
import { batchOf, batchOfBlock, batchOfTail, type StagedRecord } from './record-batches.ts';
import { partForTime, timeInPart, timeInTails } from './time-seek.ts';

/** Where a reader finds what is there now; asked anew at each step. */
export interface PartitionReaderParts extends PartitionId {
  readonly name: string;
  /** Another object after each change. Throws LITHIFY_NOT_FOUND or LITHIFY_CLOSED when there is nothing to read any more. */
  state(): LogState;
  /** Oldest first. */
  tables(): readonly LogTable[];
  offsets(): PartitionOffsets;
  /** Keeps what the current state names from being deleted. */
  lease(): { release(): void };
  /** Its cache, if any, should keep index blocks but no log blocks: each is read once. */
  readonly blocks: PartReader;
  turn(): Promise<void>;
  wait(from: Offset): TailWaiter;
}

/**
 * Reads one partition: parts of the current state, then log tables. Each read finds its place by offset, so that a swap,
 * an ageing or a flush between two reads changes nothing; a lease is held during one read only.
 */
export class PartitionReader implements PartitionSource {
  readonly topic: string;
  readonly partition: number;
  readonly #parts: PartitionReaderParts;
  /** Of the part that was read last: the next block is most likely there. */
  #index: { readonly part: LogPart; readonly index: PartIndex } | undefined;

  constructor(parts: PartitionReaderParts) {
    this.#parts = parts;
    this.topic = parts.name;
    this.partition = parts.partition;
  }

  read(from: Offset): Promise<RecordBatch | undefined> | RecordBatch | undefined {
    const state = this.#parts.state();
    const part = partFor(state.parts, from);
    const again = () => this.read(from);
    if (part !== undefined) return this.#leased(state, () => this.#fromPart(part, from), again);
    const batch = this.#fromMemory(from, state.agedTo);
    return batch !== undefined && 'staged' in batch ? this.#leased(state, () => this.#withValue(batch), again) : batch;
  }

  /** Records without a timestamp are nobody's answer. Parts are found by what they say of themselves; memory is looked through. */
  async seekTime(ms: number): Promise<Offset | undefined> {
    for (let from = 0; ; ) {
      const state = this.#parts.state();
      const part = partForTime(state.parts, from, ms);
      if (part !== undefined)
        return this.#leased(
          state,
          () => this.#timeInPart(part, ms),
          () => this.seekTime(ms),
        );
      from = Math.max(from, state.agedTo);
      const { found, next } = timeInTails(this.#tails(from), { from, next: this.offsets().next }, ms);
      if (next === undefined) return found;
      from = next;
      await this.#parts.turn();
    }
  }

  offsets(): PartitionOffsets {
    return this.#parts.offsets();
  }

  wait(from: Offset): TailWaiter {
    return this.#parts.wait(from);
  }

  /** Nothing that the state names is deleted meanwhile. What failed while another state came is done again, on that one. */
  async #leased<T>(state: LogState, work: () => Promise<T>, again: () => Promise<T> | T): Promise<T> {
    const lease = this.#parts.lease();
    try {
      return await work();
    } catch (error) {
      if (this.#parts.state() === state) throw error;
    } finally {
      lease.release();
    }
    return again();
  }

  async #fromPart(part: LogPart, from: Offset): Promise<RecordBatch> {
    const { blocks, turn } = this.#parts;
    let last = part.lastOffset;
    try {
      const index = await this.#indexOf(part);
      const number = blockFor(index, from);
      last = index.lastOffsets[number];
      const batch = await batchOfBlock(await blocks.loadBlock(part, number), { from, last }, this, turn);
      return 'staged' in batch ? await this.#withValue(batch) : batch;
    } catch (error) {
      throw this.#damaged(error, from, last);
    }
  }

  async #indexOf(part: LogPart): Promise<PartIndex> {
    const { blob, firstBlock } = part;
    const known = this.#index;
    if (known?.part.blob.id === blob.id && known.part.firstBlock === firstBlock) return known.index;
    const index = await this.#parts.blocks.loadIndex(part);
    this.#index = { part, index };
    return index;
  }

  async #withValue({ view, staged }: StagedRecord): Promise<RecordBatch> {
    const { blocks, turn } = this.#parts;
    try {
      const value = await readStaged(blocks.source, staged, turn);
      return batchOf([toLogRecord(view, this.topic, this.partition, value)]);
    } catch (error) {
      throw this.#damaged(error, view.offset, view.offset);
    }
  }

  /** Records below `agedTo` are in parts or were compacted away, those from `next` on are not committed yet. */
  #fromMemory(from: Offset, agedTo: Offset): RecordBatch | StagedRecord | undefined {
    const { next } = this.offsets();
    if (from >= next) return undefined;
    const first = Math.max(from, agedTo);
    const [tail] = this.#tails(first);
    return (tail && batchOfTail(tail, tail.indexOf(first), next, this)) ?? { records: [], next };
  }

  /** That have records from this offset on, oldest first. */
  #tails(from: Offset): LogTail[] {
    const { topic, partition } = this.#parts;
    const tails = this.#parts.tables().flatMap((table) => table.tail(topic, partition) ?? []);
    return tails.filter(({ last }) => last >= from);
  }

  async #timeInPart(part: LogPart, ms: number): Promise<Offset> {
    try {
      return await timeInPart(part, ms, this.#parts.blocks);
    } catch (error) {
      throw this.#damaged(error, part.firstOffset, part.lastOffset);
    }
  }

  /** Says where reading can go on; what is no damage stays as it is. */
  #damaged(error: unknown, from: Offset, last: Offset): unknown {
    const isKnown = error instanceof LithifyError && 'after' in error.details;
    if (isKnown || !(error instanceof RecordFault || codeOf(error) === 'LITHIFY_CORRUPTION')) return error;
    const { topic, partition } = this;
    const what = `Topic '${topic}', partition ${partition}: records from ${from} to ${last} cannot be read. ${messageOf(error)}`;
    return new LithifyError('LITHIFY_CORRUPTION', `${what} What follows can be read with from: { after: ${last} }.`, {
      cause: error,
      details: { ...(error instanceof LithifyError && error.details), topic, partition, from, after: last },
    });
  }
}

/** One partition of an open store. */
export function sourceOf(of: () => Core, { id, name }: LogTopic, partition: number): PartitionReader {
  const { runtime, parts } = of();
  return new PartitionReader({
    ...{ name, topic: id, partition, turn: runtime.turn },
    blocks: parts,
    state: () => {
      of().topics.assertOpen();
      return of().topics.state(id, partition);
    },
    tables: () => of().memtables.logs,
    offsets: () => of().topics.offsets(id, partition),
    lease: () => of().lease('subscription'),
    wait: (from) => of().topics.wait(id, partition, from),
  });
}

/** The first part with records from this offset on. */
function partFor(parts: readonly LogPart[], from: Offset): LogPart | undefined {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (parts[middle].lastOffset < from) low = middle + 1;
    else high = middle;
  }
  return parts[low];
}
