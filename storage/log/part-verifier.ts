import { messageOf } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobSize } from '../blobs/blob-store.ts';
import type { Checksum, Damage } from '../jobs/job.ts';
import { type Block, openBlock } from '../sst/block.ts';
import { BlockType } from '../sst/format.ts';
import { LogBlockCursor } from './log-block-cursor.ts';
import type { BlobExtent, LogPart, StagedValue } from './part.ts';
import { type BlockSummary, decodeIndex, PartIndex } from './part-index.ts';
import { blockPlace, disagreements, indexPlace } from './part-reader.ts';
import { RecordView } from './record.ts';
import { stagedLength } from './staged-values.ts';
import { checkHeaders } from './to-log-record.ts';

/**
 * Takes the blocks of one part in their order, its index last, and the blocks of its staged values, and checks each by
 * itself, then against the others and against what the manifest says. Never throws for damage.
 */
export class PartVerifier {
  readonly #part: LogPart;
  readonly #checksum: Checksum;
  readonly #damage: Damage[] = [];
  readonly #cursor = new LogBlockCursor();
  readonly #view = new RecordView();
  /** Of each log block that could be read; undefined: it could not. */
  readonly #seen: (BlockSummary | undefined)[] = [];
  readonly #staged: StagedValue[] = [];
  /** Bytes of each staged value so far. */
  readonly #lengths = new Map<BlobId, number>();
  #minTimestamp = Number.POSITIVE_INFINITY;
  blocks = 0;
  records = 0;
  bytes = 0;

  constructor(part: LogPart, checksum: Checksum) {
    this.#part = part;
    this.#checksum = checksum;
  }

  /** Log block `block` of the part, from 0; the index is block `part.blocks`. */
  take(block: number, bytes: Uint8Array): void {
    this.#count(bytes);
    const isIndex = block === this.#part.blocks;
    const opened = openBlock(bytes, isIndex ? indexPlace(this.#part) : blockPlace(this.#part, block), this.#checksum);
    if (isIndex) this.#takeIndex(opened);
    else this.#takeLog(opened, block);
  }

  /** Block `number` of a staged value. */
  takeStaged({ id }: BlobExtent, number: number, bytes: Uint8Array): void {
    this.#count(bytes);
    const { start, limit } = openBlock(bytes, { blobId: id, number, type: BlockType.logValue }, this.#checksum);
    this.#lengths.set(id, (this.#lengths.get(id) ?? 0) + limit - start);
  }

  /** A block, or the blob as a whole, that could not be read or opened. */
  unreadable(blobId: BlobId, block: number | undefined, error: unknown): void {
    this.#report(blobId, block, messageOf(error));
  }

  /** How long the part's blob, or that of a staged value, is. */
  takeSize(extent: BlobExtent, size: BlobSize | undefined): void {
    if (size === undefined) return this.#report(extent.id, undefined, 'the blob is missing');
    this.#expect(extent.id, undefined, 'blocks of the blob', extent.blocks, size.blocks);
    this.#expect(extent.id, undefined, 'bytes of the blob', extent.bytes, size.bytes);
  }

  /** Of a staged value whose blocks were all read. */
  stagedEnds(extent: BlobExtent): void {
    this.#expect(extent.id, undefined, 'bytes of the value', stagedLength(extent), this.#lengths.get(extent.id) ?? 0);
  }

  finish(): readonly Damage[] {
    if (this.#seen.length === this.#part.blocks && !this.#seen.includes(undefined)) this.#compareWithManifest();
    return this.#damage;
  }

  #count(bytes: Uint8Array): void {
    this.blocks++;
    this.bytes += bytes.length;
  }

  #takeLog(block: Block, place: number): void {
    this.#cursor.open(block, this.#seen.findLast((one) => one !== undefined)?.lastOffset);
    this.#seen[place] = undefined;
    this.#seen[place] = this.#walk(block);
  }

  /** Throws where a frame makes no sense: nothing after it can be trusted either. */
  #walk(block: Block): BlockSummary | undefined {
    const view = this.#view;
    let firstOffset: Offset | undefined;
    let untimed = 0;
    let maxTimestamp = Number.NaN;
    while (this.#cursor.next(view)) {
      firstOffset ??= view.offset;
      if (Number.isNaN(view.timestamp)) untimed++;
      else {
        if (!(view.timestamp <= maxTimestamp)) maxTimestamp = view.timestamp;
        this.#minTimestamp = Math.min(this.#minTimestamp, view.timestamp);
      }
      this.#takeRecord(block);
    }
    if (firstOffset === undefined) {
      this.#report(block.blobId, block.number, 'a log block without records');
      return undefined;
    }
    const lastOffset = this.#cursor.offset;
    return { firstOffset, lastOffset, records: block.count, bytes: block.limit - block.start, untimed, maxTimestamp };
  }

  #takeRecord({ blobId, number }: Block): void {
    const view = this.#view;
    const { staged } = this.#cursor;
    this.records++;
    if (!view.hasRightChecksum()) this.#report(blobId, number, `the record at offset ${view.offset} has a wrong checksum`);
    this.#checkHeaders(blobId, number);
    if (staged === undefined) return;
    this.#staged.push(staged);
    if (view.valueEnd > view.valueStart)
      this.#report(blobId, number, `the record at offset ${view.offset} has a value beside its staged one`);
  }

  /** The view says where they are; whether their keys are text, only who hands them out looks. */
  #checkHeaders(blobId: BlobId, number: number): void {
    try {
      checkHeaders(this.#view);
    } catch (error) {
      this.#report(blobId, number, messageOf(error));
    }
  }

  #takeIndex(block: Block): void {
    const index = decodeIndex(block);
    for (const { what, expected, found } of disagreements(index, this.#part))
      this.#expect(block.blobId, block.number, what, expected, found);
    for (let entry = 0; entry < Math.min(index.blocks, this.#part.blocks); entry++) {
      const seen = this.#seen[entry];
      if (seen !== undefined && !agrees(index, entry, seen))
        this.#report(block.blobId, block.number, `entry ${entry} does not agree with its log block`);
    }
  }

  #compareWithManifest(): void {
    const { blob, minTimestamp, staged } = this.#part;
    const index = new PartIndex(
      { topic: 0, partition: 0 },
      this.#seen.flatMap((one) => one ?? []),
    );
    for (const { what, expected, found } of disagreements(index, this.#part)) this.#expect(blob.id, undefined, what, expected, found);
    this.#expect(blob.id, undefined, 'least timestamp', minTimestamp ?? Number.POSITIVE_INFINITY, this.#minTimestamp);
    const isSame = staged.length === this.#staged.length && staged.every((extent, at) => isSameExtent(extent, this.#staged[at]));
    if (!isSame) this.#report(blob.id, undefined, 'its records have other staged values than the manifest names');
  }

  #expect(blobId: BlobId, block: number | undefined, what: string, expected: number, found: number): void {
    if (expected !== found) this.#report(blobId, block, `${what}: expected ${expected}, found ${found}`);
  }

  #report(blobId: BlobId, block: number | undefined, reason: string): void {
    this.#damage.push({ blobId, ...(block !== undefined && { block }), reason });
  }
}

function agrees(index: PartIndex, entry: number, seen: BlockSummary): boolean {
  return (
    index.firstOffsets[entry] === seen.firstOffset &&
    index.lastOffsets[entry] === seen.lastOffset &&
    index.records[entry] === seen.records &&
    index.bytes[entry] === seen.bytes &&
    index.untimed[entry] === seen.untimed &&
    Object.is(index.maxTimestamps[entry], seen.maxTimestamp)
  );
}

function isSameExtent(a: BlobExtent, b: BlobExtent): boolean {
  return a.id === b.id && a.blocks === b.blocks && a.bytes === b.bytes;
}
