import type { BlobId } from '../../protocol/messages.ts';
import { BlockType } from '../sst/format.ts';
import { type FoundPart, findParts } from './logs/find-parts.ts';
import { isFlaw, type SalvageBlocks } from './salvage-blocks.ts';
import { type FoundTable, findTable } from './tables/find-tables.ts';

export interface FoundBlobs {
  readonly tables: readonly FoundTable[];
  readonly parts: readonly FoundPart[];
  /** Blobs of which no block can be read, or no entry. */
  readonly unreadable: readonly BlobId[];
}

/** What is in these blobs, of which the manifest does not speak; large values are found by what refers to them. */
export async function findBlobs(ids: readonly BlobId[], blocks: SalvageBlocks): Promise<FoundBlobs> {
  const tables: FoundTable[] = [];
  const parts: FoundPart[] = [];
  const unreadable: BlobId[] = [];
  for (const id of ids) {
    const kind = await kindOf(id, blocks);
    const table = kind === 'table' ? await findTable(id, blocks) : undefined;
    if (table !== undefined) tables.push(table);
    else if (kind === 'log') parts.push(...(await findParts(id, blocks)));
    else if (kind !== 'value') unreadable.push(id);
  }
  return { tables, parts, unreadable };
}

async function kindOf(id: BlobId, blocks: SalvageBlocks): Promise<'table' | 'log' | 'value' | undefined> {
  for (const number of blocks.index.numbersOf(id)) {
    const block = await blocks.open(id, number);
    if (isFlaw(block)) continue;
    if (block.type === BlockType.logValue) return 'value';
    return block.type === BlockType.log || block.type === BlockType.logIndex ? 'log' : 'table';
  }
  return undefined;
}
