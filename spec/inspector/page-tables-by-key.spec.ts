import test from 'ava';
import fc from 'fast-check';
import { compareBytes, keyBytes, keyText } from '../../inspector/page/model/key-order.ts';
import { layoutTables, withEmptiesTogether } from '../../inspector/page/model/table-layout.ts';
import type { MessageKey } from '../../protocol/messages.ts';
import type { OrderInfo, TableShapeInfo } from '../../protocol/shape.ts';
import { inventedShape, inventedTable } from '../support/invented-frames.ts';

test('the tables of a level stand side by side in the order of their keys', (t) => {
  const level = [inventedTable(1, 'a', 'c'), inventedTable(2, 'd', 'd'), inventedTable(3, 'e', 'z')];
  const [, row] = layoutTables(inventedShape({ levels: [level] }));
  t.is(row.lanes, 1);
  t.deepEqual(
    row.boxes.map(({ x, width }) => [x, width]),
    [
      [0, 0.4],
      [0.4, 0.2],
      [0.6, 0.4],
    ],
  );
});

test('tables that overlap stand below each other, the newest on top', (t) => {
  const minors = [inventedTable(9, 'a', 'm'), inventedTable(8, 'c', 'z'), inventedTable(7, 'n', 'p')];
  const [row] = layoutTables(inventedShape({ minors }));
  t.deepEqual(
    row.boxes.map(({ table, lane }) => [table.id, lane]),
    [
      [9, 0],
      [8, 1],
      [7, 0],
    ],
  );
});

test('nothing in one lane overlaps, whatever the keys', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 60 }), (bounds) => {
      const [row] = layoutTables(inventedShape({ minors: bounds.map(([min, max], id) => ordered(id, min, max)) }));
      return row.boxes.every((box) =>
        row.boxes.every((other) => box === other || box.lane !== other.lane || box.to < other.from || other.to < box.from),
      );
    }),
  );
  t.pass();
});

/** By bytes, which is not how strings compare. */
function ordered(id: number, a: string, b: string): TableShapeInfo {
  return compareBytes(keyBytes(a), keyBytes(b)) <= 0 ? inventedTable(id, a, b) : inventedTable(id, b, a);
}

test('keys are ordered by their bytes, text and Base64 alike', (t) => {
  const keys: MessageKey[] = ['ü', { base64: '/w==' }, 'z', '\u{1f600}', '\uffff'];
  const sorted = keys.toSorted((a, b) => compareBytes(keyBytes(a), keyBytes(b)));
  t.deepEqual(sorted, ['z', 'ü', '\uffff', '\u{1f600}', { base64: '/w==' }]);
});

test('an order is drawn into the level that it writes, over the keys that it reads', (t) => {
  const order: OrderInfo = {
    ...{ id: 4, kind: 'regular' as const, reason: 'so', inputs: [1], target: 1, bytes: 1, slices: 2, done: 1 },
    ...{ minKey: 'a', maxKey: 'c' },
  };
  const rows = layoutTables(inventedShape({ levels: [[inventedTable(1, 'a', 'c'), inventedTable(2, 'd', 'f')], []], orders: [order] }));
  t.deepEqual(
    rows.map(({ orders }) => orders.length),
    [0, 0, 1],
  );
  t.is(rows[2].orders[0].width, rows[1].boxes[0].width);
});

test('sizes, tombstones and what snapshots hold are shares, also of an empty table', (t) => {
  const level = [
    inventedTable(1, 'a', 'b', { bytes: 1000, tombstones: 25, heldBytes: 250 }),
    inventedTable(2, 'c', 'd', { bytes: 0, entries: 0 }),
  ];
  const [, row] = layoutTables(inventedShape({ levels: [level] }));
  t.deepEqual(
    row.boxes.map(({ weight, tombstones, held }) => [weight, tombstones, held]),
    [
      [1, 0.5, 0.25],
      [0, 0, 0],
    ],
  );
});

test('tables that the frame leaves out are counted where they are', (t) => {
  const rows = layoutTables(inventedShape({ levels: [[], []], leftOut: [3, 0, 800] }));
  t.deepEqual(
    rows.map(({ name, leftOut }) => [name, leftOut]),
    [
      ['Minors', 3],
      ['Level 0', 0],
      ['Level 1', 800],
    ],
  );
});

test('a key is written so that nothing in it is hidden or turns the text around', (t) => {
  t.is(keyText('a\u0000b\u202ec'), 'a\\u{0}b\\u{202e}c');
  t.is(keyText('<img src=x>'), '<img src=x>');
  t.is(keyText({ base64: '/w==' }), 'base64:/w==');
  t.is(keyText('x'.repeat(1000), 11), 'xxxxx…xxxxx');
});

test('levels that are empty are told together', (t) => {
  const full = [inventedTable(1, 'a', 'b')];
  const groups = withEmptiesTogether(layoutTables(inventedShape({ levels: [[], [], [], full, [], full], leftOut: [0, 0, 0, 0, 0, 4] })));
  t.deepEqual(
    groups.map((rows) => rows.map(({ place }) => place)),
    [['minors'], [0, 1, 2], [3], [4], [5]],
  );
});
