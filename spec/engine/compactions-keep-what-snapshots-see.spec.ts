import test from 'ava';
import type { Engine } from '../../index.ts';
import { contentOf, openEngine, quiet, TINY } from '../support/engines.ts';

// A snapshot is a sequence: flushes, majors and collections keep for it exactly the versions that it can see, and no more.

const KEYS = Array.from({ length: 50 }, (_, i) => `key-${String(i).padStart(2, '0')}`);

async function round(engine: Engine, value: string): Promise<void> {
  await engine.kv.batch(KEYS.map((key) => ({ type: 'put', key, value })));
}

/** Into the last level, whatever is there; how many entries that has then. */
async function compacted(engine: Engine): Promise<{ entries: number; tombstones: number }> {
  await engine.ask({ type: 'MajorCompaction' });
  await engine.ask({ type: 'GarbageCollect' });
  await quiet(engine);
  const { minors, levels } = engine.stats();
  if (minors.tables > 0 || levels.slice(0, 6).some(({ tables }) => tables > 0)) throw new Error('not all is in the last level');
  const { entries, tombstones } = levels[6];
  return { entries, tombstones };
}

async function valuesAt(engine: Engine, snapshot: ReturnType<Engine['kv']['snapshot']>): Promise<string[]> {
  return [...new Set(await engine.kv.values({ snapshot }).all())];
}

for (const workers of [0, 2]) {
  test(`of many versions those stay that somebody sees, and each goes with the last who saw it, ${workers} threads`, async (t) => {
    const engine = await openEngine(t, { ...TINY, workers, memtableBytes: 64 * 1024 });
    const snapshots: ReturnType<Engine['kv']['snapshot']>[] = [];
    for (let i = 1; i <= 6; i++) {
      await round(engine, `round ${i}`);
      if (i % 2 === 1) snapshots.push(engine.kv.snapshot());
      if (i % 3 === 0) await engine.ask({ type: 'MinorCompact' });
    }
    const [first, third, fifth] = snapshots;
    t.deepEqual(await compacted(engine), { entries: 4 * KEYS.length, tombstones: 0 });
    t.deepEqual(await valuesAt(engine, first), ['round 1']);
    t.deepEqual(await valuesAt(engine, third), ['round 3']);
    t.deepEqual(await valuesAt(engine, fifth), ['round 5']);
    await third.close();
    t.deepEqual(await compacted(engine), { entries: 3 * KEYS.length, tombstones: 0 });
    t.deepEqual(await valuesAt(engine, first), ['round 1']);
    const { pinnedBytes, oldest } = engine.stats().snapshots;
    t.is(oldest?.owner, 'snapshot');
    // Keys of 6 bytes, values of 7.
    t.is(pinnedBytes, 2 * KEYS.length * 13);
    await first.close();
    t.deepEqual(await valuesAt(engine, fifth), ['round 5']);
    await fifth.close();
    t.deepEqual(await compacted(engine), { entries: KEYS.length, tombstones: 0 });
    t.is(engine.stats().snapshots.pinnedBytes, 0);
  });
}

test('what was deleted after a snapshot stays for it alone, and so do the deletes', async (t) => {
  const engine = await openEngine(t, { ...TINY, memtableBytes: 64 * 1024 });
  await round(engine, 'old');
  const snapshot = engine.kv.snapshot();
  await engine.kv.batch(KEYS.map((key) => ({ type: 'del', key })));
  // They came and went after it: nothing of them is for anybody.
  await engine.kv.batch(KEYS.map((key) => ({ type: 'put', key: `later ${key}`, value: 'x' })));
  await engine.ask({ type: 'MinorCompact' });
  await engine.kv.batch(KEYS.map((key) => ({ type: 'del', key: `later ${key}` })));
  t.deepEqual(await compacted(engine), { entries: 2 * KEYS.length, tombstones: KEYS.length });
  t.deepEqual(await contentOf(engine), []);
  t.deepEqual(await valuesAt(engine, snapshot), ['old']);
  await snapshot.close();
  t.deepEqual(await compacted(engine), { entries: 0, tombstones: 0 });
});

for (const workers of [0, 2]) {
  test(`what range deletes cover stays for snapshots from before them, and goes with these; after a major none is left, ${workers} threads`, async (t) => {
    const engine = await openEngine(t, { ...TINY, workers, memtableBytes: 64 * 1024 });
    await round(engine, 'first');
    await engine.ask({ type: 'MinorCompact' });
    const before = engine.kv.snapshot();
    await engine.kv.clear({ lt: KEYS[40] });
    const between = engine.kv.snapshot();
    await round(engine, 'second');
    await engine.kv.clear({ gte: KEYS[10] });
    await engine.kv.put(KEYS[20], 'third');
    t.deepEqual(await compacted(engine), { entries: 50 + 10 + 1, tombstones: 0 });
    t.deepEqual(await valuesAt(engine, before), ['first']);
    t.deepEqual(await engine.kv.keys({ snapshot: between }).all(), KEYS.slice(40));
    t.deepEqual(await engine.kv.keys().all(), [...KEYS.slice(0, 10), KEYS[20]]);
    await before.close();
    t.deepEqual(await compacted(engine), { entries: 10 + 10 + 1, tombstones: 0 });
    t.deepEqual(await engine.kv.keys({ snapshot: between }).all(), KEYS.slice(40));
    await between.close();
    t.deepEqual(await compacted(engine), { entries: 11, tombstones: 0 });
    t.is(engine.stats().rangeDeletes, 0);
    t.deepEqual(await engine.kv.keys().all(), [...KEYS.slice(0, 10), KEYS[20]]);
  });
}
