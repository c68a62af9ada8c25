import { compareBytes, type KeyRange, MAX_SEQUENCE } from '../storage/entry.ts';
import { readU32 } from '../storage/little-endian.ts';
import type { Block } from '../storage/sst/block.ts';
import { lowerBound } from '../storage/sst/block-search.ts';
import { type BlockSource, footerOf } from '../storage/sst/block-source.ts';
import { EntryView } from '../storage/sst/entry-view.ts';
import { BlockType } from '../storage/sst/format.ts';
import type { TableMeta } from '../storage/sst/table.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { Core } from './core.ts';

/**
 * About how many bytes the keys of a range take in tables and memtables, what is deleted but not compacted included. Tables
 * are measured in blocks, as in LevelDB: from the one that the range begins in to before the one that it ends in.
 */
export async function approximateSize(core: Core, range: KeyRange): Promise<number> {
  const { memtables, version } = core.view();
  const inMemory = memtables.reduce((sum, memtable) => sum + memtable.bytesIn(range), 0);
  const lease = core.lease('approximate size');
  try {
    let inTables = 0;
    for (const table of allTables(version)) inTables += await sizeIn(table, range, core.scanTables.source);
    return inMemory + inTables;
  } finally {
    lease.release();
  }
}

async function sizeIn(table: TableMeta, { gte, lt }: KeyRange, source: BlockSource): Promise<number> {
  const to = lt === undefined ? table.bytes : await offsetOf(table, lt, source);
  if (to === 0) return 0;
  const from = gte === undefined ? 0 : await offsetOf(table, gte, source);
  return Math.max(0, to - from);
}

/** Where in the table's bytes the key is, or would be. Reads footer and index where the table's own bounds do not tell. */
async function offsetOf(table: TableMeta, key: Uint8Array, source: BlockSource): Promise<number> {
  if (compareBytes(key, table.minKey) <= 0) return 0;
  if (compareBytes(key, table.maxKey) > 0) return table.bytes;
  const place = footerOf(table);
  const footer = source.cached(place) ?? (await source.load(place));
  const index = { blobId: table.id, number: pointerTo(footer, key), type: BlockType.index };
  const block = pointerTo(source.cached(index) ?? (await source.load(index)), key);
  return Math.round((block / table.blocks) * table.bytes);
}

/** The block where the key's way goes on; its last key is at or behind it, since the table's is. */
function pointerTo(block: Block, key: Uint8Array): number {
  view.decode(block, lowerBound(block, key, MAX_SEQUENCE));
  return readU32(view.bytes, view.valueStart);
}

/** Decoding calls nobody who could use it meanwhile. */
const view = new EntryView();
