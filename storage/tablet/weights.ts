import type { TableMeta } from '../sst/table.ts';
import type { PlanView, Version } from './contract.ts';
import { bytesOf, isLeased } from './ranges.ts';

export type Weigh = (table: TableMeta) => number;

/**
 * What a table counts for in planning: its bytes, and for every tombstone the bytes of an average entry, because that
 * is what it can free further down. So deletions sink, and space comes back, as fast as overwrites do.
 * (Source: RocksDB's compensated file size.)
 */
export function weigher(version: Version): Weigh {
  const perEntry = averageEntryBytes(version);
  return (table) => table.bytes + table.tombstones * perEntry;
}

export function weightOf(tables: readonly TableMeta[], weigh: Weigh): number {
  return tables.reduce((sum, table) => sum + weigh(table), 0);
}

export function bytesInLevels(version: Version): number {
  return version.levels.reduce((sum, level) => sum + bytesOf(level), 0);
}

/**
 * How many bytes each level may hold. Levels hang from the last one, which may hold anything; every other one holds a
 * `factor`th of the next. So small stores use few levels, and what stands above the last level, which is what can be
 * obsolete, stays a small part of the store. (Source: RocksDB's level_compaction_dynamic_level_bytes.)
 */
export function levelTargets(version: Version, factor: number): number[] {
  const largest = Math.max(0, ...version.levels.map(bytesOf));
  const last = version.levels.length - 1;
  return version.levels.map((_, level) => (level === last ? Number.POSITIVE_INFINITY : Math.max(1, largest / factor ** (last - level))));
}

/** A level's weight against its target, without what is being moved out or in at this moment; over 1 is work. */
export function levelScores(view: PlanView, factor: number, weigh: Weigh): number[] {
  const targets = levelTargets(view.version, factor);
  return view.version.levels.map((level, index) => {
    const free = level.filter((table) => !isLeased(view.leased, index, table));
    return weightOf(free, weigh) / targets[index];
  });
}

function averageEntryBytes(version: Version): number {
  const deepest = version.levels.findLast((level) => level.length > 0) ?? version.minors;
  const entries = deepest.reduce((sum, table) => sum + table.entries, 0);
  return entries === 0 ? 0 : bytesOf(deepest) / entries;
}
