import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../jobs/job.ts';
import { readU32, readU48 } from '../little-endian.ts';
import { corruption } from './damage.ts';
import {
  BLOCK_MARK,
  BlockType,
  CHECKSUM_BYTES,
  FOOTER_BYTES,
  HEAD_BYTES,
  HEAD_EVERY,
  HEADER_BYTES,
  hasEntries,
  OFFSET_BYTES,
  SKIP_BYTES,
  trailerBytes,
} from './format.ts';

/** A block that has been checked against its checksum, its place and its type. Immutable. */
export class Block {
  readonly blobId: BlobId;
  readonly number: number;
  readonly type: BlockType;
  /** The block is `size` bytes of this from `base`; all other positions are positions in `bytes`. */
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly size: number;
  /** Entries, or in a filter the keys that it was made of, in a log records. */
  readonly count: number;
  /** First byte after the entries (in a filter: after the bits, in a log: after the body). */
  readonly limit: number;

  constructor(bytes: Uint8Array, base: number, size: number) {
    this.bytes = bytes;
    this.base = base;
    this.size = size;
    this.type = bytes[base + 1] as BlockType;
    this.blobId = readU48(bytes, base + 2);
    this.number = readU32(bytes, base + 8);
    this.count = readU32(bytes, base + 12);
    const trailer = hasEntries(this.type) ? trailerBytes(this.count) : CHECKSUM_BYTES;
    this.limit = base + size - trailer;
  }

  /** How many heads there are. */
  get heads(): number {
    return Math.ceil(this.count / HEAD_EVERY);
  }

  /** Of entry `index * HEAD_EVERY`. */
  head(index: number): number {
    return readU32(this.bytes, this.limit + this.count * OFFSET_BYTES + index * HEAD_BYTES);
  }

  /** Bytes that all its keys have in common. */
  get skip(): number {
    const at = this.base + this.size - CHECKSUM_BYTES - SKIP_BYTES;
    return this.bytes[at] | (this.bytes[at + 1] << 8);
  }

  /** Where the body begins: the entries, or the bits. */
  get start(): number {
    return this.base + HEADER_BYTES + (this.type === BlockType.footer ? FOOTER_BYTES : 0);
  }

  offset(index: number): number {
    return this.base + readU32(this.bytes, this.limit + index * OFFSET_BYTES);
  }

  /** The same block in other memory, which the caller reuses when it knows that nobody refers to this one any more. */
  copyTo(target: Uint8Array, at: number): Block {
    target.set(this.base === 0 ? this.bytes : this.bytes.subarray(this.base, this.base + this.size), at);
    return new Block(target, at, this.size);
  }
}

/** What a block must be, as the one who points at it knows. */
export interface BlockPlace {
  readonly blobId: BlobId;
  readonly number: number;
  readonly type: BlockType;
}

/** Checks everything that can be checked without decoding entries; LITHIFY_CORRUPTION when it is not the block that was written. */
export function openBlock(given: Uint8Array, place: BlockPlace, checksum: Checksum): Block {
  // Stores hand out Buffers and Uint8Arrays; one shape keeps the loops over them monomorphic.
  const bytes = given.constructor === Uint8Array ? given : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const { blobId, number } = place;
  const least = HEADER_BYTES + CHECKSUM_BYTES;
  if (bytes.length < least) throw corruption(blobId, number, 'the block is too short', { expected: least, found: bytes.length });
  const sumAt = bytes.length - CHECKSUM_BYTES;
  const expected = readU32(bytes, sumAt);
  const found = checksum(bytes.subarray(0, sumAt));
  if (expected !== found) throw corruption(blobId, number, 'wrong checksum', { expected, found, offset: sumAt });
  const block = new Block(bytes, 0, bytes.length);
  if (bytes[0] !== BLOCK_MARK)
    throw corruption(blobId, number, 'not a block of a table', { expected: BLOCK_MARK, found: bytes[0], offset: 0 });
  if (block.type !== place.type)
    throw corruption(blobId, number, 'wrong block type', { expected: place.type, found: block.type, offset: 1 });
  if (block.blobId !== blobId)
    throw corruption(blobId, number, 'a block of another blob', { expected: blobId, found: block.blobId, offset: 2 });
  if (block.number !== number)
    throw corruption(blobId, number, 'another block of the blob', { expected: number, found: block.number, offset: 8 });
  if (block.limit < block.start) throw corruption(blobId, number, 'more entries than fit', { offset: 12 });
  return block;
}
