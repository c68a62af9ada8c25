import test from 'ava';
import type { KeyRange } from '../../storage/entry.ts';
import type { Order } from '../../storage/tablet/contract.ts';
import type { Slice } from '../../storage/tablet/ledger.ts';
import { emptyState } from '../../storage/tablet/manifest-state.ts';
import { inputsAt, makeOrder } from '../../storage/tablet/orders.ts';
import { cutSlices } from '../../storage/tablet/slices.ts';
import { stretchesOf } from '../../storage/tablet/stretches.ts';
import { TabletState } from '../../storage/tablet/tablet-state.ts';
import { bytes, layout, SMALL, tableOf, text } from './support/notation.ts';

// Disk: an order that gave its inputs back only at its end would need the room of all of them twice.

const TREE = `
  minors:
    9: a-z 40
  level 6:
    1: a-c 100
    2: d-f 100
    3: g-i 100
    4: j-l 100
`;

function orderOf(): Order {
  const view = layout(TREE);
  const inputs = [...inputsAt('minor', view.version.minors), ...inputsAt(6, view.version.levels[6])];
  return makeOrder(view, { kind: 'major', reason: 'a spec', inputs, target: 6 });
}

/** Slices between these keys, in key order; `states`: one letter each, of waiting, running, done, committed. */
function slices(cuts: string, states: string): Slice[] {
  const keys = cuts.split(' ').map(bytes);
  const names = { w: 'waiting', r: 'running', d: 'done', c: 'committed' } as const;
  return [...states].map((state, index) => ({ index, range: between(keys[index - 1], keys[index]), state: names[state as 'w'] }));
}

function between(gte: Uint8Array | undefined, lt: Uint8Array | undefined): KeyRange {
  return { ...(gte && { gte }), ...(lt && { lt }) };
}

/** `0 1: 2 3` for slices 0 and 1 in place of tables 2 and 3. */
function shown(cuts: string, states: string): string[] {
  const found = stretchesOf(orderOf(), slices(cuts, states));
  return found.map((one) => `${one.slices.join(' ')}: ${one.replaced.map(({ id }) => id).join(' ')}`);
}

test('a done slice between tables of the target takes their place, its neighbours do not matter', (t) => {
  t.deepEqual(shown('d g', 'wdw'), ['1: 2']);
  t.deepEqual(shown('d g', 'dwd'), ['0: 1', '2: 3 4']);
  t.deepEqual(shown('d g', 'rdr'), ['1: 2']);
});

test('a slice that ends inside a table waits for the slice behind it', (t) => {
  t.deepEqual(shown('e g', 'dww'), []);
  t.deepEqual(shown('e g', 'ddw'), ['0 1: 1 2']);
});

test('a stretch leaves the slices at its ends that cut a table, and goes without them', (t) => {
  t.deepEqual(shown('b d g h', 'wdddw'), ['2: 2']);
});

test('what was committed is not committed again, and bounds what comes later', (t) => {
  t.deepEqual(shown('d g', 'cdw'), ['1: 2']);
  t.deepEqual(shown('d g', 'ccc'), []);
});

test('where nothing of the target is replaced no space would be won, so nothing is committed', (t) => {
  t.deepEqual(shown('d m q', 'wwdw'), []);
});

test('cuts stand on the first keys of target tables where what lies between them fits into a slice', (t) => {
  const boundaries = ['a', 'b', 'd', 'e', 'g', 'h', 'j'].map((key) => ({ key: bytes(key), bytes: 30 }));
  const cutAt = (sliceBytes: number, anchors: string[]) =>
    cutSlices({ minKey: bytes('a') }, boundaries, sliceBytes, anchors.map(bytes)).map(({ lt }) => text(lt));
  t.deepEqual(cutAt(100, ['a', 'd', 'g', 'j']), ['d', 'g', '']);
  t.deepEqual(cutAt(130, ['a', 'd', 'g', 'j']), ['g', '']);
  // Larger than a slice: cut inside as well.
  t.deepEqual(cutAt(70, ['a', 'e']), ['d', 'e', 'h', '']);
  t.deepEqual(cutAt(100, []), ['e', 'j', '']);
});

function running(cuts = 'd g') {
  const { version } = layout(TREE);
  const freed: number[] = [];
  const state = new TabletState({
    state: { ...emptyState(), version },
    plan: SMALL,
    now: () => 0,
    onDeletable: (all) => freed.push(...all.map(({ id }) => id)),
  });
  const id = state.openOrder(
    orderOf(),
    slices(cuts, 'w'.repeat(cuts.split(' ').length + 1)).map(({ range }) => range),
  );
  return { state, id, freed };
}

let lastTable = 20;
function finish(state: TabletState, id: number, ...outputs: string[]): number[] {
  const slice = state.orders.startSlice(id);
  const tables = outputs.map((one) => tableOf(++lastTable, one));
  state.orders.finishSlice(id, slice?.index ?? -1, { outputs: tables, entriesIn: 9, entriesOut: 5, bytesRead: 90, bytesWritten: 50 });
  return tables.map((table) => table.id);
}

function commitDone(state: TabletState, id: number): number {
  const edits = state.editsForDone(id);
  for (const edit of edits) state.applied(edit);
  return edits.length;
}

const idsAt = (state: TabletState, level: number) => state.version.levels[level].map(({ id }) => id);
const deletable = (state: TabletState) => state.collectable().deletable.map(({ id }) => id);

test('replaced tables can be deleted while the order runs on, with what is above still in place', (t) => {
  const { state, id } = running();
  const [output] = finish(state, id, 'a-c 110');
  t.is(commitDone(state, id), 1);
  t.deepEqual(idsAt(state, 6), [output, 2, 3, 4]);
  t.deepEqual(
    state.version.minors.map((minor) => minor.id),
    [9],
  );
  t.deepEqual(deletable(state), [1]);
  t.is(state.orders.leased.length, 2);
  t.is(commitDone(state, id), 0);
});

test('the end of the order removes what is left of its inputs, adds what is left of its outputs, and counts it once', (t) => {
  const { state, id } = running();
  const outputs = finish(state, id, 'a-c 110');
  commitDone(state, id);
  outputs.push(...finish(state, id, 'd-f 110'), ...finish(state, id, 'g-h 50', 'i-z 50'));
  const result = state.editForOrder(id);
  if (result.kind === 'refused') return t.fail(result.reason);
  state.applied(result.edit);
  t.deepEqual(idsAt(state, 6), outputs);
  t.deepEqual(state.version.minors, []);
  t.deepEqual(
    deletable(state).sort((a, b) => a - b),
    [1, 2, 3, 4, 9],
  );
  t.deepEqual(state.stats().compactions, { flush: 0, minor: 0, regular: 0, major: 1 });
  t.deepEqual(state.orders.ids, []);
});

test('an order may be completed while a part of it is still on its way to the manifest', (t) => {
  const { state, id } = running();
  finish(state, id, 'a-c 110');
  const [part] = state.editsForDone(id);
  finish(state, id, 'd-f 110');
  finish(state, id, 'g-z 110');
  const end = state.editForOrder(id);
  if (end.kind === 'refused') return t.fail(end.reason);
  state.applied(part);
  state.applied(end.edit);
  t.deepEqual(idsAt(state, 6).length, 3);
});

test('giving an order up deletes what was not committed, and keeps what was', (t) => {
  const { state, id } = running();
  const [kept] = finish(state, id, 'a-c 110');
  const [part] = state.editsForDone(id);
  finish(state, id, 'd-f 110');
  state.orders.retrySlice(id, state.orders.startSlice(id)?.index ?? -1);
  const given = state.orders.abandon(id);
  t.false(given.some((table) => table.id === kept));
  t.is(given.length, 1);
  state.applied(part);
  state.applied(state.editForAbandoned(given));
  t.deepEqual(idsAt(state, 6), [kept, 2, 3, 4]);
});

test('readers of an older version keep what a part of an order replaced', (t) => {
  const { state, id, freed } = running();
  const lease = state.acquire('iterator');
  finish(state, id, 'a-c 110');
  commitDone(state, id);
  t.deepEqual(deletable(state), []);
  lease.release();
  t.deepEqual(freed, [1]);
});

test('the next slice is the first by key, also after one yielded, so that what is done hangs together', (t) => {
  const { state, id } = running();
  const slice = state.orders.startSlice(id);
  state.orders.finishSlice(id, slice?.index ?? -1, {
    outputs: [],
    entriesIn: 1,
    entriesOut: 0,
    bytesRead: 1,
    bytesWritten: 0,
    resumeAt: bytes('b'),
  });
  t.is(text(state.orders.startSlice(id)?.range.gte), 'b');
  t.is(text(state.orders.startSlice(id)?.range.gte), 'd');
});
