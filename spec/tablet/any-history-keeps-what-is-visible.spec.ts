import type { ExecutionContext } from 'ava';
import test from 'ava';
import fc from 'fast-check';
import type { Version } from '../../storage/tablet/contract.ts';
import { leasesOf } from '../../storage/tablet/orders.ts';
import { overlaps } from '../../storage/tablet/ranges.ts';
import type { Write } from './support/model.ts';
import { keyBytes, ModelStore } from './support/model.ts';

const KEYS = 40;
const PLAN = { minorTrigger: 3, tableBytes: 60, baseLevelBytes: 80, levelFactor: 3 };

const write = fc.tuple(fc.nat(KEYS - 1), fc.option(fc.nat(99), { nil: undefined, freq: 2 }));
/** Writes close together, so that minors have ranges of their own as well. */
const cluster = fc
  .tuple(
    fc.nat(KEYS - 1),
    fc.array(fc.tuple(fc.nat(5), fc.option(fc.nat(99), { nil: undefined, freq: 2 })), { minLength: 1, maxLength: 8 }),
  )
  .map(([base, writes]) => writes.map(([offset, value]): Write => [(base + offset) % KEYS, value]));

const clear = fc.tuple(fc.nat(KEYS - 1), fc.integer({ min: 1, max: KEYS })).map(([from, length]) => ({ from, to: from + length }));
/** Range deletes between the writes of one memtable, over each other, and alone. */
const mixed = fc.array(fc.oneof({ weight: 3, arbitrary: write }, { weight: 1, arbitrary: clear }), { minLength: 1, maxLength: 20 });

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('flush' as const),
      writes: fc.oneof(cluster, fc.array(write, { minLength: 1, maxLength: 20 }), mixed, fc.tuple(clear)),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), pick: fc.nat() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('slice' as const),
      pick: fc.nat(),
      most: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('land' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abandon' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('major' as const), from: fc.nat(KEYS - 1), length: fc.nat(KEYS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), pick: fc.nat() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One slice of an order under way, which may yield and so end inside a table; the last one ends the order. */
function slice(store: ModelStore, pick: number, most: number | undefined): void {
  const { orders } = store.tablet;
  const id = orders.ids[pick % orders.ids.length];
  store.runSlice(id, most);
  if (orders.isComplete(id)) store.commit(id);
}

function land(store: ModelStore, pick: number): void {
  const id = store.land(pick);
  const { orders } = store.tablet;
  if (id !== undefined && orders.has(id) && orders.isComplete(id)) store.commit(id);
}

function perform(store: ModelStore, one: Step): void {
  const { orders } = store.tablet;
  if (one.do === 'flush') store.flush(one.writes);
  if (one.do === 'begin' && orders.ids.length < 4) store.begin();
  if (one.do === 'finish' && orders.ids.length > 0) store.finish(orders.ids[one.pick % orders.ids.length]);
  if (one.do === 'slice' && orders.ids.length > 0) slice(store, one.pick, one.most);
  if (one.do === 'start' && orders.ids.length > 0) store.startSlice(orders.ids[one.pick % orders.ids.length]);
  if (one.do === 'land') land(store, one.pick);
  if (one.do === 'crash') store.crash();
  if (one.do === 'abandon' && orders.ids.length > 0) store.tablet.orders.abandon(orders.ids[one.pick % orders.ids.length]);
  if (one.do === 'major' && orders.ids.length < 4) store.beginMajor({ gte: keyBytes(one.from), lt: keyBytes(one.from + one.length) });
  if (one.do === 'snapshot' && store.sequence > 0) store.snapshots.add(store.sequence);
  if (one.do === 'release') store.snapshots.delete([...store.snapshots][one.pick % Math.max(1, store.snapshots.size)]);
}

/** Compared as one list each: an assertion a key would cost more than all the rest. */
function compare(t: ExecutionContext, store: ModelStore, at?: number, version?: Version): void {
  const keys = Array.from({ length: KEYS }, (_, key) => key);
  t.deepEqual(
    keys.map((key) => store.read(key, at, version)),
    keys.map((key) => store.truth(key, at)),
  );
}

function compareAll(t: ExecutionContext, store: ModelStore): void {
  compare(t, store);
  for (const at of store.snapshots) compare(t, store, at);
}

test('whatever is flushed, merged, moved and dropped, at once or in turn, reads and snapshots see the same', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ModelStore(PLAN);
      for (const one of steps) {
        perform(store, one);
        compareAll(t, store);
      }
    }),
    { numRuns: 300 },
  );
});

test('a reader on an old version sees what it saw, however much is merged meanwhile', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), fc.array(step, { maxLength: 40, size: 'max' }), (before, after) => {
      const store = new ModelStore(PLAN);
      for (const one of before) perform(store, one);
      const lease = store.tablet.acquire('spec');
      const at = store.sequence;
      // A crash takes its readers along.
      for (const one of after) if (one.do !== 'crash') perform(store, one);
      compare(t, store, at, lease.version);
      const needed = new Set([lease.version.minors, ...lease.version.levels].flat().map(({ id }) => id));
      t.deepEqual(
        store.tablet.collectable().deletable.filter(({ id }) => needed.has(id)),
        [],
      );
    }),
    { numRuns: 200 },
  );
});

test('orders under way never share a place and a key', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ModelStore(PLAN);
      for (const one of steps) {
        perform(store, one);
        const held = store.tablet.orders.ids.map((id) => leasesOf(store.tablet.orders.order(id)));
        const shared = held.some((some, i) =>
          held.slice(i + 1).some((others) => some.some((a) => others.some((b) => a.place === b.place && overlaps(a, b)))),
        );
        t.false(shared);
      }
    }),
    { numRuns: 200 },
  );
});

test('without new writes the work comes to an end, and then everything obsolete is a small part', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ModelStore(PLAN);
      for (const one of steps) perform(store, one);
      for (const id of store.tablet.orders.ids) store.finish(id);
      store.settle();
      compareAll(t, store);
      t.true(store.tablet.version.minors.length < PLAN.minorTrigger);
      store.snapshots.clear();
      store.settle();
      compareAll(t, store);
    }),
    { numRuns: 200 },
  );
});

test('a second major has nothing to do, whatever is held, and after one that held has gone it goes on', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ModelStore(PLAN);
      for (const one of steps) perform(store, one);
      for (const id of store.tablet.orders.ids) store.finish(id);
      for (;;) {
        const id = store.beginMajor();
        if (typeof id === 'number') store.finish(id);
        compareAll(t, store);
        t.is(store.beginMajor(), 'nothing');
        if (!store.snapshots.delete(store.held[0])) break;
      }
      t.is(store.bytes(), store.liveBytes());
    }),
    { numRuns: 200 },
  );
});

test('a major leaves only the last level, only live entries, and nothing to do for a second one', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ModelStore(PLAN);
      for (const one of steps) perform(store, one);
      for (const id of store.tablet.orders.ids) store.finish(id);
      store.snapshots.clear();
      const id = store.beginMajor();
      if (typeof id === 'number') store.finish(id);
      compareAll(t, store);
      t.is(store.beginMajor(), 'nothing');
      t.is(store.tablet.version.rangeDeletes.size, 0);
      t.is(store.bytes(), store.liveBytes());
      const { minors, levels } = store.tablet.version;
      t.is([minors, ...levels.slice(0, -1)].flat().length, 0);
    }),
    { numRuns: 200 },
  );
});
