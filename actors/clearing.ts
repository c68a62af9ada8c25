import type { MemtableNumber } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import { coveredShare } from '../storage/range-deletes/coverage.ts';
import type { RangeDeletes } from '../storage/range-deletes/range-deletes.ts';
import type { Version } from '../storage/tablet/contract.ts';
import { bytesOf } from '../storage/tablet/ranges.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { Memtables } from './memtables.ts';

/** Of the bytes in tables: so much is worth a flush however small the store is. */
const MUCH_OF_THE_STORE = 0.5;

/**
 * Would a flush of these range deletes, which are in memory only, give back much of the tables' bytes? What those of the
 * version cover already does not count, nor what a snapshot sees: nothing of it would go.
 */
export function isWorthFlushing(
  fresh: RangeDeletes,
  version: Version,
  snapshots: readonly number[],
  { tableBytes }: Pick<EngineOptions, 'tableBytes'>,
): boolean {
  if (fresh.size === 0) return false;
  const tables = allTables(version);
  let freed = 0;
  for (const table of tables) {
    const share = coveredShare(table, fresh, snapshots);
    if (share > 0) freed += Math.max(0, share - coveredShare(table, version.rangeDeletes, snapshots)) * table.bytes;
  }
  return freed > 0 && freed >= Math.min(tableBytes, bytesOf(tables) * MUCH_OF_THE_STORE);
}

interface ClearingParts {
  readonly memtables: Memtables;
  readonly options: Pick<EngineOptions, 'tableBytes'>;
  readonly version: () => Version;
  /** Sequences that somebody reads at, ascending. */
  readonly snapshots: () => readonly number[];
  /** There is something to flush. */
  readonly onWork: () => void;
}

/** Sees to it that a large `clear()` gives its disk back although nothing more is written: its memtable is flushed soon. */
export class Clearing {
  readonly #parts: ClearingParts;
  #seen: RangeDeletes | undefined;

  constructor(parts: ClearingParts) {
    this.#parts = parts;
  }

  /** The active memtable, if it should not wait until it is full. */
  get wanted(): MemtableNumber | undefined {
    const { memtables, version, snapshots, options } = this.#parts;
    const { number, rangeDeletes } = memtables.active;
    return rangeDeletes.size > 0 && isWorthFlushing(rangeDeletes, version(), snapshots(), options) ? number : undefined;
  }

  /** A group has come into the active memtable. */
  committed(): void {
    const { rangeDeletes } = this.#parts.memtables.active;
    if (rangeDeletes === this.#seen) return;
    this.#seen = rangeDeletes;
    if (this.wanted !== undefined) this.#parts.onWork();
  }
}
