import { clearableTo } from '../range-deletes/coverage.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Order, PlanOptions, PlanView } from './contract.ts';
import { inputsAt, isTaken, makeOrder } from './orders.ts';
import type { Candidate } from './plan.ts';
import { sinkOrder } from './plan-regular.ts';
import { bytesOf, hullOf, isLeased, overlapping } from './ranges.ts';
import { countText } from './words.ts';

/** A tombstone is worth sinking while it meets at most this many older entries. */
const OLDER_PER_TOMBSTONE = 4;
/** So many small neighbours are worth one table. */
const SMALL_NEIGHBOURS = 8;

/** What is worth doing in a store whose levels are within their targets: all of it gives space back or saves reads. */
export function settledCandidates(view: PlanView, options: PlanOptions): Candidate[] {
  return [
    { name: 'tombstones above older data', urgency: 0.9, find: () => sinkTombstones(view, options) },
    { name: 'obsolete entries in the last level', urgency: 0.8, find: () => rewriteObsolete(view) },
    { name: 'small tables', urgency: 0.7, find: () => mergeNeighbours(view, options) },
  ];
}

/** After deletions en masse: tables that are mostly tombstones, with little enough below for them to be worth it. */
function sinkTombstones(view: PlanView, options: PlanOptions): Order | undefined {
  const { levels } = view.version;
  for (let level = 0; level < levels.length - 1; level++) {
    for (const table of levels[level]) {
      if (2 * table.tombstones < table.entries || !isFree(table, view.snapshots)) continue;
      const older = olderEntries(view, level, table);
      if (older > OLDER_PER_TOMBSTONE * table.tombstones) continue;
      const hull = hullOf([table, ...overlapping(levels[level + 1], table)]);
      if (isTaken(view, [level, level + 1], hull)) continue;
      const reason = `table ${table.id} of level ${level} is mostly tombstones (${table.tombstones} of ${table.entries}) above ${older} older entries.`;
      return sinkOrder(view, options, level, [table], reason);
    }
  }
  return undefined;
}

function olderEntries(view: PlanView, level: number, table: TableMeta): number {
  let entries = 0;
  for (const deeper of view.version.levels.slice(level + 1)) {
    for (const below of overlapping(deeper, table)) entries += below.entries;
  }
  return entries;
}

/** Tombstones and versions that only a snapshot kept; it has gone by now. */
function rewriteObsolete(view: PlanView): Order | undefined {
  const last = view.version.levels.length - 1;
  const table = view.version.levels[last].find(
    (one) => 2 * obsoleteEntries(one) >= one.entries && isFree(one, view.snapshots) && !isLeased(view.leased, last, one),
  );
  if (table === undefined) return undefined;
  const reason = `${obsoleteEntries(table)} of the ${table.entries} entries of table ${table.id} in level ${last} are obsolete.`;
  return makeOrder(view, { kind: 'regular', reason, inputs: inputsAt(last, [table]), target: last });
}

/** Some tombstones may be counted twice. */
export function obsoleteEntries({ entries, tombstones, shadowed = 0 }: TableMeta): number {
  return Math.min(entries, tombstones + shadowed);
}

/**
 * Would rewriting drop all that is obsolete? Where a snapshot between its versions keeps part of it, the same order would
 * come again.
 */
export function isFree({ minSeq, maxSeq }: TableMeta, snapshots: readonly number[]): boolean {
  return clearableTo(minSeq, snapshots) >= maxSeq;
}

/** Many small flushes leave many small tables side by side. */
function mergeNeighbours(view: PlanView, options: PlanOptions): Order | undefined {
  const { levels } = view.version;
  for (let level = 0; level < levels.length; level++) {
    const run = smallNeighbours(view, level, options.tableBytes);
    if (run === undefined) continue;
    const reason = `${countText(run.length, 'small table')} of level ${level} stand side by side.`;
    return makeOrder(view, { kind: 'regular', reason, inputs: inputsAt(level, run), target: level });
  }
  return undefined;
}

/**
 * The result is at least twice as large as the largest of them, so a byte is rewritten only a logarithm of times, and
 * fits one table, so there are fewer tables afterwards.
 */
function smallNeighbours(view: PlanView, level: number, tableBytes: number): readonly TableMeta[] | undefined {
  const tables = view.version.levels[level];
  let from = 0;
  let bytes = 0;
  for (let to = 0; to < tables.length; to++) {
    bytes += tables[to].bytes;
    while (bytes > tableBytes) bytes -= tables[from++].bytes;
    if (to - from + 1 < SMALL_NEIGHBOURS) continue;
    const run = tables.slice(from, to + 1);
    if (bytesOf(run) < 2 * Math.max(...run.map((table) => table.bytes))) continue;
    if (!isTaken(view, [level], hullOf(run))) return run;
  }
  return undefined;
}
