import { compareBytes } from '../entry.ts';
import type { CoverTree } from '../range-deletes/cover-tree.ts';
import { isUnapplied } from '../range-deletes/coverage.ts';
import type { RangeDelete, RangeDeletes } from '../range-deletes/range-deletes.ts';
import { sequencesIn } from '../range-deletes/stretches.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Version } from './contract.ts';
import { firstIndex } from './ranges.ts';

/**
 * Sequences of the version's range deletes that nobody needs: newer ones hide them from all who read, or no table is left
 * that may hold something they cover. What a running order writes comes from tables that the version still has, so it
 * holds nothing either that one of these covers. `snapshots`: sequences that are held, ascending.
 */
export function needlessRangeDeletes(version: Version, snapshots: readonly number[]): Set<number> {
  const { rangeDeletes } = version;
  const shown = shownSequences(rangeDeletes, snapshots);
  const needless = rangeDeletes.list.filter((one) => !shown.has(one.seq) || !isNeeded(one, version));
  return new Set(needless.map(({ seq }) => seq));
}

/** Of those that decide for some key at one of these moments, or now. */
function shownSequences(rangeDeletes: RangeDeletes, snapshots: readonly number[]): Set<number> {
  const shown = new Set<number>();
  const seen = new Set<CoverTree>();
  for (const moment of [...snapshots, rangeDeletes.newest]) sequencesIn(rangeDeletes.treeAt(moment), shown, seen);
  return shown;
}

function isNeeded(one: RangeDelete, { minors, levels }: Version): boolean {
  return minors.some((table) => isUnapplied(table, one)) || levels.some((level) => isNeededIn(level, one));
}

/** Mostly the first that it touches needs it, so that nothing is copied for those behind. */
function isNeededIn(level: readonly TableMeta[], one: RangeDelete): boolean {
  const [from, to] = placesUnder(one, level);
  for (let at = from; at < to; at++) if (isUnapplied(level[at], one)) return true;
  return false;
}

interface Touching {
  readonly start: Uint8Array;
  readonly end?: Uint8Array | undefined;
}

/** Those of a level that the range touches. */
export function tablesUnder(range: Touching, level: readonly TableMeta[]): readonly TableMeta[] {
  const [from, to] = placesUnder(range, level);
  return from < to ? level.slice(from, to) : [];
}

function placesUnder({ start, end }: Touching, level: readonly TableMeta[]): [from: number, to: number] {
  const from = firstIndex(level, ({ maxKey }) => compareBytes(maxKey, start) >= 0);
  return [from, end === undefined ? level.length : firstIndex(level, ({ minKey }) => compareBytes(minKey, end) >= 0)];
}
