import { LithifyError } from '../../protocol/errors.ts';
import type { Offset, TopicId } from '../../protocol/log.ts';
import { FrameWalk } from './frame-walk.ts';
import { LogTail } from './log-tail.ts';
import { type PartitionId, partitionNumber } from './part.ts';

export { LogTail } from './log-tail.ts';

/** The records of one memtable's time, on their way to another thread: frames (frame.ts), back to back, in commit order. */
export interface SharedLogTable {
  readonly buffer: ArrayBufferLike;
  readonly used: number;
  /** Where a frame begins; nobody needs what lies before. Default: the first. */
  readonly from?: number;
}

/** Positions are 32-bit numbers, and so are sizes. */
const MAX_BYTES = 2 ** 30;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * The records of one memtable's time, of all topics: frames as the WAL has them, copied a group at a time, and an index
 * for each partition. What is there never moves or changes, so views stay good while records are added.
 */
export class LogTable {
  /** Bytes that it takes, all in all. */
  readonly capacity: number;
  #bytes: Uint8Array;
  #used: number;
  #records = 0;
  /** Which partitions are indexed; undefined: all. */
  readonly #only: ReadonlySet<number> | undefined;
  readonly #tails = new Map<number, LogTail>();
  #walk: FrameWalk;

  private constructor(
    capacity: number,
    bytes: Uint8Array,
    { used, from, only }: { used: number; from?: number; only?: ReadonlySet<number> },
  ) {
    this.capacity = capacity;
    this.#bytes = bytes;
    this.#used = used;
    this.#only = only;
    this.#walk = new FrameWalk(bytes, from);
  }

  /** Takes memory with the first append; pages that nothing was written to cost none. */
  static create(capacityBytes: number): LogTable {
    if (!Number.isInteger(capacityBytes) || capacityBytes < 0 || capacityBytes > MAX_BYTES)
      throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A log table has 0 to ${MAX_BYTES} bytes, not ${capacityBytes}.`);
    return new LogTable(capacityBytes, NO_BYTES, { used: 0 });
  }

  /** Another thread's table as it was when it was handed over, for reading. `advance` indexes it: only these partitions. */
  static attach({ buffer, used, from = 0 }: SharedLogTable, of: Iterable<PartitionId>): LogTable {
    const only = new Set(Array.from(of, ({ topic, partition }) => partitionNumber(topic, partition)));
    return new LogTable(buffer.byteLength, new Uint8Array(buffer), { used, from, only });
  }

  get shared(): SharedLogTable {
    return { buffer: this.#bytes.buffer, used: this.#used };
  }
  /**
   * For who needs the partition's records from this offset on: a log that is compacted while it grows would otherwise be
   * looked through from its beginning at every ageing.
   */
  sharedFrom({ topic, partition }: PartitionId, offset: Offset): SharedLogTable {
    return { ...this.shared, from: this.tail(topic, partition)?.frameFrom(offset) ?? this.#used };
  }
  /** Of all frames. */
  get bytes(): number {
    return this.#used;
  }
  /** Those that are indexed. */
  get records(): number {
    return this.#records;
  }

  fits(bytes: number): boolean {
    return this.#used + bytes <= this.capacity;
  }

  /** Copies whole frames and indexes them. A partition's offsets ascend. LITHIFY_INTERNAL when they do not fit. */
  append(frames: Uint8Array, start: number, end: number): void {
    this.begin(frames, start, end);
    this.advance(Number.POSITIVE_INFINITY);
  }

  /** `append` in parts, for large groups: copies the frames; `advance` brings their records in. */
  begin(frames: Uint8Array, start: number, end: number): void {
    if (this.#walk.at !== this.#used) throw broken('the last group is not all in yet');
    if (!this.fits(end - start)) throw broken(`${end - start} bytes do not fit, ${this.capacity - this.#used} are left`);
    if (this.#bytes === NO_BYTES) this.#allocate();
    this.#bytes.set(frames.subarray(start, end), this.#used);
    this.#used += end - start;
  }

  /** Brings up to `most` further records in; true when all are. */
  advance(most: number): boolean {
    const walk = this.#walk;
    const end = this.#used;
    for (let left = most; walk.at < end && left > 0; left--) {
      walk.next();
      if (walk.at > end) throw broken('a frame ends behind the last byte');
      const key = partitionNumber(walk.topic, walk.partition);
      if (this.#only !== undefined && !this.#only.has(key)) continue;
      this.#tailFor(key, walk).push(walk.sizeAt, walk.at, walk.offset());
      this.#records++;
    }
    return walk.at === end;
  }

  tail(topic: TopicId, partition: number): LogTail | undefined {
    return this.#tails.get(partitionNumber(topic, partition));
  }

  tails(): Iterable<LogTail> {
    return this.#tails.values();
  }

  #tailFor(key: number, walk: FrameWalk): LogTail {
    let tail = this.#tails.get(key);
    if (tail === undefined) this.#tails.set(key, (tail = new LogTail(walk, this.#bytes)));
    return tail;
  }

  /** Shared between threads where the platform can; otherwise an ordinary buffer, which is copied on its way. */
  #allocate(): void {
    const { capacity } = this;
    this.#bytes = new Uint8Array(typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(capacity) : new SharedArrayBuffer(capacity));
    this.#walk = new FrameWalk(this.#bytes);
  }
}

function broken(what: string): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `Records cannot go into the log table: ${what}.`);
}
