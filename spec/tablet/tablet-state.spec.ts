import test from 'ava';
import { emptyState } from '../../storage/tablet/manifest-state.ts';
import { TabletState } from '../../storage/tablet/tablet-state.ts';
import { layout, orderText, SMALL, tableOf } from './support/notation.ts';

function tablet(tables = '', freed: number[] = []) {
  const { version } = layout(tables);
  return new TabletState({
    state: { ...emptyState(), version, garbage: [{ id: 99, blocks: 2, bytes: 10 }] },
    plan: SMALL,
    now: () => 0,
    onDeletable: (blobs) => freed.push(...blobs.map(({ id }) => id)),
  });
}

const FOUR_MINORS = `
  minors:
    9: a-c 50
    8: a-c 50
    7: a-c 50
    6: a-c 50
  level 6:
    1: a-h 100
`;

function begin(state: TabletState): number {
  const { order } = state.planNext();
  if (order === undefined) throw new Error('no order');
  return state.openOrder(order);
}

function finish(state: TabletState, id: number, ...outputs: string[]): void {
  const slice = state.orders.startSlice(id);
  const tables = outputs.map((one, i) => tableOf(20 + i, one));
  state.orders.finishSlice(id, slice?.index ?? -1, { outputs: tables, entriesIn: 9, entriesOut: 5, bytesRead: 300, bytesWritten: 100 });
}

function commit(state: TabletState, id: number): void {
  const result = state.editForOrder(id);
  if (result.kind === 'refused') throw new Error(result.reason);
  state.applied(result.edit);
}

test('an order replaces its inputs by its outputs at once, and its inputs are garbage', (t) => {
  const state = tablet(FOUR_MINORS);
  const id = begin(state);
  t.throws(() => state.editForOrder(id), { code: 'LITHIFY_INTERNAL' });
  finish(state, id, 'a-h 100');
  commit(state, id);
  t.deepEqual(state.version.minors, []);
  t.deepEqual(
    state.version.levels[6].map((table) => table.id),
    [20],
  );
  t.deepEqual(
    state.collectable().deletable.map((blob) => blob.id),
    [99, 6, 7, 8, 9, 1],
  );
  t.deepEqual(state.orders.leased, []);
});

test('an order whose output is empty is committed like any other', (t) => {
  const state = tablet(FOUR_MINORS);
  const id = begin(state);
  finish(state, id);
  commit(state, id);
  t.deepEqual([state.version.minors, ...state.version.levels].flat(), []);
  t.is(state.planNext().order, undefined);
});

test('a move writes nothing and leaves no garbage', (t) => {
  const state = tablet('minors:\n 9: s-t 50\n 8: q-r 50\n 7: o-p 50\n 6: m-n 50');
  const id = begin(state);
  commit(state, id);
  t.deepEqual(
    state.version.levels[6].map((table) => table.id),
    [6, 7, 8, 9],
  );
  t.deepEqual(
    state.collectable().deletable.map((blob) => blob.id),
    [99],
  );
});

test('an order whose inputs are gone is refused, and what it wrote is recorded as garbage', (t) => {
  const state = tablet(FOUR_MINORS);
  const { order } = state.planNext();
  if (order === undefined) return t.fail();
  const [winner, loser] = [state.openOrder(order), state.openOrder(order)];
  finish(state, winner, 'a-h 100');
  commit(state, winner);
  const slice = state.orders.startSlice(loser);
  state.orders.finishSlice(loser, slice?.index ?? -1, {
    outputs: [tableOf(30, 'a-h 100')],
    entriesIn: 9,
    entriesOut: 5,
    bytesRead: 300,
    bytesWritten: 100,
  });
  const result = state.editForOrder(loser);
  t.is(result.kind, 'refused');
  state.applied(state.editForAbandoned(state.orders.abandon(loser)));
  t.true(state.collectable().deletable.some((blob) => blob.id === 30));
  t.deepEqual(
    state.version.levels[6].map((table) => table.id),
    [20],
  );
});

test('what may be deleted, what is pinned, what is live and what is unknown are told apart', (t) => {
  const freed: number[] = [];
  const state = tablet(FOUR_MINORS, freed);
  const lease = state.acquire('iterator');
  const id = begin(state);
  finish(state, id, 'a-h 100');
  commit(state, id);
  const asked = state.collectable([99, 9, 20, 555]);
  t.deepEqual(
    { ...asked, deletable: asked.deletable.map((blob) => blob.id) },
    { deletable: [99], pinned: [9], inUse: [20], unknown: [555] },
  );
  lease.release();
  t.deepEqual(
    freed.sort((a, b) => a - b),
    [1, 6, 7, 8, 9],
  );
  state.applied(state.editForCollected([99, 1, 6, 7, 8, 9]));
  t.deepEqual(state.collectable().deletable, []);
  t.deepEqual(state.state.garbage, []);
});

test('a lease does not pin what was flushed and merged after it', (t) => {
  const state = tablet();
  state.acquire('long iterator');
  for (let i = 1; i <= 4; i++) state.applied(state.editForFlush(tableOf(i, `a-c 50 seq ${i}-${i}`), {}));
  const id = begin(state);
  finish(state, id, 'a-c 50');
  commit(state, id);
  t.deepEqual(
    state.collectable().deletable.map((blob) => blob.id),
    [99, 1, 2, 3, 4],
  );
});

test('a flush moves the marks, also when the memtable held nothing', (t) => {
  const state = tablet();
  state.applied(state.editForFlush(tableOf(5, 'a-c 50 seq 10-19'), { walFloor: 3, memtableFloor: 2 }));
  state.applied(state.editForFlush(undefined, { walFloor: 4, memtableFloor: 3, lastSequence: 25 }));
  t.like(state.state, { walFloor: 4, memtableFloor: 3, lastSequence: 25 });
  t.throws(() => state.applied(state.editForFlush(tableOf(6, 'a-c 50 seq 20-30'), {})), { code: 'LITHIFY_INTERNAL' });
});

test('stats count levels, garbage, compactions by kind, and bytes', (t) => {
  const state = tablet('level 6:\n 1: a-h 100 tombstones 2');
  for (let i = 2; i <= 5; i++) state.applied(state.editForFlush(tableOf(i, `a-c 50 seq ${i}-${i}`), {}));
  const id = begin(state);
  finish(state, id, 'a-h 90');
  t.like(state.stats(), { minors: { tables: 4, bytes: 200 }, garbage: { blobs: 1, bytes: 10, pinned: 0 } });
  t.deepEqual(state.stats().levels[6], { tables: 1, bytes: 100, entries: 100, tombstones: 2 });
  commit(state, id);
  t.deepEqual(state.stats().compactions, { flush: 4, minor: 1, regular: 0, major: 0 });
  t.like(state.stats(), { flushedBytes: 200, compactedBytes: 100 });
});

test('the next Regular order of a level goes on behind the one before', (t) => {
  const state = tablet(`
    level 5:
      1: a-f 60
      2: g-m 60
      3: n-z 60
    level 6:
      4: a-f 300
      5: g-m 300
      6: n-z 300
  `);
  const first = begin(state);
  t.is(orderText(state.orders.order(first)), 'regular: level 5: 1 + level 6: 4 -> level 6 a-f, drops tombstones');
  finish(state, first, 'a-f 300');
  commit(state, first);
  t.regex(orderText(state.planNext().order), /^regular: level 5: 2 /);
  t.deepEqual(state.state.pointers[5], new TextEncoder().encode('f'));
});

test('after a failed commit and a reopened manifest, orders are given up and leases still pin what they see', (t) => {
  const freed: number[] = [];
  const state = tablet(FOUR_MINORS, freed);
  const lease = state.acquire('iterator');
  const id = begin(state);
  finish(state, id, 'a-h 100');
  const landed = tablet(FOUR_MINORS);
  const twin = begin(landed);
  finish(landed, twin, 'a-h 100');
  commit(landed, twin);
  state.reopened(landed.state);
  t.deepEqual(state.orders.ids, []);
  t.deepEqual(
    state.version.levels[6].map((table) => table.id),
    [20],
  );
  t.deepEqual(
    state.collectable().deletable.map((blob) => blob.id),
    [99],
  );
  lease.release();
  t.deepEqual(
    freed.sort((a, b) => a - b),
    [1, 6, 7, 8, 9],
  );
});
