import test from 'ava';
import { openEngine, TINY } from '../support/engines.ts';

const KEYS = Array.from({ length: 40 }, (_, i) => `key-${String(i).padStart(2, '0')}`);

test('getMany and hasMany see all keys at one moment, whichever of them wait for the store', async (t) => {
  // Without a cache every key that is in a table is waited for, those in memory are not.
  const engine = await openEngine(t, { ...TINY, storage: 'memory', cacheBytes: 0 });
  const write = (round: number) => engine.kv.batch(KEYS.map((key) => ({ type: 'put', key, value: `${round}` })));
  await write(0);
  for (let round = 1; round <= 30; round++) {
    await engine.kv.put('other', 'something to flush');
    if (round % 2 === 0) await engine.ask({ type: 'MinorCompact' });
    const compacted = round % 3 === 0 ? engine.ask({ type: 'MajorCompaction' }) : undefined;
    // Asked for before, while and after all of them are written anew, or deleted.
    const before = engine.kv.getMany(KEYS);
    const written = round % 5 === 0 ? engine.kv.batch(KEYS.map((key) => ({ type: 'del', key }))) : write(round);
    const during = [engine.kv.getMany(KEYS), engine.kv.hasMany(KEYS)];
    await Promise.resolve();
    during.push(engine.kv.getMany(KEYS));
    await written;
    const after = await engine.kv.hasMany(KEYS);
    for (const values of [await before, ...(await Promise.all(during)), after]) t.is(new Set<unknown>(values).size, 1, `round ${round}`);
    t.is((await before)[0], round === 1 ? '0' : (round - 1) % 5 === 0 ? undefined : `${round - 1}`);
    t.is(after[0], round % 5 !== 0);
    await compacted;
  }
});

test('a get that waits for a block finds what was there when it was asked for', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory', cacheBytes: 0 });
  const write = (value: string) => engine.kv.batch(KEYS.map((key) => ({ type: 'put', key, value })));
  await write('then');
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  const snapshot = engine.kv.snapshot();
  const asked = KEYS.map((key) => engine.kv.get(key));
  const askedAt = KEYS.map((key) => engine.kv.get(key, { snapshot }));
  t.true(engine.stats().leases.length > 0, 'they wait');
  const closed = snapshot.close();
  await write('now');
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await engine.ask({ type: 'GarbageCollect' });
  for (const found of await Promise.all([...asked, ...askedAt])) t.is(found, 'then');
  await closed;
  t.deepEqual(engine.stats().leases, []);
  t.is(engine.stats().snapshots.count, 0);
});
