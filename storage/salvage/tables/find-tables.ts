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
  const count = blocks.index.sealOf(id)?.blocks ?? blocks.index.blocksOf(id);
  const last = count > 0 ? await blocks.open(id, count - 1) : undefined;
  const footer = last !== undefined && !isFlaw(last) && last.type === BlockType.footer ? last : undefined;
  const pointers = footer === undefined ? [] : pointersOf(footer);
  const first = pointers[0]?.firstKey ?? (await keyFrom(id, blocks, count, 'first'));
  const end = pointers.at(-1)?.lastKey ?? (await keyFrom(id, blocks, count, 'last'));
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

async function keyFrom(id: BlobId, blocks: SalvageBlocks, count: number, which: 'first' | 'last'): Promise<Uint8Array | undefined> {
  for (let i = 0; i < count; i++) {
    const block = await blocks.open(id, which === 'first' ? i : count - 1 - i);
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
