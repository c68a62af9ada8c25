import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { sealKey } from '../../storage/blobs/keys.ts';
import type { Database } from '../../storage/database.ts';
import { bytesOf, openDatabase, storeOn, wrapped, writeBlob } from './stores.ts';

const BLOCKS = 9_000;

async function largeBlob(database: Database): Promise<void> {
  await writeBlob(
    storeOn(database),
    6,
    Array.from({ length: BLOCKS }, (_, n) => bytesOf(1, n % 256)),
  );
}

function failingAt(database: Database, failingWrite: number, sizes: number[]): Database {
  const write: Database['write'] = async (puts, deletes = []) => {
    sizes.push(deletes.length);
    if (sizes.length === failingWrite) throw new LithifyError('LITHIFY_BLOB_STORE', 'Cut off.');
    await database.write(puts, deletes);
  };
  return wrapped(database, { write });
}

for (const known of [BLOCKS, undefined]) {
  const knowing = known === undefined ? 'without knowing its blocks' : 'knowing its blocks';

  test(`a deletion that is cut off, ${knowing}, leaves an invisible blob that shows as unfinished`, async (t) => {
    const database = await openDatabase(t, 'memory');
    await largeBlob(database);
    const sizes: number[] = [];
    await t.throwsAsync(storeOn(failingAt(database, 2, sizes)).delete(6, known), { code: 'LITHIFY_BLOB_STORE' });
    const store = storeOn(database);
    t.deepEqual(await store.list(), []);
    t.is(await store.size(6), undefined);
    t.deepEqual(await store.listUnfinished(), [6]);
    t.throws(() => store.readSync(6, BLOCKS - 1), { code: 'LITHIFY_READER_UNAVAILABLE' });

    await store.delete(6, known);
    t.deepEqual(await store.listUnfinished(), []);
  });

  test(`a large blob is deleted, ${knowing}, in batches that do not hold the thread for long`, async (t) => {
    const database = await openDatabase(t, 'memory');
    await largeBlob(database);
    const sizes: number[] = [];
    await storeOn(failingAt(database, Number.POSITIVE_INFINITY, sizes)).delete(6, known);
    t.true(Math.max(...sizes) <= 4000);
    t.is(
      sizes.reduce((sum, size) => sum + size),
      BLOCKS + 1,
    );
  });
}

test('listing looks at one key of each blob, however many blocks it has', async (t) => {
  const database = await openDatabase(t, 'memory');
  await largeBlob(database);
  for (const id of [1, 2, 3]) await writeBlob(storeOn(database), id, [bytesOf(1, 1), bytesOf(1, 2)]);
  let keys = 0;
  const counting: Database['keys'] = async (range) => {
    const found = await database.keys(range);
    keys += found.length;
    return found;
  };
  t.deepEqual(await storeOn(wrapped(database, { keys: counting })).list(), [1, 2, 3, 6]);
  t.is(keys, 4);
});

for (const [what, damage] of [
  ['a flipped bit', (seal: Uint8Array) => seal.map((byte, at) => (at === 3 ? byte ^ 1 : byte))],
  ['a cut-off end', (seal: Uint8Array) => seal.subarray(0, 7)],
] as const) {
  test(`a seal with ${what} is reported as corruption, and the blob can still be deleted`, async (t) => {
    const database = await openDatabase(t, 'memory');
    const store = storeOn(database);
    await writeBlob(store, 6, [bytesOf(3, 1), bytesOf(3, 2)]);
    const seal = (await database.get(sealKey(6))) ?? new Uint8Array();
    await database.write([{ key: sealKey(6), value: damage(seal) }]);
    for (const reading of [store.size(6), store.read(6, 0)]) {
      t.like(await t.throwsAsync(reading, { code: 'LITHIFY_CORRUPTION' }), { details: { blobIds: [6] } });
    }
    await store.delete(6);
    t.deepEqual(await database.keys({ gte: new Uint8Array([0]), lt: new Uint8Array([255]) }), []);
  });
}

test("the seal of one blob is not taken for another one's", async (t) => {
  const database = await openDatabase(t, 'memory');
  const store = storeOn(database);
  await writeBlob(store, 6, [bytesOf(3, 1)]);
  await database.write([{ key: sealKey(7), value: (await database.get(sealKey(6))) ?? new Uint8Array() }]);
  await t.throwsAsync(store.size(7), { code: 'LITHIFY_CORRUPTION' });
});
