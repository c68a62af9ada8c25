import test from 'ava';
import fc from 'fast-check';
import { compactionMapOf, entriesOf, minimumIn } from '../../storage/log/compaction-map.ts';
import { FlatOffsets } from '../../storage/log/strategies/flat-offsets.ts';
import { FlatQueues } from '../../storage/log/strategies/flat-queues.ts';
import { keyHash, slotOf, slotsFor } from '../../storage/log/strategies/key-hash.ts';

const MAX_U64 = 2n ** 64n - 1n;
/** Few keys, and those that look like something else: free slots, multiples of 2^32, both ends. */
const anyKey = fc.oneof(
  fc.constantFrom(0n, 1n, MAX_U64, MAX_U64 - 1n, 2n ** 63n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 32n, 2n ** 33n, 2n ** 32n - 1n),
  fc.bigInt({ min: 0n, max: 12n }),
  fc.bigInt({ min: 0n, max: 12n }).map((n) => n << 32n),
);
const anyOffset = fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER, 2 ** 32, 2 ** 32 - 1));

/** A map's order is nobody's business. */
function sorted(entries: Iterable<readonly [bigint | string, number]>): (readonly [bigint | string, number])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

function low(key: bigint): number {
  return Number(key & 0xffffffffn);
}
function high(key: bigint): number {
  return Number(key >> 32n);
}

test('a flat table of offsets is a map with room for so many keys', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyKey, anyOffset), { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (puts, maxKeys) => {
      const model = new Map<bigint, number>();
      const table = FlatOffsets.create(maxKeys);
      for (const [key, offset] of puts) {
        const fits = model.has(key) || model.size < maxKeys;
        if (fits) model.set(key, offset);
        t.is(table.set(low(key), high(key), offset), fits);
      }
      for (const [key] of puts) t.is(table.get(low(key), high(key)), model.get(key) ?? -1);
      t.deepEqual(sorted(FlatOffsets.attach(table.share()).entries()), sorted(model));
    }),
    { numRuns: 300 },
  );
});

test('flat queues hold the newest n offsets of so many keys', async (t) => {
  const anyPush = fc.tuple(anyKey, fc.boolean());
  const few = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyPush, { maxLength: 80 }),
      fc.integer({ min: 1, max: 20 }),
      few,
      fc.nat(80),
      async (pushes, maxKeys, n, moveAt) => {
        const model = new Map<bigint, { offsets: number[]; isCut: boolean }>();
        let table = FlatQueues.create({ maxKeys, n });
        pushes.forEach(([key, cuts], offset) => {
          if (offset === moveAt) table = FlatQueues.attach(table.share(), { maxKeys, n });
          const fits = model.has(key) || model.size < maxKeys;
          const was = model.get(key) ?? { offsets: [], isCut: false };
          if (fits) model.set(key, { offsets: cuts ? [offset] : [...was.offsets, offset].slice(-n), isCut: cuts || was.isCut });
          t.is(table.push(low(key), high(key), offset, cuts), fits);
        });
        const all = [...model].map(([key, { offsets }]) => [key, offsets[0]] as const);
        t.deepEqual(sorted((await table.collect(false)).entries()), sorted(all));
        const whole = [...model].filter(([, { offsets, isCut }]) => isCut || offsets.length === n);
        t.deepEqual(sorted((await table.collect(true)).entries()), sorted(whole.map(([key, { offsets }]) => [key, offsets[0]])));
      },
    ),
    { numRuns: 300 },
  );
});

test('queues longer than a segment, and more queues than one holds, are kept apart', async (t) => {
  for (const [n, keys] of [
    [600_000, 3],
    [10, 100_000],
  ]) {
    const table = FlatQueues.create({ maxKeys: keys, n });
    for (let offset = 0; offset < 2 * keys; offset++) table.push(offset % keys, 0, offset);
    const map = await table.collect(false);
    t.is(map.size, keys);
    for (let key = 0; key < keys; key++) if (map.get(key, 0) !== key) t.fail(`key ${key}: ${map.get(key, 0)}`);
  }
});

const PATTERNS: Readonly<Record<string, (n: number) => readonly [number, number]>> = {
  'sequential keys': (n) => [n, 0],
  'multiples of 2^32': (n) => [0, n],
  'keys of two words alike': (n) => [n, n],
  'types in the top 12 bits': (n) => [n >>> 4, (n & 15) << 20],
  'multiples of a page': (n) => [(n * 4096) >>> 0, Math.floor((n * 4096) / 2 ** 32)],
  'keys from the end': (n) => [0xffffffff - n, 0xffffffff],
};

for (const [name, keyAt] of Object.entries(PATTERNS)) {
  test(`a full table of ${name} has no long searches`, (t) => {
    const keys = 200_000;
    const slots = slotsFor(keys);
    const filled = new Uint8Array(slots);
    let steps = 0;
    for (let n = 0; n < keys; n++) {
      let slot = slotOf(keyHash(...keyAt(n)), slots);
      for (; filled[slot] !== 0; slot = (slot + 1) % slots) steps++;
      filled[slot] = 1;
    }
    // Random keys take 1.5 steps each while a table fills to 75 %.
    t.true(steps / keys < 2, `${steps / keys} steps a key`);
  });
}

test('a compaction map answers the minimum of a key, exactly, whether it is flat or not', async (t) => {
  const entries = new Map<bigint | string, number>([
    [0n, 0],
    [MAX_U64, Number.MAX_SAFE_INTEGER],
  ]);
  const flat = await compactionMapOf(entries);
  t.is(flat.kind, 'flat');
  const mixed = await compactionMapOf(new Map([...entries, ['0', 7]]));
  t.is(mixed.kind, 'map');
  for (const map of [flat, mixed]) {
    t.is(minimumIn(map, 0n), 0);
    t.is(minimumIn(map, MAX_U64), Number.MAX_SAFE_INTEGER);
    t.is(minimumIn(map, 1n), undefined);
    t.is(minimumIn(map, -1n), undefined);
    t.is(minimumIn(map, 2n ** 64n), undefined);
  }
  t.is(minimumIn(flat, '0'), undefined);
  t.is(minimumIn(mixed, '0'), 7);
  t.deepEqual(sorted(entriesOf(flat)), sorted(entries));
});
