import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../../storage/jobs/job.ts';
import { openBlock } from '../../storage/sst/block.ts';
import { corruption } from '../../storage/sst/damage.ts';
import { decodeTotals } from '../../storage/sst/footer.ts';
import { BlockType } from '../../storage/sst/format.ts';
import type { Version } from '../../storage/tablet/contract.ts';
import { allTables } from '../../storage/tablet/version.ts';

/** A blob that a version needs, as the manifest knows it. */
export interface NeededBlob {
  readonly id: BlobId;
  readonly blocks: number;
  readonly bytes: number;
  readonly kind: BlobKind;
}
type BlobKind = 'table' | 'log' | 'value';

/** Which blocks a blob is made of. */
const TYPES: Readonly<Record<BlobKind, readonly BlockType[]>> = {
  table: [BlockType.data, BlockType.filter, BlockType.index],
  log: [BlockType.log, BlockType.logIndex],
  value: [BlockType.logValue],
};

/** Each once, ascending. Large values whose record is not in a part are not among them: it is in the write-ahead log. */
export function blobsOf(version: Version): NeededBlob[] {
  const found = new Map<BlobId, NeededBlob>();
  for (const { id, blocks, bytes } of allTables(version)) found.set(id, { id, blocks, bytes, kind: 'table' });
  for (const { parts } of version.logs.partitions.values()) {
    for (const { blob, staged } of parts) {
      found.set(blob.id, { ...blob, kind: 'log' });
      for (const value of staged) found.set(value.id, { ...value, kind: 'value' });
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

export function bytesOf(blobs: readonly NeededBlob[]): number {
  return blobs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** LITHIFY_CORRUPTION unless it is the block that was written in this place. */
export function checkBlock({ id: blobId, blocks, kind }: NeededBlob, number: number, bytes: Uint8Array, checksum: Checksum): void {
  const isFooter = kind === 'table' && number === blocks - 1;
  const type = isFooter ? BlockType.footer : (TYPES[kind].find((one) => one === bytes[1]) ?? TYPES[kind][0]);
  const block = openBlock(bytes, { blobId, number, type }, checksum);
  if (isFooter) decodeTotals(block);
}

/** LITHIFY_CORRUPTION unless all blocks together are as long as the manifest says. */
export function checkLength({ id, blocks, bytes }: NeededBlob, found: number): void {
  if (found !== bytes) throw corruption(id, blocks - 1, 'bytes of all blocks', { expected: bytes, found });
}
