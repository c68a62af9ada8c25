import test from 'ava';
import fc from 'fast-check';
import { type Load, pressureOf, slowdownOf } from '../../actors/pressure.ts';
import { allowedDebt, DEFAULTS, loadOf, MiB } from './support/loads.ts';

const MOST_MS_PER_MIB = 2_048;

function slowed(load: Load, options = DEFAULTS): number {
  return slowdownOf(load, options)?.msPerMiB ?? 0;
}

const memory = fc.record({
  sealed: fc.nat(40),
  memtablesLimit: fc.integer({ min: 2, max: 40 }),
  activeShare: fc.double({ min: 0, max: 1, noNaN: true }),
});
const owed = fc.record({ debt: fc.nat(2 ** 30), deletableBytes: fc.nat(2 ** 30), isBeingPaid: fc.boolean() });
const sizes = fc.record({ memtableBytes: fc.integer({ min: 4096, max: 1024 * MiB }), minorTrigger: fc.integer({ min: 1, max: 64 }) });

test('nobody is slowed at rest, nor for what nobody works off', (t) => {
  t.is(slowed(loadOf()), 0);
  t.is(slowed(loadOf({ activeShare: 1, memtablesLimit: 2 })), 0);
  t.is(slowed(loadOf({ debt: 100 * allowedDebt(), isBeingPaid: false })), 0);
  t.is(slowed(loadOf({ debt: 0.6 * allowedDebt() - 1, sealed: 7 })), 0);
});

test('more that waits never slows less, and never more than the most', (t) => {
  fc.assert(
    fc.property(memory, memory, owed, owed, sizes, (a, b, c, d, options) => {
      const low = loadOf({ ...least(a, b), ...least(c, d), isBeingPaid: c.isBeingPaid });
      const high = loadOf({ ...most(a, b), ...most(c, d), memtablesLimit: low.memtablesLimit, isBeingPaid: c.isBeingPaid });
      const [less, more] = [slowed(low, { ...DEFAULTS, ...options }), slowed(high, { ...DEFAULTS, ...options })];
      t.true(less <= more && more <= MOST_MS_PER_MIB && less >= 0, `${less} and ${more}`);
    }),
  );
});

test('it grows without a jump: a hundredth of the way is never a tenth of the slope', (t) => {
  const steps = Array.from({ length: 101 }, (_, i) => slowed(loadOf({ debt: ((60 + 0.4 * i) / 100) * allowedDebt() })));
  const most = slowed(loadOf({ debt: allowedDebt() }));
  const jumps = steps.slice(1).map((step, i) => step - (steps[i] ?? 0));
  t.true(Math.max(...jumps) < most / 10, `${Math.max(...jumps)} of ${most}`);
  t.is(steps.at(-1), most);
});

test('who is made to wait was slowed to the most before', (t) => {
  fc.assert(
    fc.property(memory, owed, sizes, (filled, owing, given) => {
      const options = { ...DEFAULTS, ...given };
      // A further memtable is begun when the active one is full.
      const load = loadOf({ ...filled, ...owing, activeShare: 1 });
      if (pressureOf(load, options) !== undefined && load.sealed > 0) t.true(slowed(load, options) === slowed(most1(load), options));
    }),
  );
});

test('the reason is the nearer limit, in numbers', (t) => {
  t.is(slowdownOf(loadOf({ sealed: 10 }), DEFAULTS)?.reason, 'memory fills up: 10 of 14 memtables wait for their flush');
  t.is(
    slowdownOf(loadOf({ debt: 120_000_000, sealed: 9 }), DEFAULTS)?.reason,
    'compaction falls behind: 120.0 MB wait to be merged or deleted, 134.2 MB may',
  );
});

for (const speed of [10, 30, 100]) {
  test(`writers that could do 400 MiB/s come to the ${speed} MiB/s of compaction before they have to wait`, (t) => {
    t.true(mostDebt(speed, (load) => slowed(load)) < allowedDebt());
    t.true(mostDebt(speed, () => 0) > 1.2 * allowedDebt(), 'without a slope they would run into the wall');
  });
}

/** Where debt gets to in ten seconds while compaction pays off so many MiB a second, in steps of a millisecond. */
function mostDebt(speed: number, slowdown: (load: Load) => number): number {
  let [debt, highest] = [0, 0];
  for (let ms = 0; ms < 10_000; ms++) {
    const msPerMiB = 1000 / 400 + slowdown(loadOf({ debt, isBeingPaid: true }));
    debt = Math.max(0, debt + (1 / msPerMiB - speed / 1000) * MiB);
    highest = Math.max(highest, debt);
  }
  return highest;
}

function least<T extends Record<string, number | boolean>>(a: T, b: T): T {
  return pick(a, b, Math.min);
}

function most<T extends Record<string, number | boolean>>(a: T, b: T): T {
  return pick(a, b, Math.max);
}

function pick<T extends Record<string, number | boolean>>(a: T, b: T, which: (x: number, y: number) => number): T {
  return Object.fromEntries(Object.keys(a).map((key) => [key, which(Number(a[key]), Number(b[key]))])) as T;
}

function most1(load: Load): Load {
  return { ...load, sealed: load.memtablesLimit };
}
