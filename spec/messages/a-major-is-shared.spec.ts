import test from 'ava';
import { type EngineEvent, open } from '../../index.ts';
import { freshLocation } from '../support/cli.ts';
import { fill, HeldEngine, TINY } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';

type Started = Extract<EngineEvent, { type: 'jobStarted' }>;

function slicesIn(events: readonly EngineEvent[]): Started[] {
  return events.filter((event): event is Started => event.type === 'jobStarted' && event.job === 'slice');
}

test('slices of one major run on both compactors at the same time, and come in one commit', async (t) => {
  const held = await HeldEngine.open({ compactors: 2 });
  const { engine, events } = held;
  await held.fill(400);
  await engine.ask({ type: 'MinorCompact' });
  events.length = 0;
  held.hold();
  const running = new Promise<void>((resolve) => void engine.events$.subscribe(() => slicesIn(events).length === 2 && resolve()));
  const major = engine.ask({ type: 'MajorCompaction' });
  await running;
  t.deepEqual(
    slicesIn(events)
      .map(({ compactor }) => compactor)
      .toSorted(),
    ['compactor-0', 'compactor-1'],
  );
  held.release();
  const { slices } = await major;
  t.true(slices > 4);
  const started = slicesIn(events);
  t.is(started.length, slices);
  t.is(new Set(started.map(({ reason }) => reason)).size, 1);
  t.is(new Set(started.map(({ ticket }) => ticket)).size, slices);
  t.deepEqual(
    events.filter((event) => event.type === 'compacted').map(({ kind }) => kind),
    ['major'],
  );
  await engine.close();
});

test('on threads too: each slice once, every key once', async (t) => {
  const engine = await open(await freshLocation(t), TINY);
  const events: EngineEvent[] = [];
  engine.events$.subscribe((event) => void events.push(event));
  await fill(engine, 400);
  await engine.ask({ type: 'MinorCompact' });
  const { slices, entriesIn, entriesOut } = await engine.ask({ type: 'MajorCompaction' });
  t.true(slices > 4);
  t.deepEqual([entriesIn, entriesOut], [400, 400]);
  t.is(new Set(slicesIn(events).map(({ compactor }) => compactor)).size, 2);
  t.is((await engine.kv.keys().all()).length, 400);
  await engine.close();
});

for (const compactors of [1, 2]) {
  test(`a flush that is asked for while all are busy with slices makes one of them make way, of ${compactors}`, async (t) => {
    const held = await HeldEngine.open({ compactors, sliceBytes: 4096 });
    const { engine, events } = held;
    await held.fill(400);
    await engine.ask({ type: 'MinorCompact' });
    events.length = 0;
    held.hold();
    const busy = new Promise<void>((resolve) => void engine.events$.subscribe(() => slicesIn(events).length === compactors && resolve()));
    const major = engine.ask({ type: 'MajorCompaction' });
    await busy;
    await held.fill(20, 'late');
    const flush = engine.ask({ type: 'MinorCompact' });
    events.length = 0;
    held.release();
    await Promise.all([flush, major]);
    const told = events.flatMap((event) => {
      if (event.type === 'jobSettled' && event.outcome === 'yielded') return [`a ${event.job} made way`];
      return event.type === 'compacted' ? [event.kind] : [];
    });
    t.deepEqual(told, ['a slice made way', 'flush', 'major']);
    await engine.close();
  });
}

test('what a slice had merged when it made way is kept, and the rest is another slice', async (t) => {
  const held = await HeldEngine.open({ compactors: 1, sliceBytes: 1024 * 1024 });
  const { engine, events } = held;
  await held.fill(200);
  await engine.ask({ type: 'MinorCompact' });
  held.hold();
  const started = nextEvent(engine, 'jobStarted');
  const major = engine.ask({ type: 'MajorCompaction' });
  await started;
  await held.fill(5, 'late');
  const flush = engine.ask({ type: 'MinorCompact' });
  held.release();
  await flush;
  const { entriesIn, entriesOut } = await major;
  t.deepEqual([entriesIn, entriesOut], [200, 200]);
  const settled = events.flatMap((event) => (event.type === 'jobSettled' ? [`${event.job} ${event.outcome}`] : []));
  t.deepEqual(settled, ['flush done', 'slice yielded', 'flush done', 'slice done']);
  t.is((await engine.kv.keys().all()).length, 205);
  await engine.close();
});
