import { LithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../jobs/job.ts';
import { seal } from '../sst/block-writer.ts';
import { copyBytes } from '../sst/copy-bytes.ts';
import { BlockType, CHECKSUM_BYTES, HEADER_BYTES } from '../sst/format.ts';
import { STAGED_REFERENCE_BYTES } from './frame.ts';
import { writeReference } from './frame-builder.ts';
import type { BlobExtent, LogPart, PartitionId, StagedValue } from './part.ts';
import { type BlockSummary, encodeIndex } from './part-index.ts';
import type { RecordView } from './record.ts';

/** What records tell of a part. */
export type BuiltPart = Omit<LogPart, 'blob' | 'agedAt' | 'compacted'>;

/** A size's varint at its longest. */
const MOST_SIZE_BYTES = 5;

/** Turns records into the blocks of one part after the other; a finished block goes to `emit`, in the order of block numbers. */
export class PartBuilder {
  readonly #blockBytes: number;
  readonly #checksum: Checksum;
  readonly #emit: (block: Uint8Array) => void;
  readonly #plain: Uint8Array;
  /** The block under construction; another one than `#plain` only for a large record. */
  #block: Uint8Array;
  #at = HEADER_BYTES;
  #blobId: BlobId = 0;
  #partition: PartitionId = { topic: 0, partition: 0 };
  /** Emitted since `beginBlob`: blocks, and their bytes. */
  #blocks = 0;
  #emitted = 0;
  /** Of the block under construction. */
  #firstOffset: Offset = 0;
  #records = 0;
  #untimed = 0;
  #maxTimestamp = Number.NaN;
  /** Of the part under way. */
  #lastOffset: Offset = -1;
  #minTimestamp = Number.NaN;
  #summaries: BlockSummary[] = [];
  #staged: BlobExtent[] = [];

  constructor(blockBytes: number, checksum: Checksum, emit: (block: Uint8Array) => void) {
    this.#blockBytes = blockBytes;
    this.#checksum = checksum;
    this.#emit = emit;
    this.#plain = this.#block = new Uint8Array(Math.max(blockBytes, HEADER_BYTES + CHECKSUM_BYTES));
  }

  get blocks(): number {
    return this.#blocks;
  }
  /** Of the blob so far, with the block under construction. */
  get bytes(): number {
    return this.#emitted + (this.#records === 0 ? 0 : this.#at + CHECKSUM_BYTES);
  }

  beginBlob(id: BlobId): void {
    this.#blobId = id;
    this.#blocks = this.#emitted = 0;
  }

  begin({ topic, partition }: PartitionId): void {
    this.mustBeBetweenParts();
    this.#partition = { topic, partition };
  }

  mustBeBetweenParts(): void {
    if (this.#lastOffset >= 0) throw new LithifyError('LITHIFY_INTERNAL', 'A log part has not been ended.');
  }

  add(bytes: Uint8Array, start: number, end: number, staged: StagedValue | undefined, view: RecordView): void {
    const { offset, timestamp } = view;
    if (offset <= this.#lastOffset) throw unordered(offset, this.#lastOffset);
    const size = end - start + (staged === undefined ? 0 : STAGED_REFERENCE_BYTES);
    const most = MOST_SIZE_BYTES + size + CHECKSUM_BYTES;
    if (this.#records > 0 && this.#at + most > this.#blockBytes) this.#finishBlock();
    if (this.#at + most > this.#block.length) this.#block = new Uint8Array(this.#at + most);
    this.#at = writeSize(this.#block, this.#at, 2 * size + (staged === undefined ? 0 : 1));
    copyBytes(this.#block, this.#at, bytes, start, end);
    this.#at += end - start;
    if (staged !== undefined) this.#stage(staged);
    if (this.#records++ === 0) this.#firstOffset = offset;
    this.#lastOffset = offset;
    this.#note(timestamp);
  }

  /** undefined: it has no records, and nothing was emitted for it. */
  endPart(): BuiltPart | undefined {
    if (this.#lastOffset < 0) return undefined;
    if (this.#records > 0) this.#finishBlock();
    const summaries = this.#summaries;
    const firstBlock = this.#blocks - summaries.length;
    this.#send(encodeIndex(this.#partition, summaries, this.#blobId, this.#blocks, this.#checksum));
    const part: BuiltPart = {
      firstBlock,
      blocks: summaries.length,
      firstOffset: summaries[0].firstOffset,
      lastOffset: this.#lastOffset,
      records: sum(summaries, ({ records }) => records),
      bytes: sum(summaries, ({ bytes }) => bytes),
      ...(!Number.isNaN(this.#minTimestamp) && { minTimestamp: this.#minTimestamp, maxTimestamp: greatest(summaries) }),
      untimed: sum(summaries, ({ untimed }) => untimed),
      staged: this.#staged,
    };
    this.#lastOffset = -1;
    this.#minTimestamp = Number.NaN;
    this.#summaries = [];
    this.#staged = [];
    return part;
  }

  #note(timestamp: number): void {
    if (Number.isNaN(timestamp)) {
      this.#untimed++;
      return;
    }
    // The first comparison of each is with NaN.
    if (!(timestamp <= this.#maxTimestamp)) this.#maxTimestamp = timestamp;
    if (!(timestamp >= this.#minTimestamp)) this.#minTimestamp = timestamp;
  }

  #stage({ id, blocks, bytes }: StagedValue): void {
    this.#at = writeReference(this.#block, this.#at, { id, blocks, bytes });
    this.#staged.push({ id, blocks, bytes });
  }

  #finishBlock(): void {
    const end = this.#at + CHECKSUM_BYTES;
    // A block of its own may be handed out as it is; the other one is used again.
    const block = this.#block === this.#plain ? this.#block.slice(0, end) : this.#block.subarray(0, end);
    seal(block, BlockType.log, this.#blobId, this.#blocks, this.#records, this.#checksum);
    this.#summaries.push({
      firstOffset: this.#firstOffset,
      lastOffset: this.#lastOffset,
      records: this.#records,
      bytes: this.#at - HEADER_BYTES,
      untimed: this.#untimed,
      maxTimestamp: this.#maxTimestamp,
    });
    this.#block = this.#plain;
    this.#at = HEADER_BYTES;
    this.#records = this.#untimed = 0;
    this.#maxTimestamp = Number.NaN;
    this.#send(block);
  }

  #send(block: Uint8Array): void {
    this.#blocks++;
    this.#emitted += block.length;
    this.#emit(block);
  }
}

function writeSize(target: Uint8Array, start: number, size: number): number {
  let at = start;
  let rest = size;
  for (; rest > 127; rest >>>= 7) target[at++] = (rest & 127) | 128;
  target[at++] = rest;
  return at;
}

function greatest(summaries: readonly BlockSummary[]): number {
  return Math.max(...summaries.map(({ maxTimestamp }) => maxTimestamp).filter((time) => !Number.isNaN(time)));
}

function sum(summaries: readonly BlockSummary[], of: (one: BlockSummary) => number): number {
  return summaries.reduce((total, one) => total + of(one), 0);
}

function unordered(offset: Offset, last: Offset): LithifyError {
  return new LithifyError('LITHIFY_INTERNAL', `The record at offset ${offset} does not come after the one at ${last} of the same part.`, {
    details: { offset, last },
  });
}
