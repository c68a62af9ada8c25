import test from 'ava';
import fc from 'fast-check';
import { EntryKind } from '../../storage/entry.ts';
import { filled, type Put, rest, show, type Version } from './model.ts';

/** Short ones of few letters collide; long ones share prefixes; zeros are where padding could be taken for a byte. */
const key = fc.oneof(
  fc.uint8Array({ maxLength: 6, max: 2 }),
  fc.uint8Array({ maxLength: 3 }).map((tail) => new Uint8Array([...new TextEncoder().encode('sensor:00001234:'), ...tail])),
  fc.uint8Array({ maxLength: 40 }),
);
const put: fc.Arbitrary<Put> = fc.tuple(key, fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined, freq: 4 }));
const groups = fc.array(fc.array(put, { minLength: 1, maxLength: 60 }), { maxLength: 12 });
const bound = fc.option(key, { nil: undefined });

const isPresent = (version: Version | undefined): version is Version => version !== undefined;

test('a get sees the newest version at its sequence, deletions included', (t) => {
  fc.assert(
    fc.property(groups, fc.array(key), fc.nat(800), (written, others, at) => {
      const { memtable, model } = filled(written);
      const found: (Version | undefined)[] = [];
      const expected: (Version | undefined)[] = [];
      for (const wanted of [...model.versions.map((version) => version.key), ...others]) {
        for (const maxSequence of [at, 0, model.sequence, Number.MAX_SAFE_INTEGER]) {
          expected.push(model.get(wanted, maxSequence));
          const got = memtable.get(wanted, maxSequence);
          found.push(got && { key: wanted, value: got.kind === EntryKind.delete ? undefined : got.value, seq: got.seq });
        }
      }
      t.is(show(found.filter(isPresent)), show(expected.filter(isPresent)));
      t.deepEqual(found.map(isPresent), expected.map(isPresent));
    }),
    { numRuns: 60 },
  );
});

test('a cursor gives every version in its bounds, in either direction', (t) => {
  fc.assert(
    fc.property(groups, bound, bound, fc.boolean(), (written, gte, lt, reverse) => {
      const { memtable, model } = filled(written);
      const range = { ...(gte && { gte }), ...(lt && { lt }), reverse };
      t.is(show(rest(memtable.cursor(range))), show(model.range(range)));
    }),
    { numRuns: 300 },
  );
});

test('seeking goes to the target, forwards and backwards, never out of the bounds', (t) => {
  fc.assert(
    fc.property(
      groups,
      bound,
      bound,
      fc.boolean(),
      fc.array(fc.tuple(key, fc.nat(5)), { maxLength: 8 }),
      (written, gte, lt, reverse, seeks) => {
        const { memtable, model } = filled(written);
        const range = { ...(gte && { gte }), ...(lt && { lt }), reverse };
        const cursor = memtable.cursor(range);
        for (const [target, steps] of seeks) {
          cursor.seek(target);
          for (let i = 0; i < steps; i++) cursor.step();
          const left = steps > model.range(range, target).length ? [] : model.range(range, target).slice(steps);
          t.is(show(rest(cursor)), show(left));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('many keys, written in any order, come back in order', (t) => {
  const orders: readonly ((i: number) => number)[] = [
    (i) => i,
    (i) => 9999 - i,
    (i) => (i * 7919) % 10_000,
    (i) => (i % 100) * 100 + Math.floor(i / 100),
  ];
  for (const order of orders) {
    const puts: Put[] = [];
    for (let i = 0; i < 10_000; i++)
      puts.push([new TextEncoder().encode(`key/${String(order(i)).padStart(8, '0')}/name`), new Uint8Array([i])]);
    const { memtable, model } = filled([puts.slice(0, 4000), puts.slice(4000)], 4 << 20);
    t.is(show(rest(memtable.cursor())), show(model.versions));
    t.is(show(rest(memtable.cursor({ reverse: true }))), show(model.versions.toReversed()));
    t.true(model.versions.every(({ key: wanted, seq }) => memtable.get(wanted, seq)?.seq === seq));
    t.is(memtable.entries, 10_000);
    t.like(memtable, { firstSequence: 1, lastSequence: 10_000 });
  }
});

test('a key that was overwritten thousands of times gives each of its versions', (t) => {
  const hot = new TextEncoder().encode('the hot key');
  const puts: Put[] = Array.from({ length: 3000 }, (_, i) => [hot, new Uint8Array([i, i >> 8])]);
  const { memtable } = filled([puts]);
  for (let seq = 1; seq <= 3000; seq += 7) t.is(memtable.get(hot, seq)?.seq, seq);
  t.is(memtable.get(hot, 0), undefined);
  t.deepEqual(
    rest(memtable.cursor()).map(({ seq }) => seq),
    Array.from({ length: 3000 }, (_, i) => 3000 - i),
  );
});

test('so many small entries that the point index overflows are all found, and absent keys are not', (t) => {
  const keyOf = (i: number): Uint8Array => new Uint8Array([i >> 8, i]);
  const { memtable } = filled([Array.from({ length: 1100 }, (_, i) => [keyOf(2 * i), undefined])], 64 << 10);
  t.true(1100 > (64 << 10) / 128);
  for (let i = 0; i < 2200; i++) t.is(memtable.get(keyOf(i), 5000)?.seq, i % 2 === 0 ? i / 2 + 1 : undefined);
});
