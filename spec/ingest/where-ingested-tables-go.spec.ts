import test from 'ava';
import fc from 'fast-check';
import type { TableMeta } from '../../storage/sst/table.ts';
import type { LeasedRange } from '../../storage/tablet/contract.ts';
import { LEVELS } from '../../storage/tablet/contract.ts';
import { type IngestView, ingestEdit } from '../../storage/tablet/ingest-edit.ts';
import { leasesOf } from '../../storage/tablet/orders.ts';
import { overlaps } from '../../storage/tablet/ranges.ts';
import { applyEdit } from '../../storage/tablet/version.ts';
import { bytes, layout, tableOf } from '../tablet/support/notation.ts';

type Running = IngestView['running'][number];

/** `d-f` are the tables to take in, in order. */
function placed(text: string, ranges: string, running: readonly Running[] = []): string {
  const tables = ranges.split(' ').map((range, index) => tableOf(100 + index, `${range} 10`));
  const { added } = ingestEdit({ version: layout(text).version, running }, tables, 1000);
  return added.map(({ place }) => place).join(' ');
}

function order(places: readonly ('minor' | number)[], target: number, range: string): Running {
  const inputs = places.map((place, index) => ({ place, table: tableOf(200 + index, `${range} 10`) }));
  const [minKey, maxKey] = range.split('-').map(bytes);
  return { inputs, target, minKey, maxKey };
}

test('into an empty tree they go to the last level', (t) => {
  t.is(placed('', 'a-b c-d'), '6 6');
});

test('each goes as deep as nothing overlaps it there or above', (t) => {
  const tree = `
    level 3:
      3: f-h 10
    level 5:
      2: b-d 10
    level 6:
      1: a-z 10`;
  t.is(placed(tree, 'aa-ab c-c e-e g-g'), '5 4 5 2');
});

test('what a minor or the first level overlaps stays above all levels', (t) => {
  const tree = `
    minors:
      9: m-p 10
      8: k-n 10
    level 0:
      1: a-c 10`;
  t.is(placed(tree, 'b-b d-f l-l o-o q-q'), 'minor 6 minor minor 6');
});

test('nothing goes to where a running order reads or writes, nor below what it will write', (t) => {
  t.is(placed('', 'c-d x-y', [order([4], 5, 'a-m')]), '3 6');
  t.is(placed('', 'c-d x-y', [order([0, 'minor'], 0, 'a-m')]), 'minor 6');
  t.is(placed('', 'c-d', [order(['minor', 0], 6, 'a-m')]), '5', 'above the target, below what the order takes away');
  t.is(placed('', 'c-d', [order(['minor', 5, 6], 6, 'a-m'), order([3], 4, 'a-m')]), '2');
});

test('they get one sequence each, ascending, and the tree knows the last', (t) => {
  const { added, lastSequence } = ingestEdit(
    { version: layout('').version, running: [] },
    [tableOf(7, 'a-b 10'), tableOf(8, 'c-d 10')],
    41,
  );
  t.deepEqual(
    added.map(({ table: { minSeq, maxSeq, ingested, clearedTo } }) => ({ minSeq, maxSeq, ingested, clearedTo })),
    [41, 42].map((seq) => ({ minSeq: seq, maxSeq: seq, ingested: true, clearedTo: seq })),
  );
  t.is(lastSequence, 42);
});

const letter = fc.integer({ min: 0, max: 25 }).map((n) => String.fromCharCode(97 + n));
const range = fc.tuple(letter, letter).map(([a, b]) => (a < b ? `${a}-${b}` : `${b}-${a}`));

/** Disjoint, ascending. */
const run = fc.array(letter, { maxLength: 12 }).map((letters) => {
  const keys = [...new Set(letters)].sort();
  return Array.from({ length: Math.floor(keys.length / 2) }, (_, i) => `${keys[2 * i]}-${keys[2 * i + 1]}`);
});

test('whatever the tree and the running orders are, the edit is sound and no older version stands or comes above', (t) => {
  const anyOrder = fc.record({
    places: fc.uniqueArray(fc.integer({ min: -1, max: 6 }), { minLength: 1, maxLength: 3 }),
    target: fc.nat(6),
    range,
  });
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 4 }),
      fc.array(run, { minLength: LEVELS, maxLength: LEVELS }),
      run,
      fc.array(anyOrder, { maxLength: 3 }),
      (minors, levels, ranges, orders) => {
        let id = 1;
        const version = {
          ...layout('').version,
          levels: levels.map((level) => level.map((one) => tableOf(id++, `${one} 10`))),
          minors: minors.map((one) => tableOf(id++, `${one} 10`)).reverse(),
        };
        const running = orders.map(({ places, target, range: held }) =>
          order(
            places.map((place) => (place < 0 ? 'minor' : place)),
            target,
            held,
          ),
        );
        const { added, ...rest } = ingestEdit(
          { version, running },
          ranges.map((one) => tableOf(id++, `${one} 10`)),
          id,
        );
        applyEdit(version, { added, ...rest });
        const leased = running.flatMap(leasesOf);
        for (const { place, table } of added) {
          const above = place === 'minor' ? [] : [version.minors, ...version.levels.slice(0, place + 1)].flat();
          t.false(
            above.some((one) => overlaps(one, table)),
            'an older version could hide it',
          );
          t.false(
            place !== 'minor' && running.some((one) => overlaps(one, table) && one.target <= place),
            'an older version could come above it',
          );
          t.false(place !== 'minor' && isHeld(leased, place, table), 'the place is held');
        }
      },
    ),
    { numRuns: 500 },
  );
});

function isHeld(leased: readonly LeasedRange[], place: number, table: TableMeta): boolean {
  return leased.some((lease) => lease.place === place && overlaps(lease, table));
}
