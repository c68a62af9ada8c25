import test from 'ava';
import fc from 'fast-check';
import type { FlushJob } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { Memtable } from '../../storage/memtable/memtable.ts';
import { runCursor } from '../../storage/sst/run-cursor.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { kept } from '../support/retained.ts';
import { anyEntries, Bench, del, drainSync, type Entry, put, show, TINY } from '../support/tables.ts';

/** A memtable of these entries, whose sequences go up from 1. */
function jobOf(entries: readonly Entry[], snapshots: readonly number[] = []): FlushJob {
  const memtable = Memtable.create(1, 4 * 1024 * 1024);
  const group = new GroupBuilder();
  for (const { key, value } of entries) {
    if (value === undefined) group.delete(key);
    else group.put(key, value);
  }
  if (entries.length > 0) memtable.apply(group.group(1));
  return { kind: 'flush', memtable: memtable.shared, snapshots, shape: TINY };
}

test('a memtable becomes one table with every version that a snapshot can see, tombstones included', async (t) => {
  const anySnapshots = fc.uniqueArray(fc.integer({ min: 0, max: 130 }), { maxLength: 4 }).map((list) => list.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(anyEntries, anySnapshots, fc.boolean(), async (entries, snapshots, inThread) => {
      const bench = new Bench();
      const result = await runJob(jobOf(entries, snapshots), bench.context({ inThread }));
      t.is(result.outputs.length, entries.length === 0 ? 0 : 1);
      t.deepEqual(drainSync(runCursor(result.outputs, { source: bench.source() })).map(show), kept(entries, snapshots, false).map(show));
      t.like(result, { entriesIn: entries.length, bytesRead: 0 });
    }),
    { numRuns: 150 },
  );
});

test('a memtable of many blocks is still one table', async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 5000 }, (_, n) => put(`key${(n * 7919) % 5000}`, n + 1));
  const { outputs } = await runJob(jobOf(entries), bench.context());
  t.is(outputs.length, 1);
  t.is(outputs[0].entries, 5000);
});

test('an empty memtable is no table and no error', async (t) => {
  const bench = new Bench();
  t.deepEqual(await runJob(jobOf([]), bench.context()), { outputs: [], entriesIn: 0, entriesOut: 0, bytesRead: 0, bytesWritten: 0 });
  t.is(bench.blobs.visible.size + bench.blobs.unfinished.size, 0);
});

test('asked to yield, a flush goes on: half a memtable is of no use', async (t) => {
  const bench = new Bench();
  const entries = [put('a', 1), del('b', 2), put('c', 3)];
  const result = await runJob(jobOf(entries), bench.context({ command: () => 'yield' }));
  t.is(result.outputs[0].entries, 3);
  t.is(result.resumeAt, undefined);
});

test('aborted or failed, it leaves nothing', async (t) => {
  const entries = Array.from({ length: 500 }, (_, n) => put(`key${n + 1000}`, n + 1));
  const bench = new Bench();
  await t.throwsAsync(runJob(jobOf(entries), bench.context({ command: () => 'abort' })), { code: 'LITHIFY_ABORTED' });
  bench.blobs.before = (operation, _, block) => {
    if (operation === 'append' && block === 9) throw new Error('broken');
  };
  await t.throwsAsync(runJob(jobOf(entries), bench.context()), { code: 'LITHIFY_SST', message: /broken/ });
  t.is(bench.blobs.visible.size + bench.blobs.unfinished.size, 0);
});

test("in-process it lets the event loop have a turn after every block's worth of entries", async (t) => {
  const bench = new Bench();
  const entries = Array.from({ length: 500 }, (_, n) => put(`key${n + 1000}`, n + 1));
  let turns = 0;
  const context = { ...bench.context(), turn: () => void turns++ };
  const { outputs } = await runJob(jobOf(entries), context);
  t.true(turns > outputs[0].blocks / 3, `${turns} turns for ${outputs[0].blocks} blocks`);
});
