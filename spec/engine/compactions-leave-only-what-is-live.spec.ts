import test, { type ExecutionContext } from 'ava';
import { type Engine, type EngineEvent, nodeRuntime, open } from '../../index.ts';
import { contentOf, eventsOf, openEngine, quiet, sorted, TINY, tempDirectory } from '../support/engines.ts';
import { Faults, type JobFault } from '../support/faults.ts';
import { blobsIn } from '../support/store-contents.ts';

// D12 and D13 of the seed: an order without output was retried for ever, and what failed orders had written stayed.

test('when everything has been deleted a major leaves no table and no blob, and there is nothing more to do', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  const events = eventsOf(engine);
  const model = await write(engine, 300);
  await engine.ask({ type: 'MajorCompaction' });
  await engine.kv.clear();
  // There may be nothing left for it: tables in which everything is deleted go by themselves.
  t.like(await engine.ask({ type: 'MajorCompaction' }), { outputBlobs: [], entriesOut: 0 });
  await quiet(engine);
  t.is(tablesOf(engine), 0);

  const done = events.filter(({ type }) => type === 'compacted').length;
  t.like(await engine.ask({ type: 'MajorCompaction' }), { compacted: false, slices: 0 });
  await quiet(engine);
  t.is(events.filter(({ type }) => type === 'compacted').length, done);
  t.deepEqual(
    events.filter(({ type }) => type === 'backingOff'),
    [],
  );
  await engine.close();
  t.deepEqual(await blobsIn(directory), []);
  const again = await openEngine(t, TINY, directory);
  t.deepEqual(await contentOf(again), []);
  await again.kv.put('k', 'v');
  t.is(await again.kv.get([...model.keys()][0]), undefined);
});

test('tombstones alone, with nothing below them, come to nothing without an error', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, TINY, directory);
  for (let i = 0; i < 200; i++) await engine.kv.del(`never there ${i}`);
  await engine.ask({ type: 'MinorCompact' });
  t.like(await engine.ask({ type: 'MajorCompaction' }), { compacted: true, outputBlobs: [] });
  await quiet(engine);
  await engine.close();
  t.deepEqual(await blobsIn(directory), []);
});

for (const how of ['refused', 'storage fails', 'dies'] as const satisfies JobFault[]) {
  test(`orders whose job ${how} leave no blob behind, and their work is done in the end`, async (t) => {
    const directory = await tempDirectory(t);
    const faults = Faults.create();
    const engine = await openEngine(t, withFaults(faults), directory);
    const events = eventsOf(engine);
    const model = await write(engine, 300);
    faults.fail('merge', how, 2);
    await engine.ask({ type: 'MajorCompaction' }).catch(() => undefined);
    await quiet(engine);
    t.is(faults.left('merge'), 0);
    t.deepEqual(await contentOf(engine), sorted(model));
    await engine.ask({ type: 'MajorCompaction' });
    t.true(events.some((event) => event.type === 'jobSettled' && event.outcome === 'failed'));
    t.deepEqual(await contentOf(engine), sorted(model));
    await engine.close();

    // Nothing is left to the next opening, not even what dead threads had written.
    t.is((await assertOnlyLive(t, directory, model)).swept, 0);
  });
}

test('flushes whose threads died after writing leave no blob behind either', async (t) => {
  const directory = await tempDirectory(t);
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults), directory);
  const model = await write(engine, 20);
  faults.fail('flush', 'dies', 2);
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_WORKER_DIED' });
  await quiet(engine);
  t.is(faults.left('flush'), 0);
  t.deepEqual(await contentOf(engine), sorted(model));
  await engine.close();
  t.is((await assertOnlyLive(t, directory, model)).swept, 0);
});

test('blobs whose deletion failed are garbage, not leaked: they go later, or after the next open', async (t) => {
  const directory = await tempDirectory(t);
  const faults = Faults.create();
  // Nothing is collected before the major: a compactor that keeps failing waits longer and longer.
  const engine = await openEngine(t, { ...withFaults(faults), minorTrigger: 64 }, directory);
  const model = await write(engine, 300);
  faults.fail('delete', 'refused', 1000);
  await engine.ask({ type: 'MajorCompaction' });
  await t.throwsAsync(engine.ask({ type: 'GarbageCollect' }));
  const { blobs } = engine.stats().garbage;
  t.true(blobs > 0);
  await engine.close();

  const again = await openEngine(t, TINY, directory);
  t.is(again.stats().garbage.blobs, blobs);
  await quiet(again);
  await again.close();
  await assertOnlyLive(t, directory, model);
});

function withFaults(faults: Faults) {
  return { ...TINY, compactors: 1, workers: 1, runtime: nodeRuntime({ startThread: faults.start }) };
}

/** Written in small flushes, so that orders of several tables come up. */
async function write(engine: Engine, count: number): Promise<Map<string, string>> {
  const model = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const [key, value] = [`key-${(i * 7) % 200}`, `value ${i} ${'·'.repeat(i % 40)}`];
    model.set(key, value);
    await engine.kv.put(key, value);
    if (i % 100 === 99) await engine.ask({ type: 'MinorCompact' });
  }
  return model;
}

function tablesOf(engine: Engine): number {
  const { minors, levels } = engine.stats();
  return levels.reduce((sum, level) => sum + level.tables, minors.tables);
}

/** Opens the store, closes it, and looks: every blob in LevelDB is a live table. */
async function assertOnlyLive(t: ExecutionContext, directory: string, model: ReadonlyMap<string, string>): Promise<{ swept: number }> {
  const logged: EngineEvent[] = [];
  const log = (event: object) => void logged.push(event as EngineEvent);
  const engine = await open(directory, { ...TINY, logger: { debug: log, info: log, warn: log, error: log } });
  t.deepEqual(await contentOf(engine), sorted(model));
  await quiet(engine);
  const tables = tablesOf(engine);
  await engine.close();
  t.is((await blobsIn(directory)).length, tables);
  const opened = logged.find((event) => event.type === 'opened');
  return { swept: opened?.type === 'opened' ? opened.sweptBlobs : 0 };
}
