import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime } from '../../index.ts';
import { contentOf, openEngine, quiet, sorted, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';

// A failed write poisons LevelDB's handle: it is closed and opened again under whoever reads.

const KEYS = 200;

for (const kind of ['flush', 'merge'] as const) {
  test(`snapshots and iterators see their moments when LevelDB is opened again after a failed ${kind}`, async (t) => {
    const faults = Faults.create();
    // Nothing stays in the cache: every read goes to LevelDB.
    const engine = await openEngine(t, {
      ...TINY,
      compactors: 1,
      workers: 1,
      cacheBytes: 0,
      runtime: nodeRuntime({ startThread: faults.start }),
    });
    const first = await overwrite(engine, 'first');
    await engine.ask({ type: 'MinorCompact' });
    await engine.ask({ type: 'MajorCompaction' });
    const snapshot = engine.kv.snapshot();
    const [fresh, begun, back] = [engine.kv.iterator(), engine.kv.iterator(), engine.kv.iterator({ reverse: true })];
    for (let i = 0; i < 40; i++) t.deepEqual([await begun.next(), await back.next()], [first[i], first[KEYS - 1 - i]]);
    const second = await overwrite(engine, 'second');
    const ofSecond = engine.kv.iterator();
    if (kind === 'merge') await engine.ask({ type: 'MinorCompact' });

    const recovered = nextEvent(engine, 'storageRecovered');
    faults.fail(kind, 'storage fails');
    const failed = engine.ask({ type: kind === 'flush' ? 'MinorCompact' : 'MajorCompaction' });
    // Under way while LevelDB goes and comes back.
    const reading = begun.next();
    await t.throwsAsync(failed, { code: 'LITHIFY_BLOB_STORE' });
    await recovered;
    t.deepEqual(await reading, first[40]);
    t.true(engine.stats().leases.length <= 1, 'those that nobody called have let go');
    await engine.ask({ type: 'MinorCompact' });
    await engine.ask({ type: 'MajorCompaction' });
    const third = await overwrite(engine, 'third');
    await engine.ask({ type: 'MajorCompaction' });
    await quiet(engine);
    t.deepEqual(engine.stats().leases, []);
    t.is(engine.stats().garbage.pinned, 0);

    t.deepEqual(await begun.all(), first.slice(41));
    t.deepEqual(await back.all(), first.slice(0, KEYS - 40).toReversed());
    t.deepEqual(await fresh.all(), first);
    t.deepEqual(await ofSecond.all(), second);
    t.deepEqual(await engine.kv.iterator({ snapshot }).all(), first);
    t.is(await engine.kv.get(first[7][0], { snapshot }), first[7][1]);
    t.deepEqual(await contentOf(engine), third);
    await snapshot.close();
    await goesDown(t, engine);
  });
}

/** With nobody reading there is one version of each key left. */
async function goesDown(t: ExecutionContext, engine: Engine): Promise<void> {
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.is(
    engine.stats().levels.reduce((sum, { entries }) => sum + entries, 0),
    KEYS,
  );
  t.deepEqual((await engine.verify()).damage, []);
}

async function overwrite(engine: Engine, value: string): Promise<[string, string][]> {
  const model = new Map(Array.from({ length: KEYS }, (_, i) => [`key-${String(i).padStart(3, '0')}`, `${value} ${i}`]));
  const pairs = [...model];
  for (let at = 0; at < KEYS; at += 50)
    await engine.kv.batch(pairs.slice(at, at + 50).map(([key, text]) => ({ type: 'put', key, value: text })));
  return sorted(model);
}
