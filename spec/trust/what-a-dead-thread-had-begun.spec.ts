import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { WorkerThread } from '../../actors/worker-thread.ts';
import { TakenIds } from '../../storage/blobs/taken-ids.ts';
import { SharedControl } from '../../storage/jobs/shared-control.ts';
import { FakeThread, SETUP } from '../actors/support.ts';

// A thread's blobs are deleted when it dies under a job, and only then: the caller of a job that was answered uses them.

const JOB = { kind: 'delete', blobs: [] } as const;

/** A thread whose jobs take these ids, as real ones do, before they are answered or not. */
async function started(ids: readonly number[]): Promise<{ thread: FakeThread; worker: WorkerThread }> {
  const thread = new FakeThread();
  let taken: TakenIds | undefined;
  thread.answer = (call, given) => {
    if (call === 'open') taken = TakenIds.attach((given as { taken: SharedArrayBuffer }).taken);
    else for (const id of ids) taken?.note(id);
    return Promise.resolve({ ok: true, value: undefined });
  };
  return { thread, worker: await WorkerThread.start(thread, SETUP) };
}

test('what it has noted is known for any number of blobs, and forgotten before the next job', (t) => {
  const taken = TakenIds.create();
  const inThread = TakenIds.attach(taken.buffer);
  const ids = Array.from({ length: 5_000 }, (_, n) => 2 ** 40 + n);
  for (const id of ids) t.is(inThread.note(id), id);
  t.deepEqual(taken.ids(), ids);
  taken.clear();
  t.deepEqual(taken.ids(), []);
  inThread.note(7);
  t.deepEqual(taken.ids(), [7]);
});

test('a thread that dies under a job leaves the blobs that this job had begun', async (t) => {
  const { thread, worker } = await started([11, 12]);
  await worker.run(JOB, SharedControl.create());
  const { answer } = thread;
  const begun = Promise.withResolvers<void>();
  thread.answer = async (call) => {
    await answer(call);
    begun.resolve();
    return new Promise(() => {});
  };
  const died = t.throwsAsync(worker.run(JOB, SharedControl.create()), { message: /killed/ });
  await begun.promise;
  thread.die('killed');
  await died;
  t.deepEqual(worker.orphans, [11, 12]);
});

test("one that dies after its reply leaves nothing: the blobs are the caller's", async (t) => {
  const { thread, worker } = await started([11, 12]);
  await worker.run(JOB, SharedControl.create());
  thread.die('killed');
  await worker.exited;
  t.deepEqual(worker.orphans, []);
});

test('whichever comes first, reply or death, the caller is told what its blobs are taken for', async (t) => {
  const told = new Set<string>();
  for (let turns = 0; turns < 8; turns++) {
    const { thread, worker } = await started([11]);
    const run = worker.run(JOB, SharedControl.create()).then(
      () => 'answered',
      () => 'died',
    );
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    const wasBegun = thread.calls.includes('run');
    thread.die('killed');
    const how = await run;
    t.deepEqual(worker.orphans, how === 'died' && wasBegun ? [11] : [], `after ${turns} turns`);
    told.add(how);
  }
  t.deepEqual([...told].sort(), ['answered', 'died']);
});
