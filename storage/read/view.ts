import { compareBytes, EntryKind, type KeyRange } from '../entry.ts';
import type { Memtable } from '../memtable/memtable.ts';
import type { Cursor } from '../merge/cursor.ts';
import { mergeCursors } from '../merge/merge-cursor.ts';
import { visibleCursor } from '../merge/visible-cursor.ts';
import { deletedAt, runWithoutDeleted, withoutDeleted } from '../range-deletes/deleted.ts';
import { RangeDeletes } from '../range-deletes/range-deletes.ts';
import { runCursor } from '../sst/run-cursor.ts';
import type { TableMeta } from '../sst/table.ts';
import type { TableReader } from '../sst/table-reader.ts';
import type { Version } from '../tablet/contract.ts';
import { minorRuns } from './minor-runs.ts';

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
  if (recent !== undefined) return valueOf(recent, -1);
  const cover = coverIn(view.version, key, seq);
  const candidates = tablesFor(view.version, key, cover);
  for (let at = 0; at < candidates.length; at++) {
    const found = tables.get(candidates[at], key, seq);
    if (found instanceof Promise) return laterFrom(found, candidates, at, tables, key, seq, cover);
    if (found !== undefined) return valueOf(found, cover);
  }
  return undefined;
}

export function getSyncFrom(view: ReadView, tables: TableReader, key: Uint8Array, seq: number): Found {
  const recent = fromMemtables(view.memtables, key, seq);
  if (recent !== undefined) return valueOf(recent, -1);
  const cover = coverIn(view.version, key, seq);
  for (const table of tablesFor(view.version, key, cover)) {
    const found = tables.getSync(table, key, seq);
    if (found !== undefined) return valueOf(found, cover);
  }
  return undefined;
}

/** What a reader at `seq` sees between the bounds, in key order or in reverse. */
export function scanOf(view: ReadView, tables: TableReader, seq: number, range: KeyRange & { readonly reverse: boolean }): Cursor {
  const { version, memtables } = view;
  const options = { ...range, source: tables.source };
  const deleted = deletedAt(memtables, version.rangeDeletes, seq);
  const cursors: Cursor[] = [];
  for (const memtable of memtables) {
    if (memtable.entries === 0) continue;
    const cursor = memtable.cursor(range);
    cursors.push(deleted === undefined ? cursor : withoutDeleted(memtable, cursor, deleted, range));
  }
  for (const run of [...minorRuns(version.minors), ...version.levels]) {
    if (run.length === 0) continue;
    const cursor = runCursor(run, options);
    cursors.push(deleted === undefined ? cursor : runWithoutDeleted(run, cursor, deleted, range));
  }
  return visibleCursor(mergeCursors(cursors, { reverse: range.reverse }), seq, { reverse: range.reverse });
}

interface FoundVersion {
  readonly kind: number;
  readonly seq: number;
  readonly value: Uint8Array;
}

/** What a range delete leaves of a key: nothing, and nothing older either. */
const DELETED: FoundVersion = { kind: EntryKind.rangeDelete, seq: 0, value: new Uint8Array(0) };

/** Newest first: what a memtable deletes is older than what newer ones hold, and newer than all else. */
function fromMemtables(memtables: readonly Memtable[], key: Uint8Array, seq: number): FoundVersion | undefined {
  for (let at = 0; at < memtables.length; at++) {
    const memtable = memtables[at];
    const found = memtable.get(key, seq);
    const { rangeDeletes } = memtable;
    if (rangeDeletes !== RangeDeletes.none && rangeDeletes.coverOf(key, seq) > (found?.seq ?? -1)) return DELETED;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Sequence of the newest range delete over the key in tables; -1: there is none. */
function coverIn({ rangeDeletes }: Version, key: Uint8Array, seq: number): number {
  return rangeDeletes === RangeDeletes.none ? -1 : rangeDeletes.coverOf(key, seq);
}

async function laterFrom(
  first: Promise<FoundVersion | undefined>,
  candidates: readonly TableMeta[],
  start: number,
  tables: TableReader,
  key: Uint8Array,
  seq: number,
  cover: number,
): Promise<Found> {
  let found = await first;
  for (let at = start + 1; found === undefined && at < candidates.length; at++) found = await tables.get(candidates[at], key, seq);
  return found && valueOf(found, cover);
}

function valueOf({ kind, seq, value }: FoundVersion, cover: number): Found {
  return kind === EntryKind.put && seq >= cover ? value : undefined;
}

/**
 * Newest first: flushes commit in sealing order, so the first version found is the newest. Without those that hold nothing
 * as new as `cover`.
 */
function tablesFor(version: Version, key: Uint8Array, cover: number): TableMeta[] {
  const { minors, levels } = version;
  const isFew = minors.length <= FEW_MINORS;
  const found = isFew ? minors.filter((table) => table.maxSeq >= cover && reaches(table, key)) : [];
  if (!isFew) addTablesOf(minorRuns(minors), key, cover, found);
  addTablesOf(levels, key, cover, found);
  return found;
}

/** Up to so many are looked at one by one. */
const FEW_MINORS = 8;

function addTablesOf(runs: readonly (readonly TableMeta[])[], key: Uint8Array, cover: number, found: TableMeta[]): void {
  for (const run of runs) {
    const table = run.length === 0 ? undefined : tableIn(run, key);
    if (table !== undefined && table.maxSeq >= cover) found.push(table);
  }
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
