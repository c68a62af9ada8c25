import test from 'ava';
import fc from 'fast-check';
import { Memtable } from '../../storage/memtable/memtable.ts';
import { groupOf, Model, type Put, rest, show } from './model.ts';

const key = fc.uint8Array({ maxLength: 24 });
const put: fc.Arbitrary<Put> = fc.tuple(key, fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined, freq: 2 }));

test('a group that fits can be applied, whatever its keys are, until one is refused; nothing is overwritten', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2048, max: 40_000 }),
      fc.array(fc.array(put, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 60 }),
      (capacity, groups) => {
        const memtable = Memtable.create(1, capacity);
        const model = new Model();
        for (const puts of groups) {
          const { builder, apply } = groupOf(model.sequence + 1, puts);
          if (!memtable.fits(builder.bytes, builder.count)) {
            t.throws(() => apply(memtable), { code: 'LITHIFY_INTERNAL' });
            continue;
          }
          apply(memtable);
          model.add(puts);
          t.true(memtable.bytes <= memtable.capacity);
        }
        t.is(show(rest(memtable.cursor())), show(model.versions));
        t.true(model.versions.every(({ key: wanted, seq }) => memtable.get(wanted, seq)?.seq === seq));
      },
    ),
    { numRuns: 150 },
  );
});

test('the smallest entries in the orders that split most never outgrow the room, one by one or in groups', (t) => {
  const orders: readonly ((i: number) => number)[] = [
    (i) => 60_000 - i,
    (i) => i,
    (i) => (i % 2 === 0 ? i : 60_000 - i),
    (i) => (i < 48 ? i : 60_000 - i),
    (i) => (i * 7919) % 60_013,
  ];
  for (const order of orders) {
    for (const size of [1, 7, 150]) {
      for (const capacity of [4096, 9000, 50_000, 200_000]) {
        const memtable = Memtable.create(1, capacity);
        const model = new Model();
        const written: Put[] = [];
        for (;;) {
          const puts = Array.from({ length: size }, (_, i): Put => {
            const key = order(written.length + i);
            return [new Uint8Array([key >> 8, key]), undefined];
          });
          const { builder, apply } = groupOf(written.length + 1, puts);
          if (!memtable.fits(builder.bytes, builder.count)) break;
          apply(memtable);
          written.push(...puts);
        }
        model.add(written);
        t.true(memtable.bytes <= memtable.capacity);
        t.is(show(rest(memtable.cursor())), show(model.versions), `${order} ${size} ${capacity}`);
      }
    }
  }
});

test('ordinary entries fill at least nine tenths of a memtable before it refuses', (t) => {
  const memtable = Memtable.create(1, 4 << 20);
  let sequence = 1;
  for (;;) {
    const puts: Put[] = Array.from({ length: 50 }, (_, i) => [
      new TextEncoder().encode(`${((sequence + i) * 7_919) % 1_000_003}`),
      new Uint8Array(100),
    ]);
    const { builder, apply } = groupOf(sequence, puts);
    if (!memtable.fits(builder.bytes, builder.count)) break;
    apply(memtable);
    sequence += 50;
  }
  t.true(memtable.bytes > 0.9 * memtable.capacity, `${memtable.bytes}`);
});

test('an empty memtable holds what it says it can hold', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 2048, max: 20_000 }), fc.array(put, { minLength: 1, maxLength: 200 }), (capacity, puts) => {
      const { builder, apply } = groupOf(1, puts);
      const memtable = Memtable.create(1, capacity);
      if (!Memtable.canHold(capacity, builder.bytes, builder.count)) return;
      t.true(memtable.fits(builder.bytes, builder.count));
      t.notThrows(() => apply(memtable));
    }),
  );
});

test('sizes that no memtable can have are refused', (t) => {
  for (const capacity of [0, -1, 1000, 2 ** 31, 4096.5, Number.NaN]) {
    t.throws(() => Memtable.create(1, capacity), { code: 'LITHIFY_INVALID_ARGUMENT' });
  }
});
