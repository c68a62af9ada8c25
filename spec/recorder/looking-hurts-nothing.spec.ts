import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { fill } from '../support/held-engine.ts';
import { entriesOf, readDump } from './support/recorded.ts';

function observedTypes(into: Set<string>): (event: unknown) => void {
  return (event) => void into.add(String((event as { type: unknown }).type));
}

test('observers that throw take nothing from the record, and it takes nothing from them', async (t) => {
  const seen = new Set<string>();
  const engine = await openEngine(t, {
    ...TINY,
    inspect: (event) => {
      observedTypes(seen)(event);
      throw new Error('a broken inspector');
    },
  });
  const late = new Set<string>();
  const release = engine.observe(observedTypes(late));
  engine.observe(() => {
    throw new Error('another');
  });
  await fill(engine, 20);
  await engine.ask({ type: 'MinorCompact' });
  t.true(['@xstate.actor', '@xstate.event', '@xstate.microstep', '@xstate.snapshot', '@xstate.action'].every((type) => seen.has(type)));
  t.true(late.has('@xstate.event'));
  t.true(entriesOf(engine).some(({ type }) => type === 'Settled'));
  release();
  late.clear();
  await engine.ask({ type: 'GarbageCollect' });
  t.is(late.size, 0);
});

test('who comes late sees what happens from then on, also where nothing is recorded', async (t) => {
  for (const entries of [0, 4_096]) {
    const engine = await openEngine(t, { ...TINY, recorder: { entries } });
    const seen = new Set<string>();
    const release = engine.observe(observedTypes(seen));
    await engine.ask({ type: 'GarbageCollect' });
    t.true(seen.has('@xstate.event') && seen.has('@xstate.snapshot'));
    release();
    seen.clear();
    await engine.ask({ type: 'GarbageCollect' });
    t.is(seen.size, 0);
    const again = new Set<string>();
    engine.observe({ next: observedTypes(again) });
    await engine.ask({ type: 'GarbageCollect' });
    t.true(again.has('@xstate.event'));
  }
});

// Alone: the heap is everybody's.
test.serial('the record of a long life takes no more memory than that of a short one', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory', recorder: { entries: 256 } });
  const live = async (rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      await fill(engine, 20, `round${i % 4}-`);
      await engine.ask({ type: i % 4 === 3 ? 'MajorCompaction' : 'MinorCompact' });
    }
    await engine.ask({ type: 'GarbageCollect' });
  };
  await live(60);
  const before = heapUsed();
  const { last } = engine.recorder.since(0);
  await live(240);
  const grown = heapUsed() - before;
  const entries = engine.recorder.since(0).last - last;
  t.true(entries > 5_000, `${entries} entries`);
  t.log(`${grown} bytes more after ${entries} entries`);
  t.true(grown < 100 * entries, `${grown} bytes for ${entries} entries`);
});

test('long texts and lists are cut, however long a message is', async (t) => {
  const engine = await openEngine(t, { ...TINY, storage: 'memory' });
  await engine.ask({ type: 'GarbageCollect', blobIds: Array.from({ length: 5_000 }, (_, i) => i + 1_000_000) }).catch(() => undefined);
  await engine.ask({ type: 'MajorCompaction', range: { gte: 'k'.repeat(100_000) } });
  const longest = Math.max(...entriesOf(engine).map((entry) => JSON.stringify(entry).length));
  t.true(longest < 4_000, `${longest} characters`);
  t.true(entriesOf(engine).some(({ details }) => JSON.stringify(details ?? {}).includes('and 4984 more')));
});

test('whatever is sent to the mailbox, the record can be read, dumped and saved', async (t) => {
  const hostile = {
    get secret(): never {
      throw new Error('nobody may read this');
    },
  };
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  const sent: unknown[] = [
    { type: 'Request', envelope: { id: 7 }, at: 0 },
    { type: 'Unheard', hostile, loop, big: 7n, call: () => {}, bytes: new Uint8Array(3), nothing: Number.NaN },
    { type: 'x'.repeat(10_000), envelope: { id: 'y'.repeat(10_000), message: { type: 'z' } } },
    { type: 'Request', envelope: { id: 'a', message: hostile } },
  ];
  for (const event of sent) {
    const engine = await openEngine(t, { ...TINY, storage: 'memory' });
    engine.mailbox?.send(event as never);
    const entries = entriesOf(engine);
    t.true(entries.some(({ actor, kind }) => kind === 'message' && actor === 'mailbox'));
    const dump = await readDump(await engine.recorder.save(await tempDirectory(t)));
    // An engine that broke goes on closing meanwhile.
    t.deepEqual(dump.entries.slice(0, entries.length), JSON.parse(JSON.stringify(entries)));
    t.true(dump.entries.every((entry) => JSON.stringify(entry).length < 4_000));
  }
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
