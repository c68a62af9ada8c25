import { Worker } from 'node:worker_threads';
import test from 'ava';
import { WritePermits } from '../../storage/blobs/write-permits.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const URL_OF_PERMITS = JSON.stringify(new URL('../../storage/blobs/write-permits.ts', import.meta.url).href);

/** A thread that runs `body` with `permits`, `shared`, `parentPort` and `turn` at hand, and stays, as waiting alone would not make it. */
function thread(permits: WritePermits, slot: number, shared: SharedArrayBuffer, body: string): Worker {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const kept = setInterval(() => {}, 1e6);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    import(${URL_OF_PERMITS}).then(async ({ WritePermits }) => {
      const permits = WritePermits.attach(workerData.buffer, workerData.slot);
      const shared = new Int32Array(workerData.shared);
      ${body}
    });`;
  return new Worker(code, { eval: true, workerData: { buffer: permits.buffer, slot, shared } });
}

const message = (worker: Worker) => new Promise<unknown>((resolve, reject) => worker.once('message', resolve).once('error', reject));
const exit = (worker: Worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve()));

test('in one thread at most as many run as there are permits, and all of them come to run', async (t) => {
  const permits = WritePermits.create(2);
  let running = 0;
  let most = 0;
  let ran = 0;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      permits.run(async () => {
        most = Math.max(most, ++running);
        await settled();
        running--;
        ran++;
      }),
    ),
  );
  t.is(most, 2);
  t.is(ran, 50);
  t.is(permits.available, 2);
});

test('a permit is given back when the work fails', async (t) => {
  const permits = WritePermits.create(1);
  await t.throwsAsync(
    permits.run(() => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  t.is(await permits.run(async () => 5), 5);
});

test('over all threads together at most two run at once', async (t) => {
  const permits = WritePermits.create(2);
  const shared = new SharedArrayBuffer(12);
  const body = `
    for (let n = 0; n < 100; n++) await permits.run(async () => {
      const running = Atomics.add(shared, 0, 1) + 1;
      for (let most = Atomics.load(shared, 1); running > most; most = Atomics.load(shared, 1)) Atomics.compareExchange(shared, 1, most, running);
      do await turn(); while (Atomics.load(shared, 1) < 2);
      Atomics.sub(shared, 0, 1);
      Atomics.add(shared, 2, 1);
    });
    process.exit(0);`;
  await Promise.all([1, 2, 3, 4].map((slot) => exit(thread(permits, slot, shared, body))));
  const [running, most, ran] = new Int32Array(shared);
  t.deepEqual({ running, most, ran }, { running: 0, most: 2, ran: 400 });
  t.is(permits.available, 2);
});

test('what a dead thread held is freed by its owner, and waiting threads go on', async (t) => {
  const permits = WritePermits.create(2);
  const holder = thread(
    permits,
    1,
    new SharedArrayBuffer(4),
    `await permits.acquire(); await permits.acquire(); parentPort.postMessage('held');`,
  );
  await message(holder);
  t.is(permits.available, 0);
  const waiting = permits.run(async () => 'ran');
  const other = thread(
    permits,
    2,
    new SharedArrayBuffer(4),
    `parentPort.postMessage('waits'); await permits.acquire(); parentPort.postMessage('got'); process.exit(0);`,
  );
  await message(other);
  const got = message(other);

  await holder.terminate();
  permits.releaseSlot(1);
  t.is(await waiting, 'ran');
  t.is(await got, 'got');
  permits.releaseSlot(2);
  t.is(permits.available, 2);
});

test('a thread that died while it waited does not swallow the wake-up of the others', async (t) => {
  const permits = WritePermits.create(1);
  const held = await permits.acquire();
  const waiter = thread(
    permits,
    1,
    new SharedArrayBuffer(4),
    `const asked = permits.acquire(); await turn(); parentPort.postMessage('waits'); await asked;`,
  );
  await message(waiter);
  const mine = permits.acquire();
  await waiter.terminate();
  permits.releaseSlot(1);
  permits.release(held);
  t.is(await mine, held);
});

test('giving back what was freed for somebody else meanwhile takes nothing from them', async (t) => {
  const owner = WritePermits.create(1);
  const dead = WritePermits.attach(owner.buffer, 1);
  const permit = await dead.acquire();
  owner.releaseSlot(1);
  t.is(await owner.acquire(), permit);
  dead.release(permit);
  t.is(owner.available, 0);
});
