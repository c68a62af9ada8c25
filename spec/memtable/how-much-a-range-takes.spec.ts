import test from 'ava';
import fc from 'fast-check';
import { filled } from './model.ts';

const one = new Uint8Array([1]);

function keyOf(n: number, prefix = 'key-'): Uint8Array {
  return new TextEncoder().encode(`${prefix}${String(n).padStart(6, '0')}`);
}

function filledWith(count: number) {
  // In an order of its own, so that nodes split everywhere.
  return filled([Array.from({ length: count }, (_, i) => [keyOf((i * 7919) % count), one] as const)], 4 << 20).memtable;
}

test('a range is given about its share of what the memtable takes', (t) => {
  const memtable = filledWith(20_000);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 20_000 }), (from, to) => {
      const share = memtable.bytesIn({ gte: keyOf(from), lt: keyOf(to) }) / memtable.bytes;
      t.true(Math.abs(share - Math.max(0, to - from) / 20_000) < 0.15, `${from} to ${to}: ${share}`);
    }),
  );
});

test('in a small memtable it is exact', (t) => {
  const memtable = filledWith(20);
  for (const [from, to] of [
    [0, 20],
    [5, 10],
    [19, 20],
    [7, 7],
    [12, 3],
  ])
    t.is(memtable.bytesIn({ gte: keyOf(from), lt: keyOf(to) }), Math.max(0, Math.round(((to - from) / 20) * memtable.bytes)));
});

test('without bounds, or with bounds beyond all keys, it is everything; beside them nothing', (t) => {
  const memtable = filledWith(1000);
  for (const range of [{}, { gte: keyOf(0, 'a') }, { lt: keyOf(0, 'z') }, { gte: keyOf(0), lt: keyOf(1000) }])
    t.is(memtable.bytesIn(range), memtable.bytes);
  for (const range of [{ lt: keyOf(0, 'a') }, { gte: keyOf(0, 'z') }, { gte: keyOf(0, 'l'), lt: keyOf(0, 'z') }])
    t.is(memtable.bytesIn(range), 0);
  t.is(filledWith(0).bytesIn({}), 0);
});
