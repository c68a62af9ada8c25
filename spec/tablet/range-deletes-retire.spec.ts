import test from 'ava';
import type { RangeDelete } from '../../storage/range-deletes/range-deletes.ts';
import type { VersionEdit } from '../../storage/tablet/contract.ts';
import { emptyState } from '../../storage/tablet/manifest-state.ts';
import { needlessRangeDeletes } from '../../storage/tablet/retiring.ts';
import { TabletState } from '../../storage/tablet/tablet-state.ts';
import { bytes, layout, SMALL, tableOf } from './support/notation.ts';

function needless(text: string): number[] {
  const { version, snapshots } = layout(text);
  return [...needlessRangeDeletes(version, snapshots)];
}

function tablet(): TabletState {
  return new TabletState({ state: emptyState(), plan: SMALL, now: () => 0 });
}

function commit(state: TabletState, edit: VersionEdit, snapshots: readonly number[] = []): VersionEdit {
  const written = state.withRetired(edit, snapshots);
  state.applied(written);
  return written;
}

function flush(state: TabletState, table: string | undefined, rangeDeletes: readonly RangeDelete[], lastSequence: number): VersionEdit {
  const minor = table === undefined ? undefined : tableOf(lastSequence, table);
  return commit(state, state.editForFlush(minor, { lastSequence, rangeDeletes }));
}

const clear = (seq: number, start = '', end?: string): RangeDelete => ({ start: bytes(start), ...(end && { end: bytes(end) }), seq });
const left = (state: TabletState) => state.version.rangeDeletes.list.map(({ seq }) => seq);

test('a range delete stays as long as a table that it touches may hold something older', (t) => {
  const tables = `
    minors:
      9: x-z 10 seq 21-25
    level 5:
      4: g-k 10 seq 5-9 cleared 20
    level 6:
      1: a-f 10
  `;
  t.deepEqual(needless(`${tables}\nrange deletes:\n 20: b-c`), []);
  t.deepEqual(needless(`${tables}\nrange deletes:\n 20: a-b`), [], 'the first key of a table');
  t.deepEqual(needless(`${tables}\nrange deletes:\n 20: f-g`), [], 'the last key of a table');
  t.deepEqual(needless(`${tables}\nrange deletes:\n 20: g-z`), [20], 'newer tables, and those it was applied to');
  t.deepEqual(needless(`${tables}\nrange deletes:\n 21: g-z`), [], 'one that was not applied');
  t.deepEqual(needless(`${tables}\nrange deletes:\n 26: x-`), [], 'a minor');
  t.deepEqual(needless(`${tables}\nrange deletes:\n 20: l-x`), [20], 'no table at all');
});

test('one that newer ones hide from everybody goes, whatever tables there are', (t) => {
  const table = 'level 6:\n 1: a-z 10 seq 1-4';
  t.deepEqual(needless(`${table}\nrange deletes:\n 20: b-k\n 21: a-m`), [20]);
  t.deepEqual(needless(`${table}\nrange deletes:\n 20: b-k\n 21: a-d\n 22: d-m`), [20], 'two of them together');
  t.deepEqual(needless(`${table}\nrange deletes:\n 20: b-k\n 21: a-d\n 22: e-m`), [], 'all but a part');
  t.deepEqual(needless(`${table}\nsnapshots: 20\nrange deletes:\n 20: b-k\n 21: a-m`), [], 'a snapshot sees the older one only');
  t.deepEqual(needless(`${table}\nsnapshots: 19 21\nrange deletes:\n 20: b-k\n 21: a-m`), [20], 'no snapshot stands between them');
});

test('ten thousand times everything is one, and none when there is nothing left', (t) => {
  const state = tablet();
  flush(state, 'a-z 10 seq 1-5', [], 5);
  const all = Array.from({ length: 10_000 }, (_, i) => clear(i + 6));
  flush(state, undefined, all, 10_005);
  t.deepEqual(left(state), [10_005]);
  const { order } = state.planNext();
  t.true(order?.drop);
  if (order === undefined) return;
  const id = state.openOrder(order);
  const result = state.editForOrder(id);
  t.is(result.kind, 'edit');
  if (result.kind !== 'edit') return;
  const edit = commit(state, result.edit);
  t.deepEqual(edit.rangeDeletes, { added: [], removed: [10_005] }, 'in the edit that lets go of the last table');
  t.deepEqual(left(state), []);
  t.false(state.orders.has(id), 'and the order is settled');
  t.deepEqual(
    edit.garbage.map(({ id: blob }) => blob),
    [5],
  );
});

test('a range delete over nothing but its own memtable never comes into the version', (t) => {
  const state = tablet();
  flush(state, 'a-c 10 seq 1-9 cleared 9', [clear(5, 'a', 'd')], 9);
  t.deepEqual(left(state), []);
  t.is(state.state.lastSequence, 9);
});

test('what a running order reads is still there, so a range delete that came meanwhile outlives its outputs', (t) => {
  const state = tablet();
  for (let i = 1; i <= 4; i++) flush(state, `a-c 50 seq ${i}-${i}`, [], i);
  const { order } = state.planNext();
  if (order === undefined) return t.fail();
  const id = state.openOrder(order, [{}]);
  state.orders.startSlice(id);
  flush(state, undefined, [clear(5, 'b')], 5);
  t.deepEqual(left(state), [5]);
  // It began before the range delete.
  const outputs = [tableOf(20, 'a-c 50 seq 4-4 cleared 4')];
  state.orders.finishSlice(id, 0, { outputs, entriesIn: 4, entriesOut: 1, bytesRead: 1, bytesWritten: 1 });
  const result = state.editForOrder(id);
  if (result.kind === 'refused') return t.fail();
  commit(state, result.edit);
  t.deepEqual(left(state), [5]);
});

test('when all that an order leaves is newer or cleared, its commit retires the range delete', (t) => {
  const state = tablet();
  for (let i = 1; i <= 4; i++) flush(state, `a-c 50 seq ${i}-${i}`, [], i);
  flush(state, undefined, [clear(5, 'b')], 5);
  const major = state.planMajor({});
  if (major.kind !== 'order') return t.fail();
  const id = state.openOrder(major.order, [{}]);
  state.orders.startSlice(id);
  const outputs = [tableOf(20, 'a-a 50 seq 4-4 cleared 5')];
  state.orders.finishSlice(id, 0, { outputs, entriesIn: 4, entriesOut: 1, bytesRead: 1, bytesWritten: 1 });
  const result = state.editForOrder(id);
  if (result.kind === 'refused') return t.fail();
  commit(state, result.edit);
  t.deepEqual(left(state), []);
});

test('a table that only changes its place keeps what it knows of range deletes', (t) => {
  const state = new TabletState({ state: emptyState(), plan: { ...SMALL, minorTrigger: 1 }, now: () => 0 });
  flush(state, 'a-c 100 seq 1-2 cleared 3', [clear(3, 'b', 'c')], 3);
  const { order } = state.planNext();
  if (order === undefined) return t.fail();
  t.true(order.move);
  state.openOrder(order);
  const result = state.editForOrder(1);
  if (result.kind === 'refused') return t.fail();
  commit(state, result.edit);
  t.is(state.version.levels[6][0].clearedTo, 3);
  flush(state, undefined, [clear(4, 'b', 'c')], 4);
  t.deepEqual(left(state), [4]);
});

test('an edit that changes no table is left as it is', (t) => {
  const state = tablet();
  flush(state, 'a-z 10 seq 1-5', [], 5);
  flush(state, undefined, [clear(6, 'b', 'c')], 6);
  const edit = state.editForCollected([]);
  t.is(state.withRetired(edit, []), edit);
});
