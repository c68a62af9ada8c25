import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import type { Database } from '../../storage/database.ts';
import { bytesOf, openDatabase, storeOn, wrapped } from './stores.ts';

/** Writes wait until they are let through, and are counted. */
function gated(database: Database) {
  const gates: (() => void)[] = [];
  const seen = { inFlight: 0, most: 0, writes: 0 };
  const write: Database['write'] = async (puts, deletes) => {
    seen.inFlight++;
    seen.most = Math.max(seen.most, seen.inFlight);
    seen.writes++;
    await new Promise<void>((resolve) => gates.push(resolve));
    await database.write(puts, deletes);
    seen.inFlight--;
  };
  return { database: wrapped(database, { write }), seen, letOneThrough: () => gates.shift()?.() };
}

function failing(database: Database, fails: (write: number) => boolean): Database {
  let writes = 0;
  const write: Database['write'] = (puts, deletes) =>
    fails(++writes) ? Promise.reject(new LithifyError('LITHIFY_DISK_FULL', 'No space.')) : database.write(puts, deletes);
  return wrapped(database, { write });
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('the first full batch is written behind the caller, the second makes it wait until the first is done', async (t) => {
  const { database, seen, letOneThrough } = gated(await openDatabase(t, 'memory'));
  const writer = storeOn(database, { batchBytes: 100 }).create(1);
  t.is(writer.append(bytesOf(60, 1)), undefined);
  t.is(seen.writes, 0);
  t.is(writer.append(bytesOf(60, 2)), undefined);
  t.is(seen.writes, 1);
  t.is(writer.append(bytesOf(60, 3)), undefined);
  const wait = writer.append(bytesOf(60, 4));
  t.truthy(wait);
  let waiting = true;
  const passed = wait?.then(() => (waiting = false));
  await settled();
  t.true(waiting);
  t.is(seen.writes, 1);

  letOneThrough();
  await passed;
  t.is(seen.writes, 2);
  letOneThrough();
  await settled();
  const closing = writer.close();
  await settled();
  letOneThrough();
  t.deepEqual(await closing, { blocks: 4, bytes: 240 });
  t.is(seen.most, 1);
});

test('a caller that does not wait still never has two writes in flight', async (t) => {
  const { database, seen, letOneThrough } = gated(await openDatabase(t, 'memory'));
  const store = storeOn(database, { batchBytes: 10 });
  const writer = store.create(1);
  for (let n = 0; n < 20; n++) void writer.append(bytesOf(10, n));
  const closing = writer.close();
  let closed = false;
  void closing.then(() => (closed = true));
  for (let turns = 0; turns < 100 && !closed; turns++) {
    await settled();
    letOneThrough();
  }
  t.deepEqual(await closing, { blocks: 20, bytes: 200 });
  t.is(seen.most, 1);
  for (let n = 0; n < 20; n++) t.deepEqual(await store.read(1, n), bytesOf(10, n));
});

test('a write that failed surfaces at the next append and at close, and the blob stays invisible', async (t) => {
  const database = await openDatabase(t, 'memory');
  const store = storeOn(
    failing(database, (write) => write === 1),
    { batchBytes: 10 },
  );
  const writer = store.create(1);
  t.is(writer.append(bytesOf(10, 1)), undefined);
  await settled();
  t.throws(() => writer.append(bytesOf(1, 2)), { code: 'LITHIFY_DISK_FULL' });
  await t.throwsAsync(writer.close(), { code: 'LITHIFY_DISK_FULL' });
  await t.notThrowsAsync(writer.abort());
  t.deepEqual(await store.list(), []);
});

test('a write that fails while the caller waits rejects that wait', async (t) => {
  const { database, letOneThrough } = gated(failing(await openDatabase(t, 'memory'), (write) => write === 1));
  const writer = storeOn(database, { batchBytes: 10 }).create(1);
  void writer.append(bytesOf(10, 1));
  const wait = writer.append(bytesOf(10, 2));
  letOneThrough();
  await t.throwsAsync(async () => wait, { code: 'LITHIFY_DISK_FULL' });
});

test('when the sealing write fails the blob is not there, and abort takes the rest away', async (t) => {
  const database = await openDatabase(t, 'memory');
  const store = storeOn(
    failing(database, (write) => write === 3),
    { batchBytes: 10 },
  );
  const writer = store.create(1);
  await writer.append(bytesOf(10, 1));
  await writer.append(bytesOf(10, 2));
  await t.throwsAsync(writer.close(), { code: 'LITHIFY_DISK_FULL' });
  t.is(await store.size(1), undefined);
  t.deepEqual(await store.listUnfinished(), [1]);
  await writer.abort();
  t.deepEqual(await store.listUnfinished(), []);
});

test('abort does not reject when nothing can be deleted either', async (t) => {
  const store = storeOn(
    failing(await openDatabase(t, 'memory'), (write) => write > 1),
    { batchBytes: 10 },
  );
  const writer = store.create(1);
  await writer.append(bytesOf(10, 1));
  await t.notThrowsAsync(writer.abort());
  t.deepEqual(await store.listUnfinished(), [1]);
});

test('abort after a successful close takes nothing back', async (t) => {
  const store = storeOn(await openDatabase(t, 'memory'));
  const writer = store.create(1);
  await writer.append(bytesOf(10, 1));
  await writer.close();
  await writer.abort();
  t.deepEqual(await store.list(), [1]);
});

test('abort while closing wins: the blob does not appear, with or without its blocks', async (t) => {
  for (const letThrough of [0, 1]) {
    const database = await openDatabase(t, 'memory');
    const gate = gated(database);
    const store = storeOn(gate.database, { batchBytes: 10 });
    const writer = store.create(1);
    void writer.append(bytesOf(10, 1));
    void writer.append(bytesOf(4, 2));
    const closing = t.throwsAsync(writer.close(), { code: 'LITHIFY_ABORTED' });
    for (let n = 0; n < letThrough; n++) {
      gate.letOneThrough();
      await settled();
    }
    let aborted = false;
    const aborting = writer.abort().then(() => (aborted = true));
    while (!aborted) {
      gate.letOneThrough();
      await settled();
    }
    await Promise.all([closing, aborting]);
    t.deepEqual([...(await store.list()), ...(await store.listUnfinished())], []);
  }
});
