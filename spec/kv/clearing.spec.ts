import test from 'ava';
import fc from 'fast-check';
import { MAX_KEY_BYTES } from '../../storage/entry.ts';
import { openLevel } from './support/databases.ts';

const ROOMY = { memtableBytes: 1024 * 1024, memoryBytes: 4 * 1024 * 1024 };
const KEYS = ['', 'a', 'ab', 'b', 'ba', 'c', 'ca', 'd', 'ü'];
const bound = fc.constantFrom(...KEYS, 'aa', 'bz', '\uffff');
const range = fc.record(
  { gt: bound, gte: bound, lt: bound, lte: bound, limit: fc.integer({ min: -1, max: 4 }), reverse: fc.boolean() },
  { requiredKeys: [] },
);

test('whatever the bounds, the limit and the direction, what is cleared is what an iterator shows', async (t) => {
  const db = await openLevel(t);
  await fc.assert(
    fc.asyncProperty(range, async (options) => {
      await db.batch(KEYS.map((key) => ({ type: 'put', key, value: key })));
      const doomed = new Set(await db.keys(options).all());
      await db.clear(options);
      t.deepEqual(
        await db.keys().all(),
        KEYS.filter((key) => !doomed.has(key)),
      );
    }),
    { numRuns: 150 },
  );
});

test('a range costs one entry of the log, whatever is in it', async (t) => {
  const db = await openLevel(t, ROOMY);
  await db.batch(Array.from({ length: 500 }, (_, i) => ({ type: 'put', key: `key ${i}`, value: 'x' })));
  const before = db.engine.stats();
  await db.clear({ gte: 'key ', lt: 'kez' });
  const { wal, lastSequence } = db.engine.stats();
  t.true(wal.bytes - before.wal.bytes < 200, `${wal.bytes - before.wal.bytes} bytes`);
  t.is(lastSequence, before.lastSequence + 1);
  t.deepEqual(await db.keys().all(), []);
});

test('nothing is written for a range that is empty, or has nothing to delete up to a limit', async (t) => {
  const db = await openLevel(t);
  await db.put('k', 'v');
  const { lastSequence } = db.engine.stats();
  await db.clear({ gte: 'z', lt: 'a' });
  await db.clear({ gt: 'k', lt: 'k' });
  await db.clear({ lt: '' });
  await db.clear({ limit: 0 });
  await db.clear({ gt: 'k', limit: 5 });
  t.is(db.engine.stats().lastSequence, lastSequence);
});

test('bounds may be longer than keys can be', async (t) => {
  const db = await openLevel(t, ROOMY);
  const longest = 'm'.repeat(MAX_KEY_BYTES);
  for (const key of ['a', longest, 'z']) await db.put(key, 'v');
  await db.clear({ gt: longest });
  t.deepEqual(await db.keys().all(), ['a', longest]);
  await db.clear({ gte: `${longest}m`, lt: 'z' });
  t.deepEqual(await db.keys().all(), ['a', longest]);
  await db.clear({ gte: 'b', lte: longest });
  t.deepEqual(await db.keys().all(), ['a']);
});
