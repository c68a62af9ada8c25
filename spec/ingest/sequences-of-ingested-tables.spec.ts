import test from 'ava';
import fc from 'fast-check';
import { compareBytes, MAX_SEQUENCE } from '../../storage/entry.ts';
import { PackedPairs } from '../../storage/ingest/packed-pairs.ts';
import { runIngest } from '../../storage/jobs/ingest.ts';
import { runMerge } from '../../storage/jobs/merge.ts';
import { runVerify } from '../../storage/jobs/verify.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { TableReader } from '../../storage/sst/table-reader.ts';
import { anyKey, Bench, checksum, drain, drainSync, type Entry, put, show, TINY, text } from '../support/tables.ts';

const SEQUENCE = 2 ** 33;

/** As the engine makes it: written without a sequence, which the manifest gives it afterwards. */
async function ingested(bench: Bench, entries: readonly Entry[], sequence = SEQUENCE): Promise<TableMeta> {
  const pairs = new PackedPairs(100_000);
  for (const { key, value } of entries) pairs.add(key, value ?? new Uint8Array(0));
  const { outputs } = await runIngest({ kind: 'ingest', pairs: pairs.shared, shape: TINY }, bench.context());
  return { ...outputs[0], ingested: true, minSeq: sequence, maxSeq: sequence };
}

function numbered(count: number, seq = SEQUENCE): Entry[] {
  return Array.from({ length: count }, (_, i) => put(`key${1000 + i}`, seq, `value ${i}`));
}

test("a point read finds entries with their table's sequence, and none below it", async (t) => {
  const bench = new Bench();
  const table = await ingested(bench, numbered(100));
  const reader = new TableReader({ blobs: bench.blobs, checksum });
  for (const seq of [SEQUENCE, MAX_SEQUENCE]) {
    t.like(reader.getSync(table, text('key1042'), seq), { kind: 0, seq: SEQUENCE });
    t.like(await reader.get(table, text('key1042'), seq), { kind: 0, seq: SEQUENCE });
  }
  t.is(reader.getSync(table, text('key1042'), SEQUENCE - 1), undefined);
  t.is(reader.getSync(table, text('key10421'), MAX_SEQUENCE), undefined);
});

test('a run gives entries with the sequences of the tables that they stand in, in both directions and after seeks', async (t) => {
  const bench = new Bench();
  const entries = [numbered(40), numbered(80, 7).slice(40), numbered(120, 9).slice(80)];
  const [first, third] = [await ingested(bench, entries[0]), await ingested(bench, entries[2], 9)];
  const second = await bench.write(entries[1]);
  const tables = [first, ...second, third];
  const all = entries.flat().map(show);
  t.deepEqual(drainSync(runCursor(tables, { source: bench.source() })).map(show), all);
  t.deepEqual((await drain(runCursor(tables, { source: bench.source(), reverse: true }))).map(show), all.toReversed());
  const cursor = runCursor(tables, { source: bench.source() });
  for (const [target, from] of [
    ['key1100', 100],
    ['key1050', 50],
    ['key1010', 10],
  ] as const) {
    cursor.seek(text(target));
    t.deepEqual(drainSync(cursor).map(show), all.slice(from));
  }
});

test('a merge makes ordinary entries of them, which hide what is older and are hidden by what is newer', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyKey, { minLength: 1, maxLength: 40, comparator: (a, b) => compareBytes(a, b) === 0 }),
      fc.nat(),
      async (keys, seed) => {
        const bench = new Bench();
        const sorted = keys.toSorted(compareBytes);
        const of = (seq: number, share: number) => sorted.filter((_, i) => (seed + i * share) % 3 > 0).map((key) => put(key, seq));
        const [older, middle, newer] = [of(3, 1), of(5, 2), of(8, 5)];
        const runs = [await bench.write(older), middle.length > 0 ? [await ingested(bench, middle, 5)] : [], await bench.write(newer)];
        const job = {
          kind: 'merge',
          runs: runs.filter((run) => run.length > 0),
          snapshots: [],
          dropTombstones: true,
          shape: TINY,
        } as const;
        const { outputs } = await runMerge(job, bench.context());
        const expected = new Map([older, middle, newer].flatMap((entries) => entries.map((entry) => [String(entry.key), entry])));
        const found = drainSync(runCursor(outputs, { source: bench.source() }));
        t.deepEqual(found.map(show), [...expected.values()].sort((a, b) => compareBytes(a.key, b.key)).map(show));
        t.false(outputs.some((table) => table.ingested));
      },
    ),
    { numRuns: 100 },
  );
});

test('verify knows that the blocks say 0, and that all entries have one sequence', async (t) => {
  const bench = new Bench();
  const table = await ingested(bench, numbered(60));
  const damage = async (given: TableMeta) => (await runVerify({ kind: 'verify', tables: [given] }, bench.context())).damage;
  t.deepEqual(await damage(table), []);
  t.true((await damage({ ...table, maxSeq: SEQUENCE + 1 })).some(({ reason }) => /maxSeq in the footer/.test(reason)));
  t.true((await damage({ ...table, ingested: false })).some(({ reason }) => /minSeq in the footer/.test(reason)));
  const [ordinary] = await bench.write(numbered(3, 4));
  t.true((await damage({ ...ordinary, ingested: true })).some(({ reason }) => /minSeq in the footer/.test(reason)));
});

test('pairs that do not ascend are no table, and nothing is left of them', async (t) => {
  const bench = new Bench();
  await t.throwsAsync(ingested(bench, [put('b', 0), put('a', 0)]), { code: 'LITHIFY_SST' });
  await t.throwsAsync(ingested(bench, [...numbered(60), put('key1000', 0)]), { code: 'LITHIFY_SST' });
  t.deepEqual([...bench.blobs.visible.keys(), ...bench.blobs.unfinished], []);
});
