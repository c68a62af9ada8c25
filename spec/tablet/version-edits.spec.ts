import test from 'ava';
import type { RangeDelete } from '../../storage/range-deletes/range-deletes.ts';
import type { VersionEdit } from '../../storage/tablet/contract.ts';
import { applyEdit, missingInputs } from '../../storage/tablet/version.ts';
import { bytes, layout, tableOf } from './support/notation.ts';

const EMPTY: VersionEdit = { added: [], removed: [], garbage: [], collected: [] };
const TREE = `
  minors:
    9: a-z 10 seq 30-39
    8: a-z 10 seq 20-29
  level 6:
    1: a-c 10
    3: g-i 10
`;

function edited(edit: Partial<VersionEdit>) {
  return applyEdit(layout(TREE).version, { ...EMPTY, ...edit });
}

function garbage(...ids: number[]) {
  return ids.map((id) => ({ id, blocks: 2, bytes: 10 }));
}

test('range deletes come and go by their sequences, and an edit that names one wrongly is refused', (t) => {
  const [start, end] = [bytes('b'), bytes('d')];
  const add = (...added: RangeDelete[]) => ({ rangeDeletes: { added, removed: [] } });
  const version = edited(add({ start, end, seq: 5 }, { start, seq: 7 }));
  const next = applyEdit(version, { ...EMPTY, rangeDeletes: { added: [{ start: end, seq: 9 }], removed: [5] } });
  t.deepEqual(
    next.rangeDeletes.list.map(({ seq }) => seq),
    [7, 9],
  );
  t.is(applyEdit(version, EMPTY).rangeDeletes, version.rangeDeletes, 'shared where nothing changes');
  const unsound = (edit: Partial<VersionEdit>) => () => applyEdit(version, { ...EMPTY, ...edit });
  t.throws(unsound(add({ start: end, seq: 7 })), { code: 'LITHIFY_INTERNAL', message: /7 twice/ });
  t.throws(unsound(add({ start: end, end: start, seq: 8 })), { code: 'LITHIFY_INTERNAL', message: /covers nothing/ });
  t.throws(unsound({ rangeDeletes: { added: [], removed: [6] } }), { code: 'LITHIFY_INTERNAL', message: /not there/ });
  t.throws(unsound({ rangeDeletes: { added: [], removed: [5, 5] } }), { code: 'LITHIFY_INTERNAL', message: /not there/ });
});

test('outputs stand in key order, whatever the order in which they come', (t) => {
  const added = [tableOf(5, 'k-l 10'), tableOf(4, 'd-f 10')].map((table) => ({ place: 6, table }));
  t.deepEqual(
    edited({ added }).levels[6].map(({ id }) => id),
    [1, 4, 3, 5],
  );
});

test('inputs leave and outputs come in one step, and other places are shared', (t) => {
  const { version } = layout(TREE);
  const next = applyEdit(version, {
    ...EMPTY,
    added: [{ place: 6, table: tableOf(4, 'a-i 10') }],
    removed: [
      { place: 6, id: 1 },
      { place: 6, id: 3 },
    ],
    garbage: garbage(1, 3),
  });
  t.deepEqual(
    next.levels[6].map(({ id }) => id),
    [4],
  );
  t.is(next.minors, version.minors);
  t.is(next.number, version.number + 1);
  t.is(version.levels[6].length, 2);
});

test('a table that would overlap its neighbours in a level is refused', (t) => {
  for (const range of ['c-d', 'b', 'd-g', 'h', 'a-z']) {
    t.throws(() => edited({ added: [{ place: 6, table: tableOf(4, `${range} 10`) }] }), { code: 'LITHIFY_INTERNAL' }, range);
  }
});

test('an edit whose inputs are gone is refused and names them', (t) => {
  const removed = [
    { place: 6, id: 1 },
    { place: 5, id: 3 },
    { place: 'minor' as const, id: 7 },
  ];
  t.deepEqual(missingInputs(layout(TREE).version, { removed }), [3, 7]);
  t.throws(() => edited({ removed, garbage: garbage(1, 3, 7) }), { message: /not there: 3, 7/ });
});

test('minors are newest first', (t) => {
  const next = edited({ added: [{ place: 'minor', table: tableOf(10, 'c-d 10 seq 40-41') }] });
  t.deepEqual(
    next.minors.map(({ id }) => id),
    [10, 9, 8],
  );
});

test('a minor that comes out of sealing order is refused', (t) => {
  for (const seq of ['39-50', '10-19', '25-35']) {
    t.throws(() => edited({ added: [{ place: 'minor', table: tableOf(10, `c-d 10 seq ${seq}`) }] }), { code: 'LITHIFY_INTERNAL' }, seq);
  }
});

test('no blob stands in two places', (t) => {
  t.throws(() => edited({ added: [{ place: 5, table: tableOf(1, 'a-c 10') }] }), { message: /twice/ });
});

test('a removed table is garbage, or has moved; it is never forgotten', (t) => {
  const removed = [{ place: 6, id: 1 }];
  t.throws(() => edited({ removed }), { message: /without recording them as garbage/ });
  t.deepEqual(
    edited({ removed, added: [{ place: 5, table: tableOf(1, 'a-c 10') }] }).levels[5].map(({ id }) => id),
    [1],
  );
});

test('a live table is never garbage', (t) => {
  t.throws(() => edited({ garbage: garbage(3) }), { message: /while it is live/ });
});

test('there are no places beyond the levels', (t) => {
  t.throws(() => edited({ added: [{ place: 7, table: tableOf(4, 'x-z 10') }] }), { code: 'LITHIFY_INTERNAL' });
});
