import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import type { FlushJob, MergeJob } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { Memtable } from '../../storage/memtable/memtable.ts';
import type { RangeDelete } from '../../storage/range-deletes/range-deletes.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { anyRangeDeletes, anySnapshots, kept, spread } from '../support/retained.ts';
import { anyEntries, Bench, del, drainSync, type Entry, put, show, TINY, text } from '../support/tables.ts';

function job(runs: TableMeta[][], more: Partial<MergeJob> = {}): MergeJob {
  return { kind: 'merge', runs, snapshots: [], dropTombstones: false, shape: TINY, ...more };
}

function content(bench: Bench, tables: readonly TableMeta[]): Entry[] {
  return drainSync(runCursor(tables, { source: bench.source() }));
}

async function halves(bench: Bench, entries: readonly Entry[]): Promise<TableMeta[][]> {
  return [await bench.write(entries.filter(({ seq }) => seq % 4 === 0)), await bench.write(entries.filter(({ seq }) => seq % 4 === 2))];
}

function range(seq: number, start: string, end?: string): RangeDelete {
  return { start: text(start), ...(end !== undefined && { end: text(end) }), seq };
}

test('a merge takes out exactly what range deletes cover and no snapshot sees, at once or yielding at every block', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      ...[anyEntries, anySnapshots, anyRangeDeletes, fc.boolean(), fc.integer({ min: 0, max: 4 }), fc.boolean()],
      async (list, snapshots, rangeDeletes, dropTombstones, patience, inThread) => {
        const bench = new Bench();
        bench.blobs.slow = true;
        const entries = spread(list);
        const runs = await halves(bench, entries);
        const found: string[] = [];
        let gte: Uint8Array | undefined;
        do {
          let asked = 0;
          const command = () => (asked++ < patience ? ('run' as const) : ('yield' as const));
          const slice = job(runs, { snapshots, rangeDeletes, dropTombstones, ...(gte && { gte }) });
          const result = await runJob(slice, bench.context({ inThread, command }));
          found.push(...content(bench, result.outputs).map(show));
          gte = result.resumeAt;
        } while (gte !== undefined);
        t.deepEqual(found, kept(entries, snapshots, dropTombstones, rangeDeletes).map(show));
      },
    ),
    { numRuns: 150 },
  );
});

test('a tombstone and the version below it come to the store one after the other, however slow it is', async (t) => {
  const bench = new Bench();
  bench.blobs.slow = true;
  const entries = Array.from({ length: 40 }, (_, n) => [put(`key${n + 10}`, n + 1, 'v'.repeat(90)), del(`key${n + 10}`, n + 101)]).flat();
  const runs = [await bench.write(entries)];
  const snapshots = [100];
  const { outputs } = await runJob(job(runs, { snapshots, dropTombstones: true }), bench.context());
  t.is(content(bench, outputs).length, 80);
  t.deepEqual(content(bench, outputs).map(show), kept(entries, snapshots, true).map(show));
  t.is(
    outputs.reduce((sum, { shadowed = 0 }) => sum + shadowed, 0),
    40,
  );
});

test('tables in which everything is deleted are not read', async (t) => {
  const bench = new Bench();
  const keys = (prefix: string) => Array.from({ length: 20 }, (_, n) => put(`${prefix}${n + 10}`, n + 1));
  const [gone, partly, beside] = [await bench.write(keys('b')), await bench.write(keys('c')), await bench.write(keys('a'))];
  bench.blobs.reads.length = 0;
  const rangeDeletes = [range(50, 'b', 'c2')];
  const result = await runJob(job([[...beside, ...gone, ...partly]], { rangeDeletes }), bench.context());
  t.deepEqual(content(bench, result.outputs).map(show), [...keys('a'), ...keys('c').slice(10)].map(show));
  t.is(result.entriesIn, 40);
  const ids = gone.map(({ id }) => `${id}/`);
  t.false(bench.blobs.reads.some((read) => ids.some((id) => read.startsWith(id))));
  const withSnapshot = await runJob(job([gone], { rangeDeletes, snapshots: [30] }), bench.context());
  t.is(withSnapshot.entriesOut, 20, 'a snapshot sees it');
});

test('tables know up to where range deletes left nothing in them', async (t) => {
  const bench = new Bench();
  const runs = [await bench.write([put('a', 4), put('b', 14)])];
  const clearedTo = async (more: Partial<MergeJob>) =>
    (await runJob(job(runs, more), bench.context())).outputs.map((table) => table.clearedTo);
  t.deepEqual(await clearedTo({}), [undefined]);
  t.deepEqual(await clearedTo({ appliedTo: 30 }), [30]);
  t.deepEqual(await clearedTo({ appliedTo: 30, snapshots: [3] }), [30], 'a snapshot from before the table sees nothing in it');
  t.deepEqual(await clearedTo({ appliedTo: 30, snapshots: [4] }), [4]);
  t.deepEqual(await clearedTo({ appliedTo: 30, snapshots: [20] }), [20]);
  t.deepEqual(await clearedTo({ appliedTo: 30, snapshots: [40] }), [30]);
  t.deepEqual(await clearedTo({ appliedTo: 30, snapshots: [10], rangeDeletes: [range(9, 'a', 'b')] }), [30], 'of what is left');
});

test('a flush writes no range delete, and nothing that those of its own memtable cover', async (t) => {
  const bench = new Bench();
  const fill = (group: GroupBuilder) => {
    group.put(text('a'), text('1'));
    group.put(text('b'), text('2'));
    group.deleteRange(text('a'), text('c'));
    group.put(text('b'), text('4'));
    group.delete(text('c'));
    group.deleteRange(text('d'), undefined);
  };
  const { outputs, entriesIn } = await runJob(flushOf(fill), bench.context());
  t.deepEqual(content(bench, outputs).map(show), [put('b', 4, '4'), del('c', 5)].map(show));
  t.is(entriesIn, 6);
  t.is(outputs[0].clearedTo, 6);
  const held = await runJob(flushOf(fill, [1]), bench.context());
  t.deepEqual(content(bench, held.outputs).map(show), [put('a', 1, '1'), put('b', 4, '4'), del('c', 5)].map(show));
  t.is(held.outputs[0].clearedTo, 1);
});

test('a memtable of range deletes, and of what they cover, is no table', async (t) => {
  const bench = new Bench();
  const { outputs } = await runJob(
    flushOf((group) => {
      group.put(text('a'), text('1'));
      group.deleteRange(text(''), undefined);
      group.deleteRange(text('a'), undefined);
    }),
    bench.context(),
  );
  t.deepEqual(outputs, []);
  t.is(bench.blobs.visible.size + bench.blobs.unfinished.size, 0);
});

test('versions that only snapshots see are counted, with their bytes', async (t) => {
  const bench = new Bench();
  const runs = [await bench.write([put('a', 1, 'old'), put('a', 5, 'newer'), del('b', 3), put('b', 2, 'x'), put('c', 4)])];
  const [{ shadowed, shadowedBytes, entries }] = (await runJob(job(runs, { snapshots: [1, 2] }), bench.context())).outputs;
  t.deepEqual({ shadowed, shadowedBytes, entries }, { shadowed: 2, shadowedBytes: 4 + 2, entries: 5 });
  const [after] = (await runJob(job(runs), bench.context())).outputs;
  t.false('shadowed' in after || 'shadowedBytes' in after);
  t.true(compareBytes(after.minKey, text('a')) === 0);
});

function flushOf(fill: (group: GroupBuilder) => void, snapshots: readonly number[] = []): FlushJob {
  const memtable = Memtable.create(1, 1024 * 1024);
  const group = new GroupBuilder();
  fill(group);
  memtable.apply(group.group(1));
  const { shared, rangeDeletes, lastSequence } = memtable;
  return { kind: 'flush', memtable: shared, snapshots, rangeDeletes: rangeDeletes.list, appliedTo: lastSequence, shape: TINY };
}
