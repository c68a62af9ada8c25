import { compareBytes } from '../entry.ts';
import type { Memtable } from '../memtable/memtable.ts';
import type { Cursor } from '../merge/cursor.ts';
import type { TableMeta } from '../sst/table.ts';
import type { CoverTree } from './cover-tree.ts';
import { CoveredCursor, type ScanBounds } from './covered-cursor.ts';
import { RangeDeletes } from './range-deletes.ts';
import { type Span, Zone } from './zone.ts';

/** Everything that the range deletes up to a moment cover: what a scan at that moment leaves out of its runs. */
export interface Deleted {
  readonly seq: number;
  readonly trees: readonly CoverTree[];
  /** None of them is newer. */
  readonly newest: number;
}

/** Those of memtables, and of tables, at `seq`; undefined: nothing is covered. */
export function deletedAt(memtables: readonly Memtable[], ofTables: RangeDeletes, seq: number): Deleted | undefined {
  let trees: CoverTree[] | undefined;
  let newest = -1;
  for (let at = 0; at <= memtables.length; at++) {
    const rangeDeletes = at < memtables.length ? memtables[at].rangeDeletes : ofTables;
    if (rangeDeletes === RangeDeletes.none) continue;
    const tree = rangeDeletes.treeAt(seq);
    if (tree === undefined) continue;
    (trees ??= []).push(tree);
    newest = Math.max(newest, Math.min(seq, rangeDeletes.newest));
  }
  return trees && { seq, trees, newest };
}

/** The memtable's cursor without what is deleted; as it is when nothing that it can come to is. */
export function withoutDeleted(memtable: Memtable, cursor: Cursor, deleted: Deleted, bounds: ScanBounds): Cursor {
  if (memtable.firstSequence >= deleted.newest) return cursor;
  // What comes in later is not to be seen, and range deletes themselves show nothing.
  const maxSeq = Math.min(deleted.seq, memtable.lastPointSequence);
  return covered(cursor, [{ minKey: FIRST, maxSeq }], undefined, deleted, bounds);
}

/** The same of tables that are disjoint and ascending. */
export function runWithoutDeleted(run: readonly TableMeta[], cursor: Cursor, deleted: Deleted, bounds: ScanBounds): Cursor {
  const { newest } = deleted;
  const isClear = run.every(({ minSeq, clearedTo = -1 }) => minSeq >= newest || clearedTo >= newest);
  return isClear ? cursor : covered(cursor, run, run.at(-1)?.maxKey, deleted, bounds);
}

function covered(cursor: Cursor, spans: readonly Span[], maxKey: Uint8Array | undefined, { trees }: Deleted, bounds: ScanBounds): Cursor {
  const { gte, lt } = bounds;
  const zone = new Zone(trees, spans);
  const [{ minKey }] = spans;
  const from = gte !== undefined && compareBytes(gte, minKey) > 0 ? gte : minKey;
  zone.enter(from, 0, from.length);
  const { to, cover } = zone;
  const isOnlyZone =
    to === undefined || (lt !== undefined && compareBytes(to, lt) >= 0) || (maxKey !== undefined && compareBytes(to, maxKey) > 0);
  return cover < 0 && isOnlyZone ? cursor : new CoveredCursor(cursor, zone, bounds);
}

/** The lowest of all keys. */
const FIRST = new Uint8Array(0);
