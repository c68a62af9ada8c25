import test from 'ava';
import fc from 'fast-check';
import { compareBytes, type KeyRange } from '../../storage/entry.ts';
import type { MergeJob } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { getFrom, getSyncFrom, type ReadView, scanOf } from '../../storage/read/view.ts';
import { BlockCache } from '../../storage/sst/block-cache.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { LEVELS } from '../../storage/tablet/contract.ts';
import { emptyVersion } from '../../storage/tablet/version.ts';
import { anyEntries, anyKey, Bench, checksum, drainSync, type Entry, hex, show, TINY } from '../support/tables.ts';

// While an order commits slice by slice, its inputs from above stand over outputs that hold the same versions.

const LAST = LEVELS - 1;

interface Runs {
  readonly newer: TableMeta[];
  readonly older: TableMeta[];
  readonly target: TableMeta[];
}

/** Two minors over a last level, by age. */
async function write(bench: Bench, entries: readonly Entry[]): Promise<Runs> {
  const third = Math.ceil(entries.length / 3);
  const part = (nth: number) => bench.write(entries.filter(({ seq }) => Math.floor((seq - 1) / third) === nth));
  return { target: await part(0), older: await part(1), newer: await part(2) };
}

function job(runs: TableMeta[][], range: KeyRange = {}): MergeJob {
  return { kind: 'merge', runs, ...range, snapshots: [], dropTombstones: true, shape: TINY };
}

/** What the target holds once a slice over the range is committed: no table of it lies across either end. */
async function withSlice(bench: Bench, { newer, older, target }: Runs, range: KeyRange): Promise<TableMeta[]> {
  const slice = await runJob(job([newer, older, target], range), bench.context());
  const isOutside = ({ minKey, maxKey }: TableMeta) =>
    (range.gte !== undefined && compareBytes(maxKey, range.gte) < 0) || (range.lt !== undefined && compareBytes(minKey, range.lt) >= 0);
  return [...target.filter(isOutside), ...slice.outputs].sort((a, b) => compareBytes(a.minKey, b.minKey));
}

/** Ends of a slice where the target can be cut: first keys of two of its tables. */
function rangeIn(target: readonly TableMeta[], from: number, to: number): KeyRange {
  if (target.length === 0) return {};
  const [low, high] = [from % target.length, to % (target.length + 1)].sort((a, b) => a - b);
  return { gte: target[low].minKey, ...(high < target.length && high > low && { lt: target[high].minKey }) };
}

function viewOf({ newer, older }: Runs, target: readonly TableMeta[]): ReadView {
  const levels = Array.from({ length: LEVELS }, (_, level) => (level === LAST ? target : []));
  // Runs of several tiny tables stand in for one minor each: they do not overlap among themselves.
  return { memtables: [], version: { ...emptyVersion(), number: 1, minors: [...newer, ...older], levels } };
}

function scanned(bench: Bench, view: ReadView, reverse: boolean): string[] {
  const tables = new TableReader({ blobs: bench.blobs, checksum, cache: new BlockCache(0) });
  return drainSync(scanOf(view, tables, Number.MAX_SAFE_INTEGER, { reverse })).map(show);
}

const anyCase = [anyEntries, fc.nat(20), fc.nat(20)] as const;

test('scans in both directions and reads of single keys see the same before and after a slice was committed', async (t) => {
  await fc.assert(
    fc.asyncProperty(...anyCase, fc.array(anyKey, { maxLength: 10 }), async (entries, from, to, others) => {
      const bench = new Bench();
      const runs = await write(bench, entries);
      const before = viewOf(runs, runs.target);
      const after = viewOf(runs, await withSlice(bench, runs, rangeIn(runs.target, from, to)));
      for (const reverse of [false, true]) t.deepEqual(scanned(bench, after, reverse), scanned(bench, before, reverse));
      const tables = new TableReader({ blobs: bench.blobs, checksum, cache: new BlockCache(0) });
      const read = (view: ReadView, key: Uint8Array) => getSyncFrom(view, tables, key, Number.MAX_SAFE_INTEGER);
      for (const key of [...entries.map((entry) => entry.key), ...others]) {
        const found = read(after, key);
        t.deepEqual(found && hex(found), ((value) => value && hex(value))(read(before, key)));
        t.deepEqual(await getFrom(after, tables, key, Number.MAX_SAFE_INTEGER), found);
      }
    }),
    { numRuns: 150 },
  );
});

test('merging what stands twice gives the same tables as if the slice had never been committed', async (t) => {
  await fc.assert(
    fc.asyncProperty(...anyCase, async (entries, from, to) => {
      const bench = new Bench();
      const runs = await write(bench, entries);
      const target = await withSlice(bench, runs, rangeIn(runs.target, from, to));
      const merged = async (last: TableMeta[]) => {
        const { outputs } = await runJob(job([runs.newer, runs.older, last]), bench.context());
        return drainSync(runCursor(outputs, { source: bench.source() })).map(show);
      };
      t.deepEqual(await merged(target), await merged(runs.target));
    }),
    { numRuns: 150 },
  );
});

test('only the older run sinking next, while the newer one stays above, changes nothing that is seen', async (t) => {
  await fc.assert(
    fc.asyncProperty(...anyCase, async (entries, from, to) => {
      const bench = new Bench();
      const runs = await write(bench, entries);
      const before = viewOf(runs, runs.target);
      const target = await withSlice(bench, runs, rangeIn(runs.target, from, to));
      const sunk = await runJob(job([runs.older, target]), bench.context());
      const after = viewOf({ ...runs, older: [] }, sunk.outputs);
      for (const reverse of [false, true]) t.deepEqual(scanned(bench, after, reverse), scanned(bench, before, reverse));
    }),
    { numRuns: 150 },
  );
});
