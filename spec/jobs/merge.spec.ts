import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import type { MergeJob } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { mergeCursors } from '../../storage/merge/merge-cursor.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { kept } from '../support/retained.ts';
import { anyEntries, anyKey, Bench, del, drainSync, type Entry, hex, LARGE, put, show, TINY, u64 } from '../support/tables.ts';

function job(runs: TableMeta[][], more: Partial<MergeJob> = {}): MergeJob {
  return { kind: 'merge', runs, snapshots: [], dropTombstones: false, shape: TINY, ...more };
}

function content(bench: Bench, tables: readonly TableMeta[]): Entry[] {
  return drainSync(runCursor(tables, { source: bench.source() }));
}

for (const inThread of [true, false]) {
  const where = inThread ? 'in a thread' : 'in-process';

  test(`the seed's own compaction of 30, 50 and 110 keys has its exact result, ${where}`, async (t) => {
    const bench = new Bench();
    const square = (k: number) => u64((k * k) % 17);
    const range = (from: number, to: number, seq: number) =>
      Array.from({ length: to - from }, (_, n) => put(u64(from + n), seq + n, square(from + n)));
    const runs = [
      await bench.write(range(10, 40, 201), LARGE),
      await bench.write(range(50, 100, 301), LARGE),
      await bench.write(range(0, 110, 1), LARGE),
    ];
    const result = await runJob(job(runs, { shape: LARGE }), bench.context({ inThread }));
    const found = content(bench, result.outputs);
    t.is(found.length, 110);
    t.deepEqual(
      found.map(({ key, value }) => `${hex(key)} ${hex(value ?? new Uint8Array(0))}`),
      Array.from({ length: 110 }, (_, k) => `${hex(u64(k))} ${hex(square(k))}`),
    );
    t.like(result, { entriesIn: 190, entriesOut: 110 });
    t.is(found[10].seq, 201, 'the newer of two versions');
    t.is(found[109].seq, 110);
  });

  test(`a merge keeps exactly what retention says, whatever the order of the runs, ${where}`, async (t) => {
    const anySnapshots = fc.uniqueArray(fc.integer({ min: 0, max: 130 }), { maxLength: 4 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(
        anyEntries,
        anySnapshots,
        fc.boolean(),
        fc.integer({ min: 1, max: 6 }),
        async (entries, snapshots, dropTombstones, count) => {
          const bench = new Bench();
          const runs: TableMeta[][] = [];
          for (let run = 0; run < count; run++) runs.push(await bench.write(entries.filter(({ seq }) => (seq * 7919) % count === run)));
          const expected = kept(entries, snapshots, dropTombstones).map(show);
          for (const order of [runs, [...runs].reverse()]) {
            const result = await runJob(job(order, { snapshots, dropTombstones }), bench.context({ inThread }));
            t.deepEqual(content(bench, result.outputs).map(show), expected);
            t.like(result, { entriesIn: entries.length, entriesOut: expected.length });
          }
        },
      ),
      { numRuns: 100 },
    );
  });
}

test('slices of a range, merged one by one, are together the whole', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.uniqueArray(anyKey, { maxLength: 4, selector: hex }), async (entries, cuts) => {
      const bench = new Bench();
      const runs = [
        await bench.write(entries.filter(({ seq }) => seq % 2 === 0)),
        await bench.write(entries.filter(({ seq }) => seq % 2 === 1)),
      ];
      const edges = [undefined, ...cuts.sort(compareBytes), undefined];
      const found: string[] = [];
      for (let at = 0; at + 1 < edges.length; at++) {
        const [gte, lt] = [edges[at], edges[at + 1]];
        const result = await runJob(job(runs, { ...(gte && { gte }), ...(lt && { lt }) }), bench.context());
        found.push(...content(bench, result.outputs).map(show));
      }
      t.deepEqual(found, kept(entries, [], false).map(show));
    }),
    { numRuns: 150 },
  );
});

test('asked to yield it stops between keys, says where, and the rest completes it', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (entries, patience, inThread) => {
      const bench = new Bench();
      const runs = [
        await bench.write(entries.filter(({ seq }) => seq % 2 === 0)),
        await bench.write(entries.filter(({ seq }) => seq % 2 === 1)),
      ];
      const found: string[] = [];
      let gte: Uint8Array | undefined;
      let rounds = 0;
      do {
        let asked = 0;
        const command = () => (asked++ < patience ? ('run' as const) : ('yield' as const));
        const result = await runJob(job(runs, { snapshots: [40, 80], ...(gte && { gte }) }), bench.context({ command, inThread }));
        found.push(...content(bench, result.outputs).map(show));
        if (gte !== undefined && result.resumeAt !== undefined)
          t.true(compareBytes(result.resumeAt, gte) > 0, 'every round makes progress');
        gte = result.resumeAt;
        t.true(rounds++ <= entries.length);
      } while (gte !== undefined);
      t.deepEqual(found, kept(entries, [40, 80], false).map(show));
    }),
    { numRuns: 150 },
  );
});

test('asked to yield from the start, it still gets one key further', async (t) => {
  const bench = new Bench();
  const runs = [await bench.write([put('a', 1), put('a', 2), put('b', 3)])];
  const result = await runJob(job(runs, { snapshots: [1] }), bench.context({ command: () => 'yield' }));
  t.deepEqual(content(bench, result.outputs).map(show), [put('a', 2), put('a', 1)].map(show));
  t.deepEqual(result.resumeAt, put('b', 0).key);
});

test('an output of tombstones alone that may go is no table, no blob and no error', async (t) => {
  const bench = new Bench();
  const runs = [await bench.write([put('a', 1), put('b', 2)]), await bench.write([del('a', 3), del('b', 4), del('c', 5)])];
  const before = await bench.blobs.list();
  const result = await runJob(job(runs, { dropTombstones: true }), bench.context());
  t.deepEqual(result.outputs, []);
  t.like(result, { entriesIn: 5, entriesOut: 0, bytesWritten: 0 });
  t.deepEqual(await bench.blobs.list(), before);
  t.is(bench.blobs.unfinished.size, 0);
});

test('tombstones after the last table was full do not fail the merge', async (t) => {
  const bench = new Bench();
  const puts = Array.from({ length: 60 }, (_, n) => put(`a${n + 100}`, n + 1));
  const runs = [await bench.write(puts), await bench.write(Array.from({ length: 60 }, (_, n) => del(`b${n + 100}`, n + 100)))];
  const result = await runJob(job(runs, { dropTombstones: true }), bench.context());
  t.deepEqual(content(bench, result.outputs).map(show), puts.map(show));
});

test('a merge of nothing is nothing', async (t) => {
  const bench = new Bench();
  t.deepEqual(await runJob(job([[]]), bench.context()), { outputs: [], entriesIn: 0, entriesOut: 0, bytesRead: 0, bytesWritten: 0 });
  t.is(mergeCursors([]).step(), 1);
});

test('every block is read from the store once', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 400 }, (_, n) => put(`key${n + 1000}`, n + 1));
  const runs = [await bench.write(entries.filter((_, n) => n % 2 === 0)), await bench.write(entries.filter((_, n) => n % 2 === 1))];
  bench.blobs.reads.length = 0;
  const result = await runJob(job(runs), bench.context({ inThread: true }));
  t.is(new Set(bench.blobs.reads).size, bench.blobs.reads.length);
  t.true(result.bytesRead > 0 && result.bytesWritten > 0);
});

test('blocks larger than those being written, and entries larger than a block, merge as well', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 50 }, (_, n) => put(`key${n + 1000}`, n + 1, new Uint8Array(n % 7 === 0 ? 5000 : 20).fill(n)));
  const runs = [
    await bench.write(
      entries.filter((_, n) => n % 2 === 0),
      { ...LARGE, blockBytes: 4096 },
    ),
    await bench.write(entries.filter((_, n) => n % 2 === 1)),
  ];
  const result = await runJob(job(runs, { shape: { ...TINY, blockBytes: 256 } }), bench.context());
  t.deepEqual(content(bench, result.outputs).map(show), entries.map(show));
});
