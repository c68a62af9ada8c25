import { compareBytes, EntryKind, type KeyRange } from '../entry.ts';
import type { Memtable } from '../memtable/memtable.ts';
import type { Cursor } from '../merge/cursor.ts';
import { mergeCursors } from '../merge/merge-cursor.ts';
import { visibleCursor } from '../merge/visible-cursor.ts';
import { runCursor } from '../sst/run-cursor.ts';
import type { TableMeta } from '../sst/table.ts';
import type { TableReader } from '../sst/table-reader.ts';
import type { Version } from '../tablet/contract.ts';

/** Everything that a reader may look at, newest first: it does not change, whatever is flushed or compacted meanwhile. */
export interface ReadView {
  readonly memtables: readonly Memtable[];
  readonly version: Version;
}

/** A view of bytes that others read too: whoever passes them on copies them. undefined: no such key. */
export type Found = Uint8Array | undefined;

/** The value of `key` at sequence `seq`; a promise only when a block has to come from the store. */
export function getFrom(view: ReadView, tables: TableReader, key: Uint8Array, seq: number): Found | Promise<Found> {
  const recent = fromMemtables(view.memtables, key, seq);
  if (recent !== undefined) return valueOf(recent);
  const candidates = tablesFor(view.version, key);
  for (let at = 0; at < candidates.length; at++) {
    const found = tables.get(candidates[at], key, seq);
    if (found instanceof Promise) return laterFrom(found, candidates, at, tables, key, seq);
    if (found !== undefined) return valueOf(found);
  }
  return undefined;
}

export function getSyncFrom(view: ReadView, tables: TableReader, key: Uint8Array, seq: number): Found {
  const recent = fromMemtables(view.memtables, key, seq);
  if (recent !== undefined) return valueOf(recent);
  for (const table of tablesFor(view.version, key)) {
    const found = tables.getSync(table, key, seq);
    if (found !== undefined) return valueOf(found);
  }
  return undefined;
}

/** What a reader at `seq` sees between the bounds, in key order or in reverse. */
export function scanOf(view: ReadView, tables: TableReader, seq: number, range: KeyRange & { readonly reverse: boolean }): Cursor {
  const { version, memtables } = view;
  const options = { ...range, source: tables.source };
  const runs = [...version.minors.map((table) => [table]), ...version.levels];
  const cursors: Cursor[] = memtables.filter((one) => one.entries > 0).map((memtable) => memtable.cursor(range));
  for (const run of runs) if (run.length > 0) cursors.push(runCursor(run, options));
  return visibleCursor(mergeCursors(cursors, { reverse: range.reverse }), seq, { reverse: range.reverse });
}

interface FoundVersion {
  readonly kind: number;
  readonly value: Uint8Array;
}

function fromMemtables(memtables: readonly Memtable[], key: Uint8Array, seq: number): FoundVersion | undefined {
  for (let at = 0; at < memtables.length; at++) {
    const found = memtables[at].get(key, seq);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function laterFrom(
  first: Promise<FoundVersion | undefined>,
  candidates: readonly TableMeta[],
  start: number,
  tables: TableReader,
  key: Uint8Array,
  seq: number,
): Promise<Found> {
  let found = await first;
  for (let at = start + 1; found === undefined && at < candidates.length; at++) found = await tables.get(candidates[at], key, seq);
  return found && valueOf(found);
}

function valueOf({ kind, value }: FoundVersion): Found {
  return kind === EntryKind.put ? value : undefined;
}

/** Newest first: flushes commit in sealing order, so the first version found is the newest. */
function tablesFor(version: Version, key: Uint8Array): TableMeta[] {
  const found = version.minors.filter((table) => reaches(table, key));
  for (const level of version.levels) {
    const table = level.length === 0 ? undefined : tableIn(level, key);
    if (table !== undefined) found.push(table);
  }
  return found;
}

function reaches(table: TableMeta, key: Uint8Array): boolean {
  return compareBytes(table.minKey, key) <= 0 && compareBytes(key, table.maxKey) <= 0;
}

/** Tables of a level are disjoint and ascending: at most one can hold the key. */
function tableIn(level: readonly TableMeta[], key: Uint8Array): TableMeta | undefined {
  let low = 0;
  let high = level.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(level[middle].maxKey, key) < 0) low = middle + 1;
    else high = middle;
  }
  const table = level[low];
  return table !== undefined && compareBytes(table.minKey, key) <= 0 ? table : undefined;
}
