import { messageOf } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobSize } from '../blobs/blob-store.ts';
import type { Checksum, Damage } from '../jobs/job.ts';
import { openBlock } from '../sst/block.ts';
import { BlockType } from '../sst/format.ts';
import type { BlobExtent } from './part.ts';
import { stagedLength } from './staged-values.ts';

/** Takes the blocks of large values whose records are in the write-ahead log only. Never throws for damage. */
export class StagedVerifier {
  readonly #checksum: Checksum;
  readonly damage: Damage[] = [];
  readonly records = 0;
  /** Of the value that is being read, so far. */
  #length = 0;
  blocks = 0;
  bytes = 0;

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  takeStaged({ id }: BlobExtent, number: number, bytes: Uint8Array): void {
    if (number === 0) this.#length = 0;
    this.blocks++;
    this.bytes += bytes.length;
    const { start, limit } = openBlock(bytes, { blobId: id, number, type: BlockType.logValue }, this.#checksum);
    this.#length += limit - start;
  }

  /** All of its blocks were read. */
  stagedEnds(extent: BlobExtent): void {
    this.#expect(extent.id, 'bytes of the value', stagedLength(extent), this.#length);
  }

  takeSize(extent: BlobExtent, size: BlobSize | undefined): void {
    if (size === undefined) return void this.damage.push({ blobId: extent.id, reason: 'the blob is missing' });
    this.#expect(extent.id, 'blocks of the blob', extent.blocks, size.blocks);
    this.#expect(extent.id, 'bytes of the blob', extent.bytes, size.bytes);
  }

  unreadable(blobId: BlobId, block: number | undefined, error: unknown): void {
    this.damage.push({ blobId, ...(block !== undefined && { block }), reason: messageOf(error) });
  }

  #expect(blobId: BlobId, what: string, expected: number, found: number): void {
    if (expected !== found) this.damage.push({ blobId, reason: `${what}: expected ${expected}, found ${found}` });
  }
}
