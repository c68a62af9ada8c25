import test from 'ava';
import { type Engine, nodeRuntime } from '../../index.ts';
import { contentOf, openEngine, quiet, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';

// A job knows who reads when it begins. Whoever begins to read while it runs must lose nothing by what it drops.

const KEYS = Array.from({ length: 120 }, (_, i) => `key-${String(i).padStart(3, '0')}`);
const [LOW, HIGH] = [KEYS[30], KEYS[60]];

for (const kind of ['flush', 'merge'] as const) {
  test(`a moment that is held while a ${kind} runs is seen whole when that has committed`, async (t) => {
    const faults = Faults.create();
    t.teardown(() => faults.release(kind));
    const engine = await openEngine(t, {
      ...{ ...TINY, memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024, minorTrigger: 64 },
      ...{ compactors: 1, workers: 1, runtime: nodeRuntime({ startThread: faults.start }) },
    });
    // Every kind of thing that a job drops: older versions, deletes with what they hide, what a range delete covers.
    await write(engine, 'oldest');
    await engine.ask({ type: 'MinorCompact' });
    await engine.ask({ type: 'MajorCompaction' });
    const before = engine.kv.snapshot();
    await engine.kv.batch(KEYS.slice(0, 20).map((key) => ({ type: 'del', key })));
    await engine.kv.clear({ gte: LOW, lt: HIGH });
    if (kind === 'merge') await engine.ask({ type: 'MinorCompact' });
    await engine.kv.batch(KEYS.slice(40, 50).map((key) => ({ type: 'put', key, value: 'again' })));
    await write(engine, 'newest', 90);
    if (kind === 'merge') await engine.ask({ type: 'MinorCompact' });
    const expected = await contentOf(engine);
    t.is(expected.length, KEYS.length - 20 - 30 + 10);

    faults.hold(kind);
    const begun = faults.begun(kind);
    const job = engine.ask({ type: kind === 'flush' ? 'MinorCompact' : 'MajorCompaction' });
    await faults.reach(kind, begun + 1);
    const [iterator, back, snapshot] = [engine.kv.iterator(), engine.kv.iterator({ reverse: true }), engine.kv.snapshot()];
    t.deepEqual(await iterator.next(), expected[0]);
    await before.close();
    await write(engine, 'later');
    await engine.kv.clear({ gte: KEYS[70] });
    faults.release(kind);
    await job;
    await engine.ask({ type: 'MinorCompact' });
    await engine.ask({ type: 'MajorCompaction' });
    await quiet(engine);

    t.deepEqual(await engine.kv.iterator({ snapshot }).all(), expected);
    t.deepEqual(
      await engine.kv.getMany(KEYS, { snapshot }),
      KEYS.map((key) => new Map(expected).get(key)),
    );
    t.deepEqual(await iterator.all(), expected.slice(1));
    t.deepEqual(await back.all(), expected.toReversed());
    t.deepEqual(
      (await contentOf(engine)).map(([key]) => key),
      KEYS.slice(0, 70),
    );
  });
}

async function write(engine: Engine, value: string, from = 0): Promise<void> {
  await engine.kv.batch(KEYS.slice(from).map((key) => ({ type: 'put', key, value: `${value} ${key}` })));
}
