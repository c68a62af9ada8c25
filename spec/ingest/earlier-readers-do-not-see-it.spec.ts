import test from 'ava';
import { contentOf, openEngine, quiet, sorted, TINY } from '../support/engines.ts';
import { type Pair, pairs, putAll } from './support.ts';

const BEFORE: Pair[] = pairs(0, 200, 'before');
const INGESTED: Pair[] = pairs(100, 300);
const AFTER = sorted(new Map([...BEFORE, ...INGESTED]));

for (const where of ['in memory', 'in minors', 'in the last level'] as const) {
  test(`snapshots and iterators from before see what they saw, with the older keys ${where}, through all that follows`, async (t) => {
    const engine = await openEngine(t);
    const { kv } = engine;
    await putAll(engine, BEFORE);
    if (where !== 'in memory') await engine.ask({ type: where === 'in minors' ? 'MinorCompact' : 'MajorCompaction' });
    const snapshot = kv.snapshot();
    const idle = kv.iterator();
    const begun = kv.iterator();
    const first = await begun.next();
    const backwards = kv.iterator({ reverse: true });
    t.is((await kv.ingest(INGESTED)).entries, 200);
    t.deepEqual(await contentOf(engine), AFTER);
    t.deepEqual(await kv.iterator({ snapshot }).all(), BEFORE as [string, string][]);
    for (const type of ['MinorCompact', 'MajorCompaction', 'GarbageCollect'] as const) await engine.ask({ type });
    await kv.batch(INGESTED.map(([key]) => ({ type: 'del', key })));
    await kv.clear();
    await engine.ask({ type: 'MajorCompaction' });
    await quiet(engine);
    t.deepEqual(await kv.iterator({ snapshot }).all(), BEFORE as [string, string][]);
    t.deepEqual(await idle.all(), BEFORE as [string, string][]);
    t.deepEqual([first, ...(await begun.all())], BEFORE as [string, string][]);
    t.deepEqual(await backwards.all(), BEFORE.toReversed() as [string, string][]);
    for (const [key, value] of [BEFORE[0], BEFORE[150]]) t.is(await kv.get(key, { snapshot }), value);
    t.is(await kv.get('p0250', { snapshot }), undefined);
    t.deepEqual(await contentOf(engine), []);
    await snapshot.close();
  });
}

test('a range delete from before does not hide what is ingested over it, one from after does', async (t) => {
  const engine = await openEngine(t, { ...TINY, minorTrigger: 64 });
  await putAll(engine, BEFORE);
  await engine.kv.clear({ gte: 'p0050', lt: 'p0150' });
  await engine.kv.ingest(INGESTED);
  const expected = AFTER.filter(([key]) => key < 'p0050' || key >= 'p0100');
  t.deepEqual(await contentOf(engine), expected);
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(await contentOf(engine), expected);
  await engine.kv.clear({ gte: 'p0120', lt: 'p0290' });
  const left = expected.filter(([key]) => key < 'p0120' || key >= 'p0290');
  t.deepEqual(await contentOf(engine), left);
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(await contentOf(engine), left);
  t.is(engine.stats().rangeDeletes, 0);
});

test('a snapshot taken after an ingest sees it, also when it is replaced by another', async (t) => {
  const engine = await openEngine(t);
  await engine.kv.ingest(INGESTED);
  const snapshot = engine.kv.snapshot();
  await engine.kv.ingest(pairs(0, 400, 'again'));
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.deepEqual(await engine.kv.iterator({ snapshot }).all(), INGESTED as [string, string][]);
  await snapshot.close();
});
