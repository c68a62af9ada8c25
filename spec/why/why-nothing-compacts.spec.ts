import test from 'ava';
import { openEngine, quiet, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { codesOf, heldEngine, reasonOf, tableOf, withFaults } from './support/reasons.ts';

const CALM = { ...TINY, minorTrigger: 64, tableBytes: 64 * 1024 };

test('an empty store has no tables; what is in memory is not compacted before it is flushed', async (t) => {
  const engine = await openEngine(t, CALM);
  t.deepEqual(codesOf(engine.why.notCompacted()), ['no-tables']);
  await engine.kv.put('a', 'b');
  const why = engine.why.notCompacted();
  t.deepEqual(codesOf(why), ['no-tables', 'only-in-memory']);
  t.like(reasonOf(why, 'only-in-memory').details, { entries: 1, sealed: 0 });
  t.regex(why.sentence, /^No compaction of the whole store is under way or planned\. No table has keys in this range\. 1 entry /);
});

test('too few minors for the trigger: the planner says so, and only of places that have keys in the range', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 10);
  await tableOf(engine, 10, { prefix: 'other' });
  const why = engine.why.notCompacted();
  t.deepEqual(codesOf(why), ['not-worth-it']);
  t.regex(why.sentence, /2 minors: fewer than 64/);
  t.deepEqual(codesOf(engine.why.notCompacted({ gte: 'key', lt: 'kez' })), ['not-worth-it']);
  t.deepEqual(codesOf(engine.why.notCompacted({ gte: 'zzz' })), ['no-tables']);
  for (const empty of [
    { gte: 'key00005', lt: 'key00005' },
    { gte: 'kez', lt: 'key' },
  ])
    t.deepEqual(codesOf(engine.why.notCompacted(empty)), ['no-tables'], 'no key is in there, though tables reach over it');
  t.regex(engine.why.notCompacted({ lt: 'b' }).question, /the keys below 'b'/);
});

test('a settled store has nothing to win', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 40);
  await engine.ask({ type: 'MajorCompaction' });
  const why = engine.why.notCompacted();
  t.deepEqual(codesOf(why), ['settled']);
  t.like(why.reasons[0].details, { level: 6, tables: 1 });
});

test('what is dead is kept for a reader of an older moment, by name', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 40);
  const snapshot = engine.kv.snapshot();
  await tableOf(engine, 40);
  await engine.ask({ type: 'MajorCompaction' });
  const why = engine.why.notCompacted();
  t.deepEqual(codesOf(why), ['kept-for-readers', 'held-by-snapshot']);
  t.like(reasonOf(why, 'held-by-snapshot').details, { sequence: 40 });
  t.is(reasonOf(why, 'kept-for-readers').details.keptBytes, engine.stats().snapshots.pinnedBytes);
  await snapshot.close();
  await quiet(engine);
  t.deepEqual(codesOf(engine.why.notCompacted()), ['settled']);
});

test('an order that runs is the answer, where it touches the range; elsewhere it is not', async (t) => {
  const held = await heldEngine(t);
  const { engine } = held;
  await tableOf(engine, 300);
  const slice = nextEvent(engine, 'jobStarted', ({ job }) => job === 'slice').then(() => held.hold());
  const major = engine.ask({ type: 'MajorCompaction' });
  await slice;
  const why = engine.why.notCompacted();
  t.is(why.reasons[0].code, 'order-running');
  t.like(why.reasons[0].details, { kind: 'major', target: 6, done: 0, order: engine.shape().orders[0].id });
  t.regex(why.sentence, /^Order \d+ \(major\) compacts 1 table, .* into level 6 and has done 0 of \d+ slices: asked for/);
  t.false(codesOf(engine.why.notCompacted({ gte: 'zzz' })).includes('order-running'));
  held.release();
  await major;
});

test('compactions that fail: the order is planned, its compactors rest, and with which error', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults, { minorTrigger: 2 }));
  faults.fail('merge', 'refused', 1_000_000);
  const backingOff = nextEvent(engine, 'backingOff');
  await tableOf(engine, 30);
  await tableOf(engine, 30);
  await backingOff;
  const why = engine.why.notCompacted();
  const codes = codesOf(why);
  t.true(codes.includes('order-planned') || codes.includes('order-running'), codes.join());
  t.true(codes.includes('work-failing') && codes.includes('backing-off'), codes.join());
  t.like(reasonOf(why, 'backing-off').details, { errorCode: 'LITHIFY_SST' });
  t.regex(reasonOf(why, 'work-failing').sentence, /Injected: the merge job fails/);
  faults.fail('merge', 'refused', 0);
  await nextEvent(engine, 'compacted', ({ kind }) => kind === 'minor');
  await quiet(engine);
  t.false(codesOf(engine.why.notCompacted()).includes('work-failing'));
});

test('what is no range is refused, and the offender named', async (t) => {
  const engine = await openEngine(t, CALM);
  for (const range of [5, 'a', { gte: 5 }, { from: 'a' }, { gte: { base64: '*' } }]) {
    const error = t.throws(() => engine.why.notCompacted(range as object), { code: 'LITHIFY_INVALID_ARGUMENT' }, JSON.stringify(range));
    t.deepEqual((error as { details?: unknown }).details, { option: 'range' });
  }
});

test('entries that are dead and few are no work, and neither are levels that are within their bounds', async (t) => {
  const engine = await openEngine(t, CALM);
  await tableOf(engine, 40);
  const snapshot = engine.kv.snapshot();
  await tableOf(engine, 4);
  await engine.ask({ type: 'MajorCompaction' });
  await snapshot.close();
  await quiet(engine);
  const why = engine.why.notCompacted();
  t.deepEqual(codesOf(why), ['obsolete-too-few']);
  t.is(why.reasons[0].details.obsolete, 4);
});
