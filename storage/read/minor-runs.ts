import { compareBytes } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';

type Run = readonly TableMeta[];

/** A list of minors never changes, and every read asks for its runs. */
const KNOWN = new WeakMap<readonly TableMeta[], readonly Run[]>();

/**
 * Minors (newest first) as runs of disjoint, ascending tables, newest first. An ingest's tables, and flushes of ascending
 * keys, are one run however many they are, so that reads cost what there are of runs, not of tables.
 */
export function minorRuns(minors: readonly TableMeta[]): readonly Run[] {
  let runs = KNOWN.get(minors);
  if (runs === undefined) {
    runs = runsOf(minors);
    KNOWN.set(minors, runs);
  }
  return runs;
}

function runsOf(minors: readonly TableMeta[]): Run[] {
  const runs: TableMeta[][] = [];
  for (const minor of minors) {
    const first = runs.at(-1)?.at(-1);
    if (first !== undefined && compareBytes(minor.maxKey, first.minKey) < 0) runs.at(-1)?.push(minor);
    else runs.push([minor]);
  }
  // They came from the last key to the first.
  for (const run of runs) run.reverse();
  return runs;
}
