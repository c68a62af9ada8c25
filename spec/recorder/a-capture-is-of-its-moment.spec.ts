import test from 'ava';
import { openEngine, TINY } from '../support/engines.ts';

test('what happens later is not in it, though it is put into words later', async (t) => {
  const engine = await openEngine(t, { ...TINY, recorder: { entries: 64 } });
  await engine.kv.put('a', 'b');
  for (let i = 0; i < 30; i++) await engine.ask({ type: 'GarbageCollect' });
  const { stats, ...dump } = engine.recorder.dump('why not');
  const { stats: _, entries, ...head } = engine.recorder.capture('why not');
  t.not(stats, undefined);
  // So much that most slots are used again.
  for (let i = 0; i < 100; i++) await engine.ask({ type: 'DeleteBlob', blobId: i });
  const last = dump.entries.at(-1)?.n ?? 0;
  t.true(engine.recorder.since(0).entries.filter(({ n }) => n <= last).length < dump.entries.length / 2);
  t.deepEqual({ ...head, wallMs: 0, entries: [...entries] }, { ...dump, wallMs: 0 });
  t.deepEqual([...entries], dump.entries, 'and once more');
});

test('it has the same reason and the same numbers as a dump, and none after the engine has closed', async (t) => {
  const engine = await openEngine(t);
  t.deepEqual(
    [engine.recorder.capture().reason, Object.keys(engine.recorder.capture())],
    ['asked for', Object.keys(engine.recorder.dump())],
  );
  await engine.close();
  const { stats, entries } = engine.recorder.capture();
  t.is(stats, undefined);
  t.deepEqual([...entries], engine.recorder.dump().entries);
});
