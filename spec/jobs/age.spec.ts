import test from 'ava';
import fc from 'fast-check';
import type { AgeJob, JobCommand } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { LogTable } from '../../storage/log/log-table.ts';
import { writeStaged } from '../../storage/log/staged-values.ts';
import { expected, frames, PartBench, type Stored, stored, tableOf } from '../log/support/parts.ts';
import { checksum } from '../support/tables.ts';

const IDS = [
  { topic: 1, partition: 0 },
  { topic: 1, partition: 7 },
  { topic: 5, partition: 0 },
];
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** Records of several partitions, one after the other and in turns, as the tables of several memtables. */
const histories = fc
  .tuple(fc.tuple(...IDS.map((one) => stored(one, { maxLength: 25 }))), fc.array(fc.nat(60), { maxLength: 2 }))
  .map(([lists, cuts]) => {
    const mixed = Array.from({ length: 25 }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
    const [first = 0, second = first] = cuts.sort((a, b) => a - b);
    return [mixed.slice(0, first), mixed.slice(first, second), mixed.slice(second)];
  });

function jobOf(tables: readonly LogTable[], ranges: AgeJob['ranges']): AgeJob {
  return { kind: 'age', tables: tables.map(({ shared }) => shared), ranges, blockBytes: 120, at: 1000 };
}

test('every range becomes a part with exactly its records, all in one blob', async (t) => {
  const ends = fc.tuple(...IDS.map(() => fc.record({ from: fc.nat(400), to: fc.nat(900) })));
  await fc.assert(
    fc.asyncProperty(histories, ends, fc.boolean(), async (history, limits, inThread) => {
      const bench = new PartBench();
      const ranges = limits.map((limit, at) => ({ ...IDS[at], ...limit }));
      const result = await runJob(jobOf(history.map(tableOf), ranges), bench.context({ inThread }));
      const wanted = ranges.flatMap((range) => {
        const mine = history.flat().filter((one) => one.topic === range.topic && one.partition === range.partition);
        const records = mine.filter(({ offset }) => offset >= range.from && offset < range.to);
        return records.length === 0 ? [] : [{ topic: range.topic, partition: range.partition, records }];
      });
      t.deepEqual(
        result.parts.map(({ topic, partition }) => ({ topic, partition })),
        wanted.map(({ topic, partition }) => ({ topic, partition })),
      );
      for (const [at, { part }] of result.parts.entries()) {
        const records = wanted[at].records.map(expected);
        t.deepEqual(
          bench.read([part]),
          records.map((record) => ({ ...record, partition: 0 })),
        );
        t.like(part, { agedAt: 1000, compacted: false, blob: { id: 1 } });
      }
      t.is(
        result.records,
        wanted.reduce((sum, { records }) => sum + records.length, 0),
      );
      t.is(
        result.bytesWritten,
        (bench.blobs.visible.get(1) ?? []).reduce((sum, { length }) => sum + length, 0),
      );
      t.deepEqual([...bench.blobs.visible.keys()], wanted.length === 0 ? [] : [1]);
    }),
    { numRuns: 100 },
  );
});

test('the same input gives the same bytes, in a thread and in-process', async (t) => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const blobs: Uint8Array[][] = [];
      for (const inThread of [true, false]) {
        const bench = new PartBench();
        await bench.age(
          history.map(tableOf),
          IDS.map((id) => ({ ...id, ...ALL })),
          { inThread },
        );
        blobs.push(bench.blobs.visible.get(1) ?? []);
      }
      t.deepEqual(blobs[0], blobs[1]);
    }),
    { numRuns: 30 },
  );
});

test('with nothing to age there is no blob and no part', async (t) => {
  const bench = new PartBench();
  const table = tableOf([{ ...IDS[0], offset: 5, key: 1n, value: 'a' }]);
  const none = { parts: [], records: 0, bytesWritten: 0 };
  t.deepEqual(await runJob(jobOf([], [{ ...IDS[0], ...ALL }]), bench.context()), none);
  t.deepEqual(await runJob(jobOf([table], []), bench.context()), none);
  t.deepEqual(
    await runJob(
      jobOf(
        [table],
        [
          { ...IDS[1], ...ALL },
          { ...IDS[0], from: 6, to: 9 },
          { ...IDS[0], from: 5, to: 5 },
        ],
      ),
      bench.context(),
    ),
    none,
  );
  t.deepEqual(await runJob(jobOf([LogTable.create(1000)], [{ ...IDS[0], ...ALL }]), bench.context()), none);
  t.deepEqual([[...bench.blobs.visible.keys()], bench.nextId], [[], 1]);
});

test('a large record, and one whose value is staged, are carried over as they are', async (t) => {
  const bench = new PartBench();
  const staged = await writeStaged({ blobs: bench.blobs, checksum }, 90, new Uint8Array(1000), 300);
  const records: Stored[] = [
    { ...IDS[0], offset: 0, key: 1n, value: 'a' },
    { ...IDS[0], offset: 1, key: 2n, value: new Uint8Array(100_000).fill(200) },
    { ...IDS[0], offset: 2, key: 3n, value: '', staged },
  ];
  const part = await bench.part(records);
  t.deepEqual(bench.read([part]), records.map(expected));
  t.deepEqual(part.staged, [staged]);
});

test('records that come in while a table is being aged are left for the next time', async (t) => {
  const bench = new PartBench();
  const table = LogTable.create(100_000);
  const records = Array.from({ length: 100 }, (_, offset): Stored => ({ ...IDS[0], offset, key: 1n, value: 'value' }));
  const add = (some: readonly Stored[]) => table.append(frames(some), 0, frames(some).length);
  add(records.slice(0, 60));
  const running = bench.age([table], [{ ...IDS[0], ...ALL }]);
  add(records.slice(60));
  const first = await running;
  const second = await bench.age([table], [{ ...IDS[0], from: 60, to: 100 }]);
  t.is(first[0].lastOffset, 59);
  t.deepEqual(bench.read([...first, ...second]), records.map(expected));
});

test('an abort is honoured at every block, and leaves nothing', async (t) => {
  const records = Array.from({ length: 300 }, (_, offset): Stored => ({ ...IDS[offset % 3], offset, key: 1n, value: 'some value' }));
  const ranges = IDS.map((id) => ({ ...id, ...ALL }));
  let asked = 0;
  const count = (): JobCommand => {
    asked++;
    return 'run';
  };
  await runJob(jobOf([tableOf(records)], ranges), new PartBench().context({ command: count }));
  t.true(asked > 50, `${asked} times`);
  for (let at = 0; at < asked; at++) {
    const bench = new PartBench();
    let left = at;
    const command = () => (left-- === 0 ? 'abort' : 'run');
    await t.throwsAsync(runJob(jobOf([tableOf(records)], ranges), bench.context({ command })), { code: 'LITHIFY_ABORTED' });
    t.deepEqual([[...bench.blobs.visible.keys()], [...bench.blobs.unfinished]], [[], []]);
  }
});

test('when the store fails, the error is coded and nothing is left', async (t) => {
  const records = Array.from({ length: 100 }, (_, offset): Stored => ({ ...IDS[0], offset, key: 1n, value: 'some value' }));
  for (const operation of ['append', 'close'] as const) {
    const bench = new PartBench();
    bench.blobs.slow = true;
    bench.blobs.before = (which, _, block) => {
      if (which === operation && (operation === 'close' || block === 10)) throw new Error('no space left on device');
    };
    await t.throwsAsync(runJob(jobOf([tableOf(records)], [{ ...IDS[0], ...ALL }]), bench.context()), { code: 'LITHIFY_DISK_FULL' });
    t.deepEqual([[...bench.blobs.visible.keys()], [...bench.blobs.unfinished]], [[], []]);
  }
});

test('in-process the event loop gets its turns, also while a long table is looked through for a short partition', async (t) => {
  const bench = new PartBench();
  const records = Array.from({ length: 20_000 }, (_, offset): Stored => ({ ...IDS[offset === 0 ? 0 : 1], offset, key: 1n, value: '' }));
  let turns = 0;
  const context = { ...bench.context(), turn: async () => void turns++ };
  const { records: aged } = await runJob(jobOf([tableOf(records)], [{ ...IDS[0], ...ALL }]), context);
  t.is(aged, 1);
  t.true(turns >= 10, `${turns} turns`);
});
