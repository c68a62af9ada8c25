import test from 'ava';
import { bytesOf, DATABASE_KINDS, openDatabase } from './stores.ts';

const key = (...bytes: number[]) => Uint8Array.from(bytes);

for (const kind of DATABASE_KINDS) {
  test(`${kind}: what was written is read, in both ways; what was not is undefined`, async (t) => {
    const database = await openDatabase(t, kind);
    await database.write([
      { key: key(1), value: key(9, 9) },
      { key: key(1, 0), value: key() },
    ]);
    t.deepEqual(await database.get(key(1)), key(9, 9));
    t.deepEqual(database.getSync(key(1, 0)), key());
    t.is(await database.get(key(2)), undefined);
    t.is(database.getSync(key(2)), undefined);
  });

  test(`${kind}: a write deletes and puts together, and may be empty`, async (t) => {
    const database = await openDatabase(t, kind);
    await database.write([{ key: key(1), value: key(1) }]);
    await database.write([{ key: key(2), value: key(2) }], [key(1), key(7)]);
    await database.write([]);
    t.deepEqual(await database.keys({ gte: key(0), lt: key(9) }), [key(2)]);
  });

  test(`${kind}: ranges are ascending by unsigned bytes, half-open, and limited`, async (t) => {
    const database = await openDatabase(t, kind);
    const keys = [key(0), key(1), key(1, 0), key(1, 255), key(127), key(128), key(255)];
    await database.write(keys.toReversed().map((one) => ({ key: one, value: one })));
    t.deepEqual(await database.keys({ gte: key(1), lt: key(255) }), keys.slice(1, 6));
    t.deepEqual(await database.keys({ gte: key(1), lt: key(255), limit: 2 }), keys.slice(1, 3));
    t.deepEqual(
      await database.entries({ gte: key(128), lt: key(255, 0) }),
      keys.slice(5).map((one) => ({ key: one, value: one })),
    );
    t.deepEqual(await database.keys({ gte: key(2), lt: key(127) }), []);
  });

  test(`${kind}: nobody's later writes reach what is stored or what was handed out`, async (t) => {
    const database = await openDatabase(t, kind);
    const [givenKey, givenValue] = [key(5), bytesOf(64, 1)];
    const writing = database.write([{ key: givenKey, value: givenValue }]);
    givenKey.fill(6);
    givenValue.fill(2);
    await writing;
    const read = await database.get(key(5));
    const [entry] = await database.entries({ gte: key(0), lt: key(9) });
    const synchronously = database.getSync(key(5));
    for (const bytes of [read, synchronously, entry.value, entry.key]) bytes?.fill(7);
    t.deepEqual(await database.get(key(5)), bytesOf(64, 1));
  });

  test(`${kind}: bytes are plain views, whose slices are copies`, async (t) => {
    const database = await openDatabase(t, kind);
    await database.write([{ key: key(5), value: bytesOf(64, 1) }]);
    const [entry] = await database.entries({ gte: key(0), lt: key(9) });
    const [found] = await database.keys({ gte: key(0), lt: key(9) });
    for (const bytes of [await database.get(key(5)), database.getSync(key(5)), entry.key, entry.value, found]) {
      t.is(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    }
  });

  test(`${kind}: after close, every call fails with a coded error`, async (t) => {
    const database = await openDatabase(t, kind);
    await database.close();
    const range = { gte: key(0), lt: key(1) };
    await t.throwsAsync(database.get(key(1)), { code: 'LITHIFY_BLOB_STORE' });
    t.throws(() => database.getSync(key(1)), { code: 'LITHIFY_BLOB_STORE' });
    await t.throwsAsync(database.write([{ key: key(1), value: key(1) }]), { code: 'LITHIFY_BLOB_STORE' });
    await t.throwsAsync(database.keys(range), { code: 'LITHIFY_BLOB_STORE' });
    await t.throwsAsync(database.entries(range), { code: 'LITHIFY_BLOB_STORE' });
  });
}
