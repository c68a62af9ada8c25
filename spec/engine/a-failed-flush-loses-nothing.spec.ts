import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, nodeRuntime, open } from '../../index.ts';
import { contentOf, eventsOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { Faults, type JobFault } from '../support/faults.ts';
import { liveCopy } from '../support/live-copy.ts';

// D4 of the seed: a real failure of a flush was taken for "nothing to do", and the log was deleted.

const HOW: Readonly<Record<JobFault, string>> = {
  refused: 'LITHIFY_SST',
  'storage fails': 'LITHIFY_BLOB_STORE',
  dies: 'LITHIFY_WORKER_DIED',
};

for (const [how, code] of Object.entries(HOW) as [JobFault, string][]) {
  test(`a flush whose job ${how} keeps memtable and log, and is made up for by itself`, async (t) => {
    const directory = await tempDirectory(t);
    const faults = Faults.create();
    const engine = await openEngine(t, withFaults(faults), directory);
    const model = await write(engine, 12);
    faults.fail('flush', how);
    await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code });
    t.deepEqual(
      engine.stats().memtables.sealed.map(({ entries }) => entries),
      [12],
    );
    t.deepEqual(await contentOf(engine), sorted(model));
    // What a process that is killed now leaves.
    await assertKept(t, directory, model);

    await quiet(engine);
    const { memtables, minors } = engine.stats();
    t.deepEqual([memtables.sealed.length, minors.tables], [0, 1]);
    await engine.close();
    await assertKept(t, directory, model);
  });
}

test('memtables that wait behind a failing flush are all kept, and then flushed in their order', async (t) => {
  const directory = await tempDirectory(t);
  const faults = Faults.create();
  const engine = await openEngine(t, { ...withFaults(faults), memtableBytes: 4096 }, directory);
  const events = eventsOf(engine);
  faults.hold('flush');
  const model = await write(engine, 120);
  t.true(engine.stats().memtables.sealed.length > 1);
  await assertKept(t, directory, model);
  faults.fail('flush', 'refused', 3);
  faults.release('flush');
  await quiet(engine);
  t.is(faults.left('flush'), 0);
  const flushed = events.flatMap((event) =>
    event.type === 'compacted' && event.kind === 'flush' ? [Number(/\d+/.exec(event.reason)?.[0])] : [],
  );
  t.deepEqual(
    flushed,
    flushed.toSorted((a, b) => a - b),
  );
  t.true(flushed.length > 1);
  t.deepEqual(await contentOf(engine), sorted(model));
});

test('flushing nothing is no failure and leaves nothing behind', async (t) => {
  const engine = await openEngine(t);
  await engine.kv.put('k', 'v');
  await engine.ask({ type: 'MinorCompact' });
  const before = engine.stats();
  t.like(await engine.ask({ type: 'MinorCompact' }), { compacted: false, memtables: [] });
  const { minors, garbage, wal } = engine.stats();
  t.deepEqual({ minors, garbage, wal }, { minors: before.minors, garbage: before.garbage, wal: before.wal });
});

function withFaults(faults: Faults) {
  // No background merges: only flushes are looked at.
  return { ...TINY, compactors: 1, workers: 1, minorTrigger: 64, runtime: nodeRuntime({ startThread: faults.start }) };
}

async function write(engine: Engine, count: number): Promise<Map<string, string>> {
  const model = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const [key, value] = [`key-${i % 50}`, `value ${i} ${'·'.repeat(i % 40)}`];
    model.set(key, value);
    await engine.kv.put(key, value);
  }
  return model;
}

async function assertKept(t: ExecutionContext, directory: string, model: ReadonlyMap<string, string>): Promise<void> {
  const copy = await liveCopy(directory, join(await tempDirectory(t), 'copy'));
  const engine = await open(copy, { ...TINY, createIfMissing: false });
  t.deepEqual(await contentOf(engine), sorted(model));
  await engine.close();
}
