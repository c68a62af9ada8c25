import test from 'ava';
import type { DeleteJob } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { Bench, put } from '../support/tables.ts';

async function store(ids: number) {
  const bench = new Bench();
  const tables = [];
  for (let n = 0; n < ids; n++) tables.push(...(await bench.write([put('k', 1)])));
  const job: DeleteJob = { kind: 'delete', blobs: tables.map(({ id, blocks, bytes }) => ({ id, blocks, bytes })).reverse() };
  return { bench, job };
}

test('blobs are deleted, then their space is given back, ascending', async (t) => {
  const { bench, job } = await store(3);
  t.deepEqual(await runJob(job, bench.context()), { deleted: [1, 2, 3], failed: [], yielded: false });
  t.deepEqual(await bench.blobs.list(), []);
  t.deepEqual(bench.blobs.reclaimed, [1, 2, 3]);
});

test('one that cannot be deleted does not stop the others', async (t) => {
  const { bench, job } = await store(3);
  bench.blobs.before = (operation, id) => {
    if (operation === 'delete' && id === 2) throw new Error('stuck');
  };
  t.deepEqual(await runJob(job, bench.context()), { deleted: [1, 3], failed: [{ id: 2, reason: 'stuck' }], yielded: false });
  t.deepEqual(await bench.blobs.list(), [2]);
});

test('deleting what is gone already succeeds', async (t) => {
  const { bench, job } = await store(2);
  bench.blobs.visible.delete(1);
  t.deepEqual((await runJob(job, bench.context())).deleted, [1, 2]);
});

test('what was deleted but whose space is still taken is not done', async (t) => {
  const { bench, job } = await store(2);
  bench.blobs.before = (operation) => {
    if (operation === 'reclaim') throw new Error('not now');
  };
  const result = await runJob(job, bench.context());
  t.deepEqual(result.deleted, []);
  t.deepEqual(
    result.failed.map(({ id }) => id),
    [1, 2],
  );
  bench.blobs.before = () => {};
  t.deepEqual((await runJob(job, bench.context())).deleted, [1, 2], 'and a second try succeeds');
});

test('asked to yield it stops and says so; the rest is for later', async (t) => {
  const { bench, job } = await store(3);
  let asked = 0;
  const result = await runJob(job, bench.context({ command: () => (asked++ < 2 ? 'run' : 'yield') }));
  t.true(result.yielded);
  t.is((await bench.blobs.list()).length, 1);
});

test('aborted, it throws', async (t) => {
  const { bench, job } = await store(3);
  await t.throwsAsync(runJob(job, bench.context({ command: () => 'abort' })), { code: 'LITHIFY_ABORTED' });
});

test('nothing to delete is fine', async (t) => {
  t.deepEqual(await runJob({ kind: 'delete', blobs: [] }, new Bench().context()), { deleted: [], failed: [], yielded: false });
});
