import test from 'ava';
import fc from 'fast-check';
import { compareBytes } from '../../storage/entry.ts';
import { cutSlices, runsOf } from '../../storage/tablet/slices.ts';
import { bytes, layout, text } from './support/notation.ts';

const boundary = (key: string, size: number) => ({ key: bytes(key), bytes: size });
const shown = (slices: readonly { gte?: Uint8Array; lt?: Uint8Array }[]) =>
  slices.map(({ gte, lt }) => `${text(gte)}..${text(lt)}`).join(' ');

test('a small order is one slice over all keys', (t) => {
  t.is(shown(cutSlices({ minKey: bytes('a') }, [boundary('a', 10), boundary('m', 10)], 100)), '..');
  t.is(shown(cutSlices({ minKey: bytes('a') }, [], 100)), '..');
});

test('slices are cut before they grow over their size, across all tables', (t) => {
  const boundaries = [boundary('a', 40), boundary('e', 40), boundary('c', 40), boundary('g', 40), boundary('i', 40)];
  t.is(shown(cutSlices({ minKey: bytes('a') }, boundaries, 100)), '..e e..i i..');
});

test('tables that begin with the same key are never cut apart there', (t) => {
  t.is(
    shown(cutSlices({ minKey: bytes('a') }, [boundary('a', 90), boundary('a', 90), boundary('b', 90), boundary('b', 90)], 100)),
    '..b b..',
  );
});

test('slices cover every key once, and hold at most their size unless they cannot be cut', (t) => {
  const one = fc.record({ key: fc.uint8Array({ minLength: 1, maxLength: 2 }), bytes: fc.integer({ min: 1, max: 50 }) });
  const boundaries = fc.uniqueArray(one, { minLength: 1, maxLength: 40, selector: ({ key }) => String(key) });
  fc.assert(
    fc.property(boundaries, fc.integer({ min: 1, max: 120 }), (all, size) => {
      const sorted = all.toSorted((a, b) => compareBytes(a.key, b.key));
      const slices = cutSlices({ minKey: sorted[0].key }, all, size);
      t.is(slices[0].gte, undefined);
      t.is(slices.at(-1)?.lt, undefined);
      for (let i = 1; i < slices.length; i++) t.deepEqual(slices[i].gte, slices[i - 1].lt);
      for (const { gte, lt } of slices) {
        const inside = sorted.filter(
          ({ key }) => (gte === undefined || compareBytes(key, gte) >= 0) && (lt === undefined || compareBytes(key, lt) < 0),
        );
        t.true(inside.length === 1 || inside.reduce((sum, { bytes }) => sum + bytes, 0) <= size);
      }
    }),
  );
});

test('each minor is a run and each level is one, in key order, and only what the slice needs', (t) => {
  const { version } = layout(`
    minors:
      9: a-z 10
      8: a-c 10
    level 6:
      1: a-c 10
      2: d-f 10
      3: g-i 10
  `);
  const inputs = [
    ...version.minors.map((table) => ({ place: 'minor' as const, table })),
    ...version.levels[6].toReversed().map((table) => ({ place: 6, table })),
  ];
  const ids = (runs: { id: number }[][]) => runs.map((run) => run.map(({ id }) => id));
  t.deepEqual(ids(runsOf({ inputs })), [[9], [8], [1, 2, 3]]);
  t.deepEqual(ids(runsOf({ inputs }, { gte: bytes('d'), lt: bytes('g') })), [[9], [2]]);
});
