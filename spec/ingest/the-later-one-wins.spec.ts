import test from 'ava';
import { open } from '../../index.ts';
import { contentOf, eventsOf, openEngine, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { assertNothingLeft, atRest, type Pair, pairs, putAll, slowly, withFaults } from './support.ts';

test('whatever is acknowledged later wins, an ingest or a put', async (t) => {
  const engine = await openEngine(t);
  await engine.kv.put('p0005', 'put before');
  await engine.kv.ingest(pairs(0, 10));
  t.is(await engine.kv.get('p0005'), pairs(5, 6)[0][1].replace('5 ', '5 ·····'));
  await engine.kv.put('p0005', 'put after');
  t.is(await engine.kv.get('p0005'), 'put after');
  await engine.kv.del('p0006');
  await engine.ask({ type: 'MajorCompaction' });
  t.is(await engine.kv.get('p0005'), 'put after');
  t.is(await engine.kv.get('p0006'), undefined);
});

test('puts during an ingest are acknowledged before it, and so are replaced by it', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  async function* source(): AsyncGenerator<Pair> {
    for (const [key, value] of pairs(0, 300)) {
      await engine.kv.put(key, 'put meanwhile');
      await engine.kv.put(`q${key}`, 'kept');
      yield [key, value];
    }
  }
  await engine.kv.ingest(source());
  const expected = sorted(new Map([...pairs(0, 300), ...pairs(0, 300).map(([key]): Pair => [`q${key}`, 'kept'])]));
  t.deepEqual(await contentOf(engine), expected);
  await engine.close();
  const again = await open(directory, TINY);
  t.deepEqual(await contentOf(again), expected);
  t.deepEqual((await again.verify()).damage, []);
  await again.close();
});

test('many ingests and puts at once leave the store as if they had come in the order of their acknowledgements', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const model = new Map<string, string>();
  const ingests = Array.from({ length: 12 }, async (_, n) => {
    const all = pairs(n * 10, n * 10 + 120, `ingest ${n}`);
    await engine.kv.ingest(slowly(all));
    for (const [key, value] of all) model.set(key, value);
  });
  const puts = (async () => {
    for (let n = 0; n < 300; n++) {
      const key = `p${String((n * 7) % 240).padStart(4, '0')}`;
      await engine.kv.put(key, `put ${n}`);
      model.set(key, `put ${n}`);
    }
  })();
  await Promise.all([...ingests, puts]);
  t.deepEqual(await contentOf(engine), sorted(model));
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(await contentOf(engine), sorted(model));
  await atRest(engine);
  await assertNothingLeft(t, engine, directory);
});

test('an ingest during a compaction does not wait for it, and stands above what that writes', async (t) => {
  const faults = Faults.create();
  // One slice: it has one of the two threads.
  const engine = await openEngine(t, { ...withFaults(faults), sliceBytes: 1024 * 1024 });
  await putAll(engine, pairs(0, 200, 'old'));
  await engine.ask({ type: 'MajorCompaction' });
  faults.hold('merge');
  const begun = faults.begun('merge');
  // One memtable, so one minor and one merge, whoever orders it: the engine by itself or the major.
  await putAll(engine, pairs(0, 100, 'newer'));
  await engine.ask({ type: 'MinorCompact' });
  const major = engine.ask({ type: 'MajorCompaction' });
  await faults.reach('merge', begun + 1);
  // It overlaps what is being merged, and keys beside it.
  await engine.kv.ingest(pairs(50, 300));
  const expected = sorted(new Map([...pairs(0, 200, 'old'), ...pairs(0, 100, 'newer'), ...pairs(50, 300)]));
  t.deepEqual(await contentOf(engine), expected);
  faults.release('merge');
  await major;
  t.deepEqual(await contentOf(engine), expected);
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual(await contentOf(engine), expected);
  t.deepEqual((await engine.verify()).damage, []);
});

test('an event says what was taken in, and the counts of the store know it', async (t) => {
  const engine = await openEngine(t, { ...TINY, minorTrigger: 64 });
  const events = eventsOf(engine);
  const { entries, tables, bytes } = await engine.kv.ingest(pairs(0, 300));
  const [event] = events.filter(({ type }) => type === 'ingested');
  t.like(event, { entries: 300, bytes, minors: 0 });
  const { levels, minors, compactions, bytesWritten, writeAmplification, lastSequence, memtables } = engine.stats();
  t.like(levels.at(-1), { tables, bytes, entries });
  t.deepEqual([minors.tables, compactions.flush, bytesWritten, writeAmplification], [0, 0, bytes, 1]);
  t.deepEqual([lastSequence, memtables.bytes], [tables, 0]);
  t.deepEqual(await engine.kv.ingest([]), { entries: 0, bytes: 0, tables: 0 });
  t.is(engine.stats().lastSequence, tables);
});
