import type { Offset, TopicId } from '../../protocol/log.ts';
import { writeU32, writeU48 } from '../little-endian.ts';
import { STAGED_REFERENCE_BYTES } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { partitionNumber, type StagedValue } from './part.ts';
import { type EncodableRecord, encodedSize, encodeRecord, encodeWithOffset, encodeWithoutValue, type RecordView } from './record.ts';

const FIRST_BYTES = 4 * 1024;
/** A buffer that one large group made larger than this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Topic, partition and size as varints, at their longest. */
const MOST_PREFIX_BYTES = 8 + 5 + 5;
/** An offset's varint may get longer by so much when the record is numbered anew. */
const MOST_GROWTH_BYTES = 8;

/** The offsets of the records that a group has for one partition. */
export interface Numbered {
  readonly topic: TopicId;
  readonly partition: number;
  base: Offset;
  count: number;
  /** One above the last: base + count, but for records that came with their offsets. */
  next: Offset;
}

/** Collects a commit group's records as frames (frame.ts). To be reused, one group after the other. */
export class FrameBuilder {
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = 0;
  #count = 0;
  #isFixed = false;
  readonly #numbered = new Map<number, Numbered>();

  get count(): number {
    return this.#count;
  }
  /** Bytes of the frames so far. */
  get length(): number {
    return this.#at;
  }
  /** Its records have the offsets that they came with, and are never numbered anew. */
  get isFixed(): boolean {
    return this.#isFixed;
  }
  /** The frames, good until the next `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
  /** By partition: offsets that its records have, or will have if the groups before this one are committed. */
  get numbered(): readonly Numbered[] {
    return [...this.#numbered.values()];
  }

  /** Copies the record. `offset`: of a partition's records each is one above the last. Returns the partition's numbers, which may still change. */
  add(topic: TopicId, partition: number, record: EncodableRecord, offset: Offset, staged?: StagedValue): Numbered {
    const size = encodedSize(record, offset) + (staged === undefined ? 0 : STAGED_REFERENCE_BYTES);
    this.#makeRoom(size + MOST_PREFIX_BYTES);
    this.#prefix(topic, partition, 2 * size + (staged === undefined ? 0 : 1));
    this.#at = encodeRecord(this.#bytes, this.#at, record, offset);
    if (staged !== undefined) this.#at = writeReference(this.#bytes, this.#at, staged);
    this.#count++;
    return this.#number(topic, partition, offset);
  }

  /**
   * Copies a record that has its offset already, above that of the partition's last one; byte for byte, but for a value
   * that is staged. Not to be mixed with `add` before a `reset`.
   */
  copy(topic: TopicId, partition: number, view: RecordView, staged?: StagedValue): void {
    this.#isFixed = true;
    if (staged === undefined) this.#frame(topic, partition, view.bytes.subarray(view.start, view.end));
    else this.#frame(topic, partition, withoutValue(view), staged);
    this.#count++;
    this.#number(topic, partition, view.offset);
  }

  /** Becomes a copy of the other. */
  adopt(other: FrameBuilder): void {
    this.reset();
    this.#makeRoom(other.length);
    this.#bytes.set(other.bytes);
    this.#at = other.length;
    this.#count = other.count;
    this.#isFixed = other.isFixed;
    for (const numbered of other.numbered) this.#numbered.set(partitionNumber(numbered.topic, numbered.partition), { ...numbered });
  }

  /** Gives the records other offsets: those before them were refused. */
  renumber(baseOf: (numbered: Numbered) => Offset): void {
    const { frames, counts } = { frames: new FrameReader(this.#bytes.slice(0, this.#at)), counts: new Map<Numbered, number>() };
    this.#at = 0;
    for (const numbered of this.#numbered.values()) {
      numbered.base = baseOf(numbered);
      numbered.next = numbered.base + numbered.count;
    }
    while (frames.next()) {
      const numbered = this.#of(frames.topic, frames.partition);
      const index = counts.get(numbered) ?? 0;
      counts.set(numbered, index + 1);
      this.#renumbered(frames, numbered.base + index);
    }
  }

  reset(): void {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#at = 0;
    this.#count = 0;
    this.#isFixed = false;
    this.#numbered.clear();
  }

  #renumbered({ record, staged, topic, partition }: FrameReader, offset: Offset): void {
    // The size comes before the record and depends on it: written elsewhere, then copied to its place.
    const scratch = new Uint8Array(record.end - record.start + MOST_GROWTH_BYTES);
    this.#frame(topic, partition, scratch.subarray(0, encodeWithOffset(scratch, 0, record, offset)), staged);
  }

  #frame(topic: TopicId, partition: number, record: Uint8Array, staged?: StagedValue): void {
    const size = record.length + (staged === undefined ? 0 : STAGED_REFERENCE_BYTES);
    this.#makeRoom(size + MOST_PREFIX_BYTES);
    this.#prefix(topic, partition, 2 * size + (staged === undefined ? 0 : 1));
    this.#bytes.set(record, this.#at);
    this.#at += record.length;
    if (staged !== undefined) this.#at = writeReference(this.#bytes, this.#at, staged);
  }

  #number(topic: TopicId, partition: number, offset: Offset): Numbered {
    const key = partitionNumber(topic, partition);
    let numbered = this.#numbered.get(key);
    if (numbered === undefined) this.#numbered.set(key, (numbered = { topic, partition, base: offset, count: 0, next: offset }));
    numbered.count++;
    numbered.next = offset + 1;
    return numbered;
  }

  #of(topic: TopicId, partition: number): Numbered {
    return this.#numbered.get(partitionNumber(topic, partition)) ?? { topic, partition, base: 0, count: 0, next: 0 };
  }

  #prefix(topic: TopicId, partition: number, size: number): void {
    this.#varint(topic);
    this.#varint(partition);
    this.#varint(size);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128;
    this.#bytes[this.#at++] = rest;
  }

  #makeRoom(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}

function withoutValue(view: RecordView): Uint8Array {
  const bytes = new Uint8Array(view.end - view.start);
  return bytes.subarray(0, encodeWithoutValue(bytes, 0, view, view.offset));
}

/** What stands behind a record whose value is staged; returns the end. */
export function writeReference(out: Uint8Array, at: number, { id, blocks, bytes }: StagedValue): number {
  writeU48(out, at, id);
  writeU32(out, at + 6, blocks);
  writeU32(out, at + 10, bytes);
  return at + STAGED_REFERENCE_BYTES;
}
