import { coveredShare } from '../range-deletes/coverage.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Version } from './contract.ts';
import { isFree } from './plan-settled.ts';
import { allTables } from './version.ts';

/**
 * Bytes in tables that are there only because somebody reads at these moments (ascending): old versions, which tables have
 * counted, and what range deletes would have taken, which is estimated. Tombstones count as nothing.
 */
export function pinnedBytes(version: Version, snapshots: readonly number[]): number {
  if (snapshots.length === 0) return 0;
  return Math.round(allTables(version).reduce((sum, table) => sum + pinnedIn(table, version, snapshots), 0));
}

/** What would go, about, if the oldest of them were released. */
export function pinnedByOldest(version: Version, snapshots: readonly number[]): number {
  return Math.max(0, pinnedBytes(version, snapshots) - pinnedBytes(version, snapshots.slice(1)));
}

/** Of one table. */
export function pinnedIn(table: TableMeta, { rangeDeletes }: Version, snapshots: readonly number[]): number {
  const versions = isFree(table, snapshots) ? 0 : (table.shadowedBytes ?? 0);
  if (rangeDeletes.size === 0) return versions;
  const deleted = coveredShare(table, rangeDeletes, []);
  // Of most tables nothing is: there is no need to ask what of it is kept.
  if (deleted === 0) return versions;
  const kept = deleted - coveredShare(table, rangeDeletes, snapshots);
  return Math.min(table.bytes, versions + kept * table.bytes);
}
