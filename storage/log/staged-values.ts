import { asLithifyError } from '../../protocol/errors.ts';
import { MAX_VALUE_BYTES } from '../../protocol/log.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore, BlobWriter } from '../blobs/blob-store.ts';
import type { Checksum } from '../jobs/job.ts';
import type { Block } from '../sst/block.ts';
import type { BlockSource } from '../sst/block-source.ts';
import { seal } from '../sst/block-writer.ts';
import { corruption } from '../sst/damage.ts';
import { BlockType, CHECKSUM_BYTES, HEADER_BYTES } from '../sst/format.ts';
import type { BlobExtent, StagedValue } from './part.ts';

const OVERHEAD = HEADER_BYTES + CHECKSUM_BYTES;

/** Checking and copying so much holds the thread for well under a millisecond. */
export const STAGED_BLOCK_BYTES = 256 * 1024;

export interface StagingContext {
  readonly blobs: BlobStore;
  readonly checksum: Checksum;
  /** Gives the event loop a turn; called once a block. */
  readonly turn?: () => Promise<void> | undefined;
}

/** Bytes of the value itself. */
export function stagedLength({ blocks, bytes }: BlobExtent): number {
  return bytes - blocks * OVERHEAD;
}

/**
 * Writes a value as a blob of its own; it is durable then. The value must not change meanwhile. Whatever it rejects with,
 * nothing that it wrote is left.
 */
export async function writeStaged(
  { blobs, checksum, turn }: StagingContext,
  id: BlobId,
  value: Uint8Array,
  blockBytes: number = STAGED_BLOCK_BYTES,
): Promise<StagedValue> {
  const writer = blobs.create(id);
  try {
    const size = Math.max(1, blockBytes - OVERHEAD);
    let at = 0;
    do {
      await writer.append(blockOf(value.subarray(at, at + size), writer, checksum));
      await turn?.();
      at += size;
    } while (at < value.length);
    return { id, ...(await writer.close()) };
  } catch (error) {
    await writer.abort();
    throw asLithifyError(error, 'LITHIFY_BLOB_STORE', `A value of ${value.length} bytes could not be written`, { blobIds: [id] });
  }
}

/** The value; LITHIFY_CORRUPTION when it is not what was written, or not as long. */
export async function readStaged(source: BlockSource, staged: StagedValue, turn?: StagingContext['turn']): Promise<Uint8Array> {
  const length = stagedLength(staged);
  let value: Uint8Array | undefined;
  let at = 0;
  for (let number = 0; number < staged.blocks; number++) {
    const block = await source.load({ blobId: staged.id, number, type: BlockType.logValue });
    value ??= roomFor(staged, block);
    at = put(block, value, at);
    await turn?.();
  }
  if (value === undefined || at !== length)
    throw corruption(staged.id, staged.blocks - 1, 'bytes of a value', { expected: length, found: at });
  return value;
}

/** The value's bytes, a block at a time; each piece is good for as long as anybody wants. LITHIFY_CORRUPTION. */
export async function* stagedPieces(source: BlockSource, staged: StagedValue): AsyncGenerator<Uint8Array, void, undefined> {
  for (let number = 0; number < staged.blocks; number++) {
    const { bytes, start, limit } = await source.load({ blobId: staged.id, number, type: BlockType.logValue });
    yield bytes.subarray(start, limit);
  }
}

function blockOf(stretch: Uint8Array, writer: BlobWriter, checksum: Checksum): Uint8Array {
  const block = new Uint8Array(stretch.length + OVERHEAD);
  block.set(stretch, HEADER_BYTES);
  seal(block, BlockType.logValue, writer.id, writer.blocks, 0, checksum);
  return block;
}

/** Memory is taken for what the first block bears out: a reference alone may say anything. */
function roomFor(staged: StagedValue, first: Block): Uint8Array {
  const length = stagedLength(staged);
  if (isStagedLength(staged, first.limit - first.start)) return new Uint8Array(length);
  throw corruption(staged.id, 0, 'no value can be so long', { expected: MAX_VALUE_BYTES, found: length });
}

/** Can a value be so long whose first block holds so much? All but the last hold as much. */
export function isStagedLength(staged: BlobExtent, stretch: number): boolean {
  const length = stagedLength(staged);
  const most = stretch * staged.blocks;
  return length >= 0 && length <= MAX_VALUE_BYTES && length <= most && (staged.blocks === 1 || length > most - stretch);
}

/** Where the next stretch goes. */
function put(block: Block, value: Uint8Array, at: number): number {
  const next = at + block.limit - block.start;
  if (next > value.length) throw corruption(block.blobId, block.number, 'bytes of a value', { expected: value.length, found: next });
  value.set(block.bytes.subarray(block.start, block.limit), at);
  return next;
}
