import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime } from '../../index.ts';
import { contentOf, openEngine, quiet, sorted, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';

// D11 of the seed: a scan looked at the active memtable only, as often as there were sealed ones.

test('gets and scans see every sealed memtable while its flush has not landed, newest version first', async (t) => {
  const faults = Faults.create();
  faults.hold('flush');
  t.teardown(() => faults.release('flush'));
  const engine = await openEngine(t, {
    ...TINY,
    memtableBytes: 4096,
    compactors: 1,
    workers: 1,
    runtime: nodeRuntime({ startThread: faults.start }),
  });
  const model = new Map<string, string>();
  await writeUntilSealed(engine, model, 3);

  await assertReads(t, engine, model);
  t.is(engine.stats().memtables.sealed.length, 3);
  t.is(engine.stats().minors.tables, 0);

  const iterator = engine.kv.iterator();
  const half = await iterator.nextv(model.size >> 1);
  faults.release('flush');
  await quiet(engine);
  t.deepEqual(engine.stats().memtables.sealed, []);
  t.deepEqual([...half, ...(await iterator.all())], sorted(model));
  await assertReads(t, engine, model);
});

/** Every round overwrites some keys of the one before and deletes others. */
async function writeUntilSealed(engine: Engine, model: Map<string, string>, memtables: number): Promise<void> {
  for (let i = 0; engine.stats().memtables.sealed.length < memtables; i++) {
    const key = `key-${String((i * 7) % 60).padStart(2, '0')}`;
    if (i % 5 === 4) {
      model.delete(key);
      await engine.kv.del(key);
    } else {
      model.set(key, `value ${i} ${'·'.repeat(i % 30)}`);
      await engine.kv.put(key, model.get(key) ?? '');
    }
  }
}

async function assertReads(t: ExecutionContext, engine: Engine, model: ReadonlyMap<string, string>): Promise<void> {
  const all = sorted(model);
  t.deepEqual(await contentOf(engine), all);
  t.deepEqual(await engine.kv.iterator({ reverse: true }).all(), all.toReversed());
  t.deepEqual(
    await engine.kv.iterator({ gte: 'key-20', lt: 'key-40' }).all(),
    all.filter(([key]) => key >= 'key-20' && key < 'key-40'),
  );
  for (let i = 0; i < 60; i++) {
    const key = `key-${String(i).padStart(2, '0')}`;
    t.is(await engine.kv.get(key), model.get(key));
  }
}
