import type { Boundary } from '../tablet/slices.ts';
import type { Block } from './block.ts';
import { footerOf } from './block-source.ts';
import { EntryView } from './entry-view.ts';
import { POINTER_BYTES } from './format.ts';
import type { TableMeta } from './table.ts';
import type { TableReader } from './table-reader.ts';

/** Where these tables can be cut: at the first keys of their partitions, which their footers know. */
export async function boundariesOf(tables: readonly TableMeta[], reader: TableReader): Promise<Boundary[]> {
  const found: Boundary[] = [];
  for (const table of tables) found.push(...(await partitionsOf(table, reader)));
  return found;
}

async function partitionsOf(table: TableMeta, { source }: TableReader): Promise<Boundary[]> {
  const place = footerOf(table);
  const footer = source.cached(place) ?? (await source.load(place));
  const bytes = table.bytes / Math.max(1, footer.count);
  return Array.from({ length: footer.count }, (_, partition) => ({ key: firstKey(footer, partition), bytes }));
}

function firstKey(footer: Block, partition: number): Uint8Array {
  const view = new EntryView();
  view.decode(footer, partition);
  return view.bytes.slice(view.valueStart + POINTER_BYTES, view.valueEnd);
}
