import test from 'ava';
import { WorkerThread } from '../../actors/worker-thread.ts';
import { LithifyError, toWireError } from '../../protocol/errors.ts';
import { SharedControl } from '../../storage/jobs/shared-control.ts';
import { FakeThread, SETUP } from './support.ts';

const JOB = { kind: 'delete', blobs: [] } as const;
const DIED = { instanceOf: LithifyError, code: 'LITHIFY_WORKER_DIED' };

async function started(): Promise<{ thread: FakeThread; worker: WorkerThread }> {
  const thread = new FakeThread();
  return { thread, worker: await WorkerThread.start(thread, SETUP) };
}

test('every call under way fails when the thread goes, and every call after that at once', async (t) => {
  const { thread, worker } = await started();
  thread.answer = () => new Promise(() => {});
  const calls = [1, 2, 3].map(() => t.throwsAsync(worker.run(JOB, SharedControl.create()), { ...DIED, message: /out of memory/ }));
  thread.die('out of memory');
  await Promise.all(calls);
  await t.throwsAsync(worker.run(JOB, SharedControl.create()), DIED);
  t.is((await worker.exited).code, 'LITHIFY_WORKER_DIED');
});

test('a thread whose store does not open is ended, and the error keeps its code', async (t) => {
  const thread = new FakeThread();
  thread.answer = () => Promise.resolve({ ok: false, error: toWireError(new LithifyError('LITHIFY_BLOB_STORE', 'locked')) });
  await t.throwsAsync(WorkerThread.start(thread, SETUP), { instanceOf: LithifyError, code: 'LITHIFY_BLOB_STORE' });
  await t.throwsAsync(async () => thread.endpoint.postMessage({}) ?? Promise.reject(new Error('closed')), { message: 'closed' });
});

test('it holds the process only while a call is under way', async (t) => {
  const { thread, worker } = await started();
  thread.held.length = 0;
  await Promise.all([worker.run(JOB, SharedControl.create()), worker.run(JOB, SharedControl.create())]);
  t.deepEqual(thread.held, [true, true, false]);
});

test('asked to stop, it lets go of the store first; without an answer it is ended at the time-out', async (t) => {
  const polite = await started();
  await polite.worker.stop(new Promise(() => {}));
  t.deepEqual(polite.thread.calls, ['open', 'close']);
  const deaf = await started();
  deaf.thread.answer = () => new Promise(() => {});
  await deaf.worker.stop(Promise.resolve());
  await t.throwsAsync(deaf.worker.run(JOB, SharedControl.create()), DIED);
});
