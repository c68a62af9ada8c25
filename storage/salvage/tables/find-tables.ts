import type { BlobId } from '../../../protocol/messages.ts';
import type { Block } from '../../sst/block.ts';
import { EntryView } from '../../sst/entry-view.ts';
import { decodeTotals, type TableTotals } from '../../sst/footer.ts';
import { BlockType } from '../../sst/format.ts';
import { isFlaw, type SalvageBlocks } from '../salvage-blocks.ts';
import type { SalvageTable } from './salvage-table.ts';
import { pointersOf } from './table-map.ts';

/** A table that nothing but its own blocks speaks of. */
export interface FoundTable extends SalvageTable {
  /** An ingest wrote it; when, only the manifest knew. */
  readonly isUndated: boolean;
}

/** The table in a blob, as its footer or the data that is left tells; undefined: no entry of it is left. */
export async function findTable(id: BlobId, blocks: SalvageBlocks): Promise<FoundTable | undefined> {
  const count = blocks.index.blocksOf(id);
  const last = count > 0 ? await blocks.open(id, count - 1) : undefined;
  const footer = last !== undefined && !isFlaw(last) && last.type === BlockType.footer ? last : undefined;
  const pointers = footer === undefined ? [] : pointersOf(footer);
  const first = pointers[0]?.firstKey ?? (await keyFrom(id, blocks, 'first'));
  const end = pointers.at(-1)?.lastKey ?? (await keyFrom(id, blocks, 'last'));
  if (first === undefined || end === undefined) return undefined;
  const totals = footer && totalsOf(footer);
  const isUndated = totals?.maxSeq === 0;
  return {
    id,
    blocks: count,
    minKey: first,
    maxKey: end,
    maxSeq: isUndated || !totals ? Number.POSITIVE_INFINITY : totals.maxSeq,
    isUndated,
  };
}

async function keyFrom(id: BlobId, blocks: SalvageBlocks, which: 'first' | 'last'): Promise<Uint8Array | undefined> {
  const numbers = blocks.index.numbersOf(id);
  for (const number of which === 'first' ? numbers : numbers.reverse()) {
    const block = await blocks.open(id, number);
    if (isFlaw(block) || block.type !== BlockType.data || block.count === 0) continue;
    const key = keyOf(block, which === 'first' ? 0 : block.count - 1);
    if (key !== undefined) return key;
  }
  return undefined;
}

function keyOf(block: Block, index: number): Uint8Array | undefined {
  const view = new EntryView();
  try {
    view.decode(block, index);
    return view.key();
  } catch {
    return undefined;
  }
}

function totalsOf(footer: Block): TableTotals | undefined {
  try {
    return decodeTotals(footer);
  } catch {
    return undefined;
  }
}
