import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { MemoryLevel } from 'memory-level';
import { type Engine, open } from '../../index.ts';
import { assertWithin } from '../support/assert-within.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { outcomeOf, PLACES, type Place, Side } from './support/side.ts';
import type { Bounds, Pair } from './support/surface.ts';

/** What happens to both databases alike, or to ours alone. */
type Step =
  | { readonly do: 'call'; readonly name: string; readonly run: (side: Side) => Promise<unknown> }
  | { readonly do: 'compact'; readonly message: 'MinorCompact' | 'MajorCompaction' | 'GarbageCollect' }
  | { readonly do: 'reopen' };

const key = fc
  .integer({ min: 0, max: 60 })
  .map((n) => ['', 'a', 'a\u0000', 'é', '\uffff'][n] ?? `k${String((n * 37) % 61).padStart(2, '0')}`);
const value = fc.integer({ min: 0, max: 99 }).map((n) => (n === 0 ? '' : `v${n}${'y'.repeat(n * 2)}`));
const place: fc.Arbitrary<Place> = fc.constantFrom(...PLACES);
const lower = fc.oneof(
  fc.constant({}),
  key.map((gt) => ({ gt })),
  key.map((gte) => ({ gte })),
);
const upper = fc.oneof(
  fc.constant({}),
  key.map((lt) => ({ lt })),
  key.map((lte) => ({ lte })),
);
const order = fc.record({ reverse: fc.boolean(), limit: fc.constantFrom(-1, -1, -1, 0, 1, 9) });
const bounds: fc.Arbitrary<Bounds> = fc.tuple(lower, upper, order).map(([low, high, rest]) => ({ ...low, ...high, ...rest }));
const range: fc.Arbitrary<Bounds> = fc.tuple(lower, upper).map(([low, high]) => ({ ...low, ...high }));
const pairs: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(key, fc.option(value, { freq: 4, nil: null })), { minLength: 1, maxLength: 40 });
const number = fc.integer({ min: 0, max: 3 });
const keys = fc.array(key, { maxLength: 8 });

function call(name: string, run: (side: Side) => Promise<unknown>): Step {
  return { do: 'call', name, run };
}

const writing: fc.Arbitrary<Step>[] = [
  fc.tuple(place, pairs).map(([at, all]) => call(`batch ${at} ${JSON.stringify(all)}`, (side) => side.at(at).batch(all))),
  fc.tuple(place, pairs).map(([at, all]) => call(`chained ${at} ${JSON.stringify(all)}`, (side) => side.at(at).chained(all))),
  fc.tuple(place, key, value).map(([at, k, v]) => call(`put ${at} ${k}`, (side) => side.at(at).put(k, v))),
  fc.tuple(place, key).map(([at, k]) => call(`del ${at} ${k}`, (side) => side.at(at).del(k))),
  fc
    .tuple(place, fc.oneof(range, bounds), fc.option(number, { nil: undefined, freq: 1 }))
    .map(([at, given, moment]) =>
      call(`clear ${at} ${JSON.stringify(given)} at ${moment}`, (side) => side.at(at).clear(given, snapshotOf(side, moment))),
    ),
];

const reading: fc.Arbitrary<Step>[] = [
  fc
    .tuple(place, key, fc.option(number, { nil: undefined }))
    .map(([at, k, moment]) => call(`get ${at} ${k} at ${moment}`, (side) => side.at(at).get(k, snapshotOf(side, moment)))),
  fc
    .tuple(place, keys, fc.option(number, { nil: undefined }))
    .map(([at, all, moment]) =>
      call(`getMany ${at} ${all} at ${moment}`, async (side) => [
        await side.at(at).getMany(all, snapshotOf(side, moment)),
        await side.at(at).hasMany(all, snapshotOf(side, moment)),
      ]),
    ),
  fc
    .tuple(place, fc.constantFrom('iterator' as const, 'keys' as const, 'values' as const), bounds, fc.option(number, { nil: undefined }))
    .map(([at, what, given, moment]) =>
      call(`all ${what} ${at} ${JSON.stringify(given)} at ${moment}`, async (side) => {
        const walk = side.at(at).walk(what, given, snapshotOf(side, moment));
        const all = await walk.nextv(1000);
        await walk.close();
        return all;
      }),
    ),
];

const holding: fc.Arbitrary<Step>[] = [
  number.map((n) =>
    call(`snapshot ${n}`, async (side) => {
      await side.snapshots.get(n)?.close();
      side.snapshots.set(n, side.db.snapshot());
    }),
  ),
  number.map((n) =>
    call(`close snapshot ${n}`, async (side) => {
      await side.snapshots.get(n)?.close();
      side.snapshots.delete(n);
    }),
  ),
  fc
    .tuple(number, place, fc.constantFrom('iterator' as const, 'keys' as const), bounds, fc.option(number, { nil: undefined }))
    .map(([n, at, what, given, moment]) =>
      call(`open ${what} ${n} ${at} ${JSON.stringify(given)} at ${moment}`, async (side) => {
        await side.walks.get(n)?.close();
        side.walks.set(n, side.at(at).walk(what, given, snapshotOf(side, moment)));
      }),
    ),
  fc
    .tuple(number, fc.integer({ min: 1, max: 12 }))
    .map(([n, count]) => call(`step ${n} by ${count}`, async (side) => side.walks.get(n)?.nextv(count))),
  number.map((n) => call(`step ${n}`, async (side) => side.walks.get(n)?.next())),
  fc.tuple(number, key).map(([n, k]) => call(`seek ${n} to ${k}`, async (side) => side.walks.get(n)?.seek(k))),
];

const compacting: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'compact', message: 'MinorCompact' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'compact', message: 'MajorCompaction' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'compact', message: 'GarbageCollect' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'reopen' }) },
);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(...writing) },
  { weight: 3, arbitrary: fc.oneof(...reading) },
  { weight: 5, arbitrary: fc.oneof(...holding) },
  { weight: 4, arbitrary: compacting },
);

function snapshotOf(side: Side, moment: number | undefined) {
  return moment === undefined ? undefined : side.snapshots.get(moment);
}

/** Both databases go through the same history; after each step they must have said the same. */
async function compare(history: readonly Step[], opened: () => Promise<Engine>, canReopen: boolean): Promise<void> {
  let engine = await opened();
  let ours = new Side(engine.kv);
  const theirs = new Side(new MemoryLevel<string, string>());
  const done: string[] = [];
  await Promise.all([ours.ready, theirs.ready]);
  try {
    for (const one of history) {
      done.push(one.do === 'call' ? one.name : one.do === 'compact' ? one.message : 'reopen');
      if (one.do === 'call') {
        const [mine, other] = [await outcomeOf(() => one.run(ours)), await outcomeOf(() => one.run(theirs))];
        if (mine !== other) throw new Error(`after\n  ${done.join('\n  ')}\nlithify says ${mine}\nmemory-level ${other}`);
      } else if (one.do === 'compact') {
        await engine.ask({ type: one.message });
      } else if (canReopen) {
        await Promise.all([ours.letGo(), theirs.letGo()]);
        await engine.close();
        engine = await opened();
        ours = new Side(engine.kv);
        await ours.ready;
      }
    }
    const damage = (await engine.verify()).damage;
    if (damage.length > 0) throw new Error(JSON.stringify(damage));
  } finally {
    await Promise.all([ours.letGo(), theirs.letGo()]);
    await Promise.all([engine.close(), theirs.db.close()]);
  }
}

async function check(t: ExecutionContext, compared: (history: Step[]) => Promise<void>): Promise<void> {
  const histories = fc.array(step, { minLength: 10, maxLength: 80, size: 'max' });
  await assertWithin(40_000, histories, compared, { numRuns: 40, includeErrorInReport: true });
  t.pass();
}

test('whatever is done to both, the store says what memory-level says, compacted all the time', async (t) => {
  await check(t, async (history) => {
    const directory = await tempDirectory(t);
    await compare(history, () => open(directory, TINY), true);
  });
});

test('so does a store in memory', async (t) => {
  await check(t, (history) => compare(history, () => open('in memory', { ...TINY, storage: 'memory' }), false));
});
