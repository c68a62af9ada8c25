import test from 'ava';
import { isWorthFlushing } from '../../actors/clearing.ts';
import { RangeDeletes } from '../../storage/range-deletes/range-deletes.ts';
import { bytes, layout } from '../tablet/support/notation.ts';

const OPTIONS = { tableBytes: 100 };
const TABLES = `
  minors:
    9: a-z 10
  level 6:
    1: a-f 200
    2: g-m 200
    3: n-z 200
`;

function isWorth(tables: string, start: string, end?: string, options = OPTIONS): boolean {
  const { version, snapshots } = layout(tables);
  const fresh = RangeDeletes.of([{ start: bytes(start), ...(end !== undefined && { end: bytes(end) }), seq: 50 }]);
  return isWorthFlushing(fresh, version, snapshots, options);
}

test('what frees a table of the usual size is worth it, and what frees less is not', (t) => {
  t.true(isWorth(TABLES, 'g', 'n'));
  t.true(isWorth(TABLES, 'f', 'k'));
  t.false(isWorth(TABLES, 'g', 'h'));
  t.false(isWorth(TABLES, 'za'));
});

test('in a store that is small beside a table, half of it is', (t) => {
  const options = { tableBytes: 10_000 };
  t.true(isWorth(TABLES, 'a', undefined, options));
  t.true(isWorth(TABLES, 'a', 'o', options));
  t.false(isWorth(TABLES, 'g', 'n', options));
});

test('what a snapshot sees, or a range delete in the version has covered before, does not count', (t) => {
  t.false(isWorth(`snapshots: 20\n${TABLES}`, 'a'));
  t.true(isWorth(`snapshots: 2\n${TABLES}`, 'a'), 'the last table is newer than the snapshot');
  t.false(isWorth(`${TABLES}\nrange deletes:\n 30: a-`, 'a'));
  t.true(isWorth(`${TABLES}\nrange deletes:\n 30: a-h`, 'a'));
});

test('an empty store, and nothing deleted, need none', (t) => {
  t.false(isWorth('level 6:', 'a'));
  t.false(isWorthFlushing(RangeDeletes.none, layout(TABLES).version, [], OPTIONS));
});
