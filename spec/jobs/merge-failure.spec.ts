import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import type { MergeJob } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { Bench, put, TINY } from '../support/tables.ts';

async function twoRuns() {
  const bench = new Bench();
  const entries = Array.from({ length: 200 }, (_, n) => put(`key${n + 1000}`, n + 1));
  const runs = [await bench.write(entries.filter((_, n) => n % 2 === 0)), await bench.write(entries.filter((_, n) => n % 2 === 1))];
  return { bench, runs, inputs: await bench.blobs.list() };
}

function job(runs: readonly (readonly TableMeta[])[]): MergeJob {
  return { kind: 'merge', runs, snapshots: [], dropTombstones: false, shape: TINY };
}

async function nothingIsLeft(bench: Bench, inputs: readonly number[]): Promise<boolean> {
  return `${await bench.blobs.list()}` === `${inputs}` && bench.blobs.unfinished.size === 0;
}

for (const inThread of [true, false]) {
  const where = inThread ? 'in a thread' : 'in-process';

  test(`wherever the store fails, the job fails with a code and deletes what it wrote, ${where}`, async (t) => {
    for (const operation of ['read', 'append', 'close']) {
      for (let countdown = 0; ; countdown += 7) {
        const { bench, runs, inputs } = await twoRuns();
        let left = countdown;
        let failed = false;
        bench.blobs.before = (at) => {
          if (at !== operation || left-- !== 0) return;
          failed = true;
          throw new Error('the store is broken');
        };
        const run = runJob(job(runs), bench.context({ inThread }));
        if (
          await run.then(
            () => true,
            () => false,
          )
        ) {
          t.false(failed);
          t.true(countdown > 0, 'it did fail before');
          break;
        }
        const error = await t.throwsAsync(run, { instanceOf: LithifyError });
        t.regex(`${error?.message} ${error?.cause}`, /the store is broken/);
        t.true(await nothingIsLeft(bench, inputs), `${operation} ${countdown}`);
      }
    }
  });

  test(`every blob whose footer cannot be read is named, not only the first, ${where}`, async (t) => {
    const { bench, runs, inputs } = await twoRuns();
    const missing = [inputs[1], inputs[4], inputs[inputs.length - 1]];
    for (const id of missing) bench.blobs.visible.delete(id);
    const error = await t.throwsAsync(runJob(job(runs), bench.context({ inThread })), {
      instanceOf: LithifyError,
      code: 'LITHIFY_READER_UNAVAILABLE',
    });
    t.deepEqual(error?.details.blobIds, missing);
    t.is(bench.blobs.unfinished.size, 0);
  });

  test(`aborting stops it within a block and deletes what it wrote, ${where}`, async (t) => {
    for (let patience = 0; patience < 20; patience += 2) {
      const { bench, runs, inputs } = await twoRuns();
      let asked = 0;
      const command = () => (asked++ < patience ? ('run' as const) : ('abort' as const));
      await t.throwsAsync(runJob(job(runs), bench.context({ inThread, command })), { code: 'LITHIFY_ABORTED' });
      t.is(asked, patience + 1);
      t.true(await nothingIsLeft(bench, inputs));
    }
  });
}

test('a corrupt block stops the merge: it is never compacted away', async (t) => {
  const { bench, runs, inputs } = await twoRuns();
  const victim = inputs[3];
  for (const [number, block] of (bench.blobs.visible.get(victim) ?? []).entries()) {
    // The filter is the one block that a merge does not read.
    if (block[1] === 3) continue;
    block[block.length >> 1] ^= 0x20;
    const error = await t.throwsAsync(runJob(job(runs), bench.context()), { instanceOf: LithifyError, code: 'LITHIFY_CORRUPTION' });
    t.like(error?.details, { blobId: victim, block: number });
    t.true(await nothingIsLeft(bench, inputs));
    block[block.length >> 1] ^= 0x20;
  }
});

test('a full disk is told as such', async (t) => {
  const { bench, runs } = await twoRuns();
  bench.blobs.before = (at) => {
    if (at === 'append') throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
  };
  await t.throwsAsync(runJob(job(runs), bench.context()), { code: 'LITHIFY_DISK_FULL' });
});
