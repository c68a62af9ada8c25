import test from 'ava';
import type { Database } from '../../storage/database.ts';
import { bytesOf, DATABASE_KINDS, KiB, MiB, openDatabase, storeOn, writeBlob } from './stores.ts';

for (const kind of DATABASE_KINDS) {
  test(`${kind}: a blob is not there until its writer has closed`, async (t) => {
    const store = storeOn(await openDatabase(t, kind), { batchBytes: 1 });
    const writer = store.create(7);
    for (let n = 0; n < 4; n++) await writer.append(bytesOf(10, n));
    t.is(await store.size(7), undefined);
    t.deepEqual(await store.list(), []);
    await t.throwsAsync(store.read(7, 0), { code: 'LITHIFY_READER_UNAVAILABLE' });
    t.throws(() => store.readSync(7, 0), { code: 'LITHIFY_READER_UNAVAILABLE' });

    t.deepEqual(await writer.close(), { blocks: 4, bytes: 40 });
    t.deepEqual(await store.size(7), { blocks: 4, bytes: 40 });
    t.deepEqual(await store.list(), [7]);
    t.deepEqual(await store.read(7, 3), bytesOf(10, 3));
    t.deepEqual(store.readSync(7, 0), bytesOf(10, 0));
  });

  test(`${kind}: blocks of any size come back as they were, over several batches`, async (t) => {
    const store = storeOn(await openDatabase(t, kind), { batchBytes: 64 * KiB });
    const blocks = [5 * MiB, 0, 1, 32 * KiB, 100 * KiB, 64 * KiB, 3].map((length, n) => bytesOf(length, n + 1));
    await writeBlob(store, 1, blocks);
    for (const [n, block] of blocks.entries()) t.true(equal(await store.read(1, n), block), `block ${n}`);
    t.is(
      (await store.size(1))?.bytes,
      blocks.reduce((sum, { length }) => sum + length, 0),
    );
  });

  test(`${kind}: a missing block or blob is named in the error`, async (t) => {
    const store = storeOn(await openDatabase(t, kind));
    await writeBlob(store, 3, [bytesOf(1, 1)]);
    for (const [id, block] of [
      [3, 1],
      [4, 0],
      [3, 0xffff_fffe],
    ] as const) {
      const rejected = await t.throwsAsync(store.read(id, block), { code: 'LITHIFY_READER_UNAVAILABLE' });
      const thrown = t.throws(() => store.readSync(id, block), { code: 'LITHIFY_READER_UNAVAILABLE' });
      for (const error of [rejected, thrown]) t.like(error, { details: { blobIds: [id] } });
    }
  });

  test(`${kind}: blobs are listed ascending, also where ids need more than 32 bits`, async (t) => {
    const store = storeOn(await openDatabase(t, kind));
    const ids = [3 * 2 ** 32 + 5, 0, 2 ** 32 - 1, 2 ** 32, 255, 256, 3 * 2 ** 32 + 4, 2 ** 52 + 7, Number.MAX_SAFE_INTEGER - 1];
    for (const id of ids) await writeBlob(store, id, [bytesOf(4, id % 251), bytesOf(4, 9)]);
    t.deepEqual(
      await store.list(),
      ids.toSorted((a, b) => a - b),
    );
    t.deepEqual(await store.listUnfinished(), []);
    for (const id of ids) t.deepEqual(store.readSync(id, 0), bytesOf(4, id % 251));
  });

  test(`${kind}: a blob without blocks is a blob`, async (t) => {
    const store = storeOn(await openDatabase(t, kind));
    await writeBlob(store, 12, []);
    t.deepEqual(await store.size(12), { blocks: 0, bytes: 0 });
    t.deepEqual(await store.list(), [12]);
    await store.delete(12);
    t.deepEqual(await store.list(), []);
  });

  test(`${kind}: deleting takes the whole blob and nothing else, and succeeds when there is nothing`, async (t) => {
    const database = await openDatabase(t, kind);
    const store = storeOn(database);
    for (const id of [1, 2, 3, 4]) await writeBlob(store, id, [bytesOf(9, id), bytesOf(9, id)]);
    await store.read(2, 0);
    await store.delete(2, 2);
    await store.delete(3);
    await store.delete(2, 2);
    await store.delete(3);
    await store.delete(99);
    t.deepEqual(await store.list(), [1, 4]);
    t.deepEqual(await store.listUnfinished(), []);
    await t.throwsAsync(store.read(2, 0), { code: 'LITHIFY_READER_UNAVAILABLE' });
    t.deepEqual(await store.read(4, 1), bytesOf(9, 4));
    t.is(await countKeys(database), 2 * 3);
  });

  test(`${kind}: an aborted writer leaves nothing`, async (t) => {
    const database = await openDatabase(t, kind);
    const store = storeOn(database, { batchBytes: 8 });
    const writer = store.create(5);
    for (let n = 0; n < 10; n++) await writer.append(bytesOf(8, n));
    const last = writer.append(bytesOf(8, 1));
    await writer.abort();
    await last;
    await writer.abort();
    t.deepEqual(await store.listUnfinished(), []);
    t.is(await countKeys(database), 0);
    t.throws(() => writer.append(bytesOf(1, 1)), { code: 'LITHIFY_INTERNAL' });
  });

  test(`${kind}: a writer that never closed shows as unfinished, and can be deleted without knowing its size`, async (t) => {
    const database = await openDatabase(t, kind);
    const store = storeOn(database, { batchBytes: 8 });
    await writeBlob(store, 1, [bytesOf(8, 1)]);
    const abandoned = store.create(2);
    for (let n = 0; n < 6; n++) await abandoned.append(bytesOf(8, n));
    await writeBlob(store, 3, [bytesOf(8, 3)]);
    t.deepEqual(await store.listUnfinished(), [2]);
    t.deepEqual(await store.list(), [1, 3]);
    await store.delete(2);
    t.deepEqual(await store.listUnfinished(), []);
    t.is(await countKeys(database), 4);
  });

  test(`${kind}: a blob is written once and is nobody's to change`, async (t) => {
    const store = storeOn(await openDatabase(t, kind));
    const given = bytesOf(16, 1);
    await writeBlob(store, 8, [given]);
    given.fill(2);
    (await store.read(8, 0)).fill(3);
    store.readSync(8, 0).fill(4);
    t.deepEqual(await store.read(8, 0), bytesOf(16, 1));
    t.throws(() => store.create(8), { code: 'LITHIFY_INTERNAL' });
    t.throws(() => store.create(-1), { code: 'LITHIFY_INTERNAL' });
    t.throws(() => store.create(2 ** 53), { code: 'LITHIFY_INTERNAL' });
  });

  test(`${kind}: reclaiming after deletion answers with every blob and leaves the others`, async (t) => {
    const store = storeOn(await openDatabase(t, kind));
    for (const id of [1, 2, 3]) await writeBlob(store, id, [bytesOf(50, id)]);
    await store.delete(2, 1);
    t.deepEqual(await store.reclaim([{ id: 2, bytes: 50 }], () => false), { done: [2], stopped: false });
    t.deepEqual(await store.list(), [1, 3]);
    t.deepEqual(await store.read(3, 0), bytesOf(50, 3));
    t.deepEqual(await store.reclaim([], () => false), { done: [], stopped: false });
  });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Blocks and seals of all blobs. */
async function countKeys(database: Database): Promise<number> {
  return (await database.keys({ gte: new Uint8Array([0]), lt: new Uint8Array([0xff]) })).length;
}
