import type { BlobId } from '../../protocol/messages.ts';
import { EntryKind } from '../entry.ts';
import type { Checksum } from '../jobs/job.ts';
import { BlockWriter, type Region } from './block-writer.ts';
import { BloomBuilder } from './bloom.ts';
import { encodeTotals, type TableTotals } from './footer.ts';
import { BlockType, FOOTER_BYTES, PARTITION_BLOCKS } from './format.ts';
import type { TableMeta, TableShape } from './table.ts';

/**
 * Turns entries into the blocks of one table after the other. Knows nothing of blobs: a finished block goes to `emit`,
 * in the order of block numbers. Where tables end is the caller's decision, where blocks and partitions end is not.
 */
export class TableBuilder {
  readonly #shape: TableShape;
  readonly #checksum: Checksum;
  readonly #emit: (block: Uint8Array) => void;
  readonly #data: BlockWriter;
  readonly #index: BlockWriter;
  readonly #footer: BlockWriter;
  readonly #bloom = new BloomBuilder();
  /** Last key of the data block that was finished last. */
  #boundary = NOTHING;
  #minKey = NOTHING;
  #partitionFirstKey = NOTHING;
  #partitionFirstBlock = 0;
  #blobId: BlobId = 0;
  /** The number that the next block gets. */
  #next = 0;
  #emitted = 0;
  #entries = 0;
  #tombstones = 0;
  #shadowed = 0;
  #shadowedBytes = 0;
  #minSeq = 0;
  #maxSeq = 0;

  constructor(shape: TableShape, checksum: Checksum, emit: (block: Uint8Array) => void, region?: Region) {
    this.#shape = shape;
    this.#checksum = checksum;
    this.#emit = emit;
    this.#data = new BlockWriter(region ?? ownRegion(shape.blockBytes));
    this.#index = new BlockWriter(ownRegion(4096));
    this.#footer = new BlockWriter(ownRegion(1024), FOOTER_BYTES);
  }

  /** Of the table so far; the block under construction does not count. */
  get bytes(): number {
    return this.#emitted;
  }

  begin(blobId: BlobId): void {
    this.#blobId = blobId;
    this.#next = this.#partitionFirstBlock = this.#emitted = this.#entries = this.#tombstones = 0;
    this.#shadowed = this.#shadowedBytes = 0;
    this.#minSeq = Number.MAX_SAFE_INTEGER;
    this.#maxSeq = 0;
    this.#boundary = NOTHING;
  }

  /**
   * The last key that was added, in `lastKeyBytes` from `lastKeyStart` to `lastKeyEnd`: where it lies changes with
   * every block, and nobody copies it once an entry.
   */
  get lastKeyBytes(): Uint8Array {
    return this.#data.count > 0 ? this.#data.bytes : this.#boundary;
  }
  get lastKeyStart(): number {
    return this.#data.count > 0 ? this.#data.lastKeyStart : 0;
  }
  get lastKeyEnd(): number {
    return this.#data.count > 0 ? this.#data.lastKeyEnd : this.#boundary.length;
  }

  /** `newKey`: not another version of the key before. A partition holds all versions of a key, a block need not. */
  add(
    newKey: boolean,
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    kind: number,
    seq: number,
  ): void {
    const data = this.#data;
    if (data.count > 0 && data.sizeWith(keyEnd - keyStart + valueEnd - valueStart) > this.#shape.blockBytes) this.#finishBlock();
    if (newKey) {
      if (this.#next - this.#partitionFirstBlock >= PARTITION_BLOCKS) this.#finishPartition();
      this.#bloom.add(bytes, keyStart, keyEnd);
    } else {
      this.#shadowed++;
      this.#shadowedBytes += keyEnd - keyStart + valueEnd - valueStart;
    }
    data.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq);
    this.#entries++;
    if (kind === EntryKind.delete) this.#tombstones++;
    if (seq < this.#minSeq) this.#minSeq = seq;
    if (seq > this.#maxSeq) this.#maxSeq = seq;
  }

  /** Emits all that is left, the footer last. */
  finish(): TableTotals & Pick<TableMeta, 'minKey' | 'maxKey' | 'shadowed' | 'shadowedBytes'> {
    this.#finishPartition();
    const totals = { entries: this.#entries, tombstones: this.#tombstones, minSeq: this.#minSeq, maxSeq: this.#maxSeq };
    this.#append(this.#footer.finish(BlockType.footer, this.#blobId, this.#next, this.#checksum, encodeTotals(totals)));
    const shadowed = this.#shadowed === 0 ? {} : { shadowed: this.#shadowed, shadowedBytes: this.#shadowedBytes };
    return { ...totals, ...shadowed, minKey: this.#minKey, maxKey: this.#boundary };
  }

  #finishBlock(): void {
    const data = this.#data;
    const firstKey = data.firstKey();
    this.#boundary = data.lastKey();
    if (this.#next === 0) this.#minKey = firstKey;
    if (this.#next === this.#partitionFirstBlock) this.#partitionFirstKey = firstKey;
    this.#index.addPointer(this.#boundary, data.lastSeq, this.#next, data.count, firstKey);
    this.#append(data.finish(BlockType.data, this.#blobId, this.#next, this.#checksum));
  }

  #finishPartition(): void {
    if (this.#data.count > 0) this.#finishBlock();
    this.#append(this.#bloom.finish(this.#shape.bloomBitsPerKey, this.#blobId, this.#next, this.#checksum));
    this.#footer.addPointer(this.#boundary, this.#index.lastSeq, this.#next, this.#partitionFirstBlock, this.#partitionFirstKey);
    this.#append(this.#index.finish(BlockType.index, this.#blobId, this.#next, this.#checksum));
    this.#partitionFirstBlock = this.#next;
  }

  #append(block: Uint8Array): void {
    this.#emitted += block.length;
    this.#next++;
    this.#emit(block);
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

function ownRegion(size: number): Region {
  return { bytes: new Uint8Array(size), base: 0, size };
}
