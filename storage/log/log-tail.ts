import { LithifyError } from '../../protocol/errors.ts';
import type { Offset, TopicId } from '../../protocol/log.ts';
import { STAGED_REFERENCE_BYTES } from './frame.ts';
import { readReference } from './frame-reader.ts';
import type { PartitionId, StagedValue } from './part.ts';
import { Positions } from './positions.ts';
import type { RecordView } from './record.ts';
import { numberSize } from './words.ts';

/** The records of one topic partition in a log table, by their index: 0 is the oldest. */
export class LogTail implements PartitionId {
  readonly topic: TopicId;
  readonly partition: number;
  readonly #bytes: Uint8Array;
  /** Where each frame's size stands. */
  readonly #positions = new Positions();
  /**
   * Offsets have no gaps but for imported records, so only the first index and the first offset of each stretch without
   * one are kept: in place of eight bytes a record nearly always nothing.
   */
  readonly #runIndexes: number[] = [];
  readonly #runOffsets: Offset[] = [];
  #last: Offset = -1;
  #frameBytes = 0;
  /** How far `bytesFrom` has counted. */
  #countedIndex = 0;
  #countedBytes = 0;
  /** Where the number ends that `#sizeAt` read. */
  #sizeEnd = 0;

  constructor({ topic, partition }: PartitionId, bytes: Uint8Array) {
    this.topic = topic;
    this.partition = partition;
    this.#bytes = bytes;
  }

  /** There is no tail without a record. */
  get first(): Offset {
    return this.#runOffsets[0];
  }
  get last(): Offset {
    return this.#last;
  }
  get records(): number {
    return this.#positions.length;
  }
  /** What the records will take in log blocks: each one's size, the record, and its staged reference. */
  get bytes(): number {
    return this.#frameBytes;
  }

  /** For the log table only. `position`: of the size; `end`: behind the record. */
  push(position: number, end: number, offset: Offset): void {
    if (offset !== this.#last + 1 || this.#runIndexes.length === 0) this.#beginRun(offset);
    this.#last = offset;
    this.#frameBytes += end - position;
    this.#positions.push(position);
  }

  /** Index of the first record with an offset of at least this; `records` when there is none. */
  indexOf(offset: Offset): number {
    if (offset > this.#last) return this.records;
    const run = this.#runBefore(offset);
    if (run < 0) return 0;
    const index = this.#runIndexes[run] + offset - this.#runOffsets[run];
    const next = run + 1 < this.#runIndexes.length ? this.#runIndexes[run + 1] : this.records;
    return Math.min(index, next);
  }

  /** The first offset of at least this that a record has; undefined: there is none. */
  offsetFrom(offset: Offset): Offset | undefined {
    if (offset > this.#last) return undefined;
    const run = this.#runBefore(offset);
    const index = this.indexOf(offset);
    const isInRun = run >= 0 && index < (this.#runIndexes[run + 1] ?? this.records);
    return isInRun ? offset : this.#runOffsets[run + 1];
  }

  /** `bytes` of the records from this offset on. Asked with ascending offsets, it looks at each record once. */
  bytesFrom(offset: Offset): number {
    const index = this.indexOf(offset);
    if (index < this.#countedIndex) this.#countedIndex = this.#countedBytes = 0;
    for (; this.#countedIndex < index; this.#countedIndex++) this.#countedBytes += this.#bytesOf(this.#countedIndex);
    return this.#frameBytes - this.#countedBytes;
  }

  /** Where the frame begins of the first record with an offset of at least this; undefined: there is none. */
  frameFrom(offset: Offset): number | undefined {
    const index = this.indexOf(offset);
    if (index >= this.records) return undefined;
    return this.#positions.at(index) - numberSize(this.topic) - numberSize(this.partition);
  }

  /** Points the view at the record; returns where its value is when that is staged. */
  view(index: number, into: RecordView): StagedValue | undefined {
    const bytes = this.#bytes;
    const size = this.#sizeAt(this.#positions.at(index));
    const at = this.#sizeEnd;
    const end = at + (size >>> 1);
    if ((size & 1) === 0) {
      into.read(bytes, at, end);
      return undefined;
    }
    into.read(bytes, at, end - STAGED_REFERENCE_BYTES);
    return readReference(bytes, end - STAGED_REFERENCE_BYTES);
  }

  #bytesOf(index: number): number {
    const position = this.#positions.at(index);
    const size = this.#sizeAt(position);
    return this.#sizeEnd - position + (size >>> 1);
  }

  #sizeAt(position: number): number {
    const bytes = this.#bytes;
    let at = position;
    let byte = bytes[at++];
    let size = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++];
      size |= (byte & 127) << shift;
    }
    this.#sizeEnd = at;
    return size;
  }

  #beginRun(offset: Offset): void {
    if (offset <= this.#last || !Number.isSafeInteger(offset)) {
      const { topic, partition } = this;
      throw new LithifyError('LITHIFY_INTERNAL', `Offset ${offset} came after ${this.#last} in partition ${partition} of topic ${topic}.`, {
        details: { topic, partition, offset, last: this.#last },
      });
    }
    this.#runIndexes.push(this.records);
    this.#runOffsets.push(offset);
  }

  /** The last run that begins at or before the offset; -1: none does. */
  #runBefore(offset: Offset): number {
    let low = 0;
    let high = this.#runOffsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runOffsets[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
