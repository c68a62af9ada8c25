import type { BlobId } from '../../../protocol/messages.ts';
import type { PartitionId } from '../../log/part.ts';
import { decodeIndex, type PartIndex } from '../../log/part-index.ts';
import type { Block } from '../../sst/block.ts';
import { BlockType } from '../../sst/format.ts';
import { isFlaw, type SalvageBlocks } from '../salvage-blocks.ts';
import type { SalvagePart } from './salvage-part.ts';

/** A part that nothing but its own blocks speaks of. */
export interface FoundPart extends SalvagePart {
  /** undefined: its index, which says so, is damaged. */
  readonly of: PartitionId | undefined;
}

/**
 * The parts in a blob: log blocks, then their index, in a row. Where indexes are damaged nobody knows of whom the blocks
 * before are, and any bad block may have been one: each stretch between two is taken for a part.
 */
export async function findParts(id: BlobId, blocks: SalvageBlocks): Promise<FoundPart[]> {
  const found: FoundPart[] = [];
  /** Log blocks of no part yet. */
  let loose: number[] = [];
  for (const number of blocks.index.numbersOf(id)) {
    const block = await blocks.open(id, number);
    if (isFlaw(block)) continue;
    if (block.type === BlockType.log) loose.push(number);
    const index = block.type === BlockType.logIndex ? indexIn(block) : undefined;
    if (index === undefined || index.blocks === 0) continue;
    const first = number - index.blocks;
    found.push(
      ...nobodys(
        id,
        loose.filter((one) => one < first),
      ),
      knownPart(id, first, index),
    );
    loose = [];
  }
  return [...found, ...nobodys(id, loose)];
}

/** Blocks in a row make a part. */
function nobodys(blobId: BlobId, numbers: readonly number[]): FoundPart[] {
  const firsts = numbers.filter((number, i) => i === 0 || numbers[i - 1] !== number - 1);
  return firsts.map((firstBlock, i) => {
    const next = firsts[i + 1] ?? Number.POSITIVE_INFINITY;
    const own = numbers.filter((number) => number >= firstBlock && number < next);
    return { of: undefined, blobId, firstBlock, blocks: own.length, firstOffset: 0, lastOffset: -1 };
  });
}

function knownPart(blobId: BlobId, firstBlock: number, index: PartIndex): FoundPart {
  const { topic, partition, blocks, firstOffsets, lastOffsets } = index;
  return { of: { topic, partition }, blobId, firstBlock, blocks, firstOffset: firstOffsets[0], lastOffset: lastOffsets[blocks - 1] };
}

function indexIn(block: Block): PartIndex | undefined {
  try {
    return decodeIndex(block);
  } catch {
    return undefined;
  }
}
