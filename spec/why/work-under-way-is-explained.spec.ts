import test from 'ava';
import { openEngine } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { chainOf, codesOf, heldEngine, reasonOf, tableOf, withFaults } from './support/reasons.ts';

test('a table that an order reads, and the tables that it has written and not committed yet', async (t) => {
  const held = await heldEngine(t);
  const { engine } = held;
  const before = new Set<number>();
  for (let i = 0; i < 2; i++) for (const id of await tableOf(engine, 300)) before.add(id);
  let slices = 0;
  const done = nextEvent(engine, 'jobStarted', ({ job }) => job === 'slice' && ++slices === 2).then(() => held.hold());
  const major = engine.ask({ type: 'MajorCompaction' });
  await done;
  const [order] = engine.shape().orders;
  t.like(order, { kind: 'major', target: 6, inputs: [...before].reverse() });
  t.true(order.done > 0 && order.done < order.slices);
  const input = engine.why.onDisk(order.inputs[0]);
  t.is(chainOf(input), 'live-in-minors > order-running');
  t.like(reasonOf(input, 'order-running').details, { order: order.id, kind: 'major', slices: order.slices, done: order.done });
  const output = Math.max(...before) + 1;
  const why = engine.why.onDisk(output);
  t.is(chainOf(why), 'output-of-order');
  t.like(why.reasons[0].details, { order: order.id, slices: order.slices });
  held.release();
  await major;
  t.is(chainOf(engine.why.onDisk(output)), 'live-in-level');
});

test('a table that an ingest has written stays nobody’s until the ingest is committed', async (t) => {
  const engine = await openEngine(t, { ...withFaults(Faults.create()), workers: 0, memoryBytes: 2 * 1024 * 1024 });
  const written = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  async function* pairs(): AsyncGenerator<[string, string]> {
    for (let i = 0; i < 1_200; i++) yield [`p${String(i).padStart(6, '0')}`, 'v'.repeat(500)];
    written.resolve();
    await goOn.promise;
  }
  const report = engine.kv.ingest(pairs());
  await written.promise;
  const why = engine.why.onDisk(2 ** 30);
  t.is(chainOf(why), 'output-of-ingest');
  t.like(why.reasons[0].details, { isTaking: true });
  goOn.resolve();
  await report;
  t.deepEqual(codesOf(engine.why.onDisk(2 ** 30)).slice(0, 1), ['live-in-level']);
});

test('an id that was never given, one that is gone, and what is no id at all', async (t) => {
  const engine = await openEngine(t);
  const [blob] = await tableOf(engine, 5);
  await engine.ask({ type: 'MajorCompaction' });
  await engine.ask({ type: 'GarbageCollect' });
  t.is(chainOf(engine.why.onDisk(blob)), 'not-there');
  for (const id of [0, 5, 2 ** 30 + 1_000, 2 ** 31, Number.MAX_SAFE_INTEGER]) t.is(chainOf(engine.why.onDisk(id)), 'never-was', String(id));
  for (const id of [-1, 1.5, Number.NaN, 2 ** 53, '17', undefined, null, {}]) {
    t.throws(() => engine.why.onDisk(id as number), { code: 'LITHIFY_INVALID_ARGUMENT' }, String(id));
  }
});

test('who asks before the store is open, or after it has closed, gets a coded error', async (t) => {
  const engine = await openEngine(t);
  await engine.close();
  for (const ask of [() => engine.why.onDisk(1), () => engine.why.notCompacted(), () => engine.why.waiting(), () => engine.shape()]) {
    t.throws(ask, { code: 'LITHIFY_CLOSED' });
  }
});
