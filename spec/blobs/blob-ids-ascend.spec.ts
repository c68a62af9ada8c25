import { Worker } from 'node:worker_threads';
import test from 'ava';
import { BlobIds } from '../../storage/blobs/blob-ids.ts';

/** Enough that both threads are at it at the same time. */
const EACH = 100_000;

test('ids ascend, and those of a later epoch are above all of an earlier one', (t) => {
  const first = BlobIds.create(1);
  const ids = [first.next(), first.next(), first.next()];
  const second = BlobIds.create(2);
  ids.push(second.next(), second.next());
  t.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  t.is(new Set(ids).size, 5);
  t.true(BlobIds.create(2 ** 22).next() + 2 ** 30 < Number.MAX_SAFE_INTEGER);
});

test('threads that share the counter never get the same id', async (t) => {
  const ids = BlobIds.create(7);
  const url = JSON.stringify(new URL('../../storage/blobs/blob-ids.ts', import.meta.url).href);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${url}).then(({ BlobIds }) => {
      const ids = BlobIds.attach(workerData.buffer, 7);
      const started = new Int32Array(workerData.started);
      Atomics.add(started, 0, 1);
      while (Atomics.load(started, 0) < 2);
      parentPort.postMessage(Array.from({ length: ${EACH} }, () => ids.next()));
    });`;
  const started = new SharedArrayBuffer(4);
  const drawn = await Promise.all(
    [1, 2].map(
      () =>
        new Promise<number[]>((resolve, reject) => {
          new Worker(code, { eval: true, workerData: { buffer: ids.buffer, started } }).once('message', resolve).once('error', reject);
        }),
    ),
  );
  for (const own of drawn)
    t.deepEqual(
      own,
      own.toSorted((a, b) => a - b),
    );
  t.is(new Set(drawn.flat()).size, 2 * EACH);
  t.is(ids.next(), 7 * 2 ** 30 + 2 * EACH);
});

test('after the last id of an epoch there is an error, every time, and no id again', (t) => {
  const ids = BlobIds.create(3);
  new Int32Array(ids.buffer)[0] = 2 ** 30 - 1;
  t.is(ids.next(), 4 * 2 ** 30 - 1);
  for (let n = 0; n < 3; n++) t.throws(() => ids.next(), { code: 'LITHIFY_INTERNAL' });
  new Int32Array(ids.buffer)[0] = -5;
  t.throws(() => ids.next(), { code: 'LITHIFY_INTERNAL' });
});

test('an epoch that could make ids unsafe or negative is refused', (t) => {
  for (const epoch of [-1, 0.5, 2 ** 22 + 1, Number.NaN]) t.throws(() => BlobIds.create(epoch), { code: 'LITHIFY_INTERNAL' });
});
