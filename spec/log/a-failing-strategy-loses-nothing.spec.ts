import test from 'ava';
import type { LithifyError } from '../../protocol/errors.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import type { Strategy } from '../../storage/log/strategy.ts';
import { refusal } from './support/errors.ts';
import { log, PassBench } from './support/passes.ts';

const MODULE = import.meta.resolve('./support/strategies.ts');
const sound = { init: () => new Map(), reduce: () => false, collect: () => new Map() };
// What no sound strategy answers is answered on purpose here.
const unsound = <T>(value: unknown): T => value as T;

async function partsOf(bench: PassBench): Promise<LogPart[]> {
  return bench.parts(log([0, 1, 2, 0, 1, 2]));
}

/** A whole pass fails as it should, and leaves the store as it was. */
async function failure(strategy: unknown, rules = {}): Promise<LithifyError & { readonly changed: boolean }> {
  const bench = new PassBench();
  const parts = await partsOf(bench);
  const before = await bench.blobs.list();
  const error = await refusal('LITHIFY_STRATEGY', () => bench.pass(parts, strategy, { rules }));
  const after = [...(await bench.blobs.list()), ...(await bench.blobs.listUnfinished())];
  return Object.assign(error, { changed: before.join() !== after.join() || bench.offsets(parts).length !== 6 });
}

const boom = (): never => {
  throw new Error('boom');
};
const atThree = (record: { offset: number }): void => {
  if (record.offset === 3) boom();
};

for (const [what, strategy, message] of [
  [
    'reduce throws',
    { ...sound, reduce: (_: unknown, __: unknown, record: { offset: number }) => atThree(record) ?? false },
    /reduce threw at offset 3: boom/,
  ],
  [
    'key throws',
    { ...sound, key: (record: { offset: number; key: bigint }) => atThree(record) ?? record.key },
    /key threw at offset 3: boom/,
  ],
  [
    'reduce answers no boolean',
    { ...sound, reduce: () => undefined },
    /reduce answered undefined where it must answer true or false at offset 0/,
  ],
  ['reduce is asynchronous', { ...sound, reduce: async () => false }, /reduce answered a promise/],
  [
    'a key is a number',
    { ...sound, key: () => 5 },
    /key answered number 5 where it must answer a bigint, a string or undefined at offset 0/,
  ],
] as const) {
  test(`${what}: the error names topic, partition and offset, and nothing is lost`, async (t) => {
    const error = await failure(strategy);
    t.regex(error.message, message);
    t.regex(error.message, /topic "my-topic", partition 3/);
    t.like(error.details, { topic: 'my-topic', partition: 3 });
    t.is(typeof error.details.offset, 'number');
    t.false(error.changed);
  });
}

for (const [what, strategy, message] of [
  ['init throws', { ...sound, init: boom }, /init failed: boom/],
  ['init rejects', { ...sound, init: async () => boom() }, /init failed: boom/],
  [
    'collect throws, and laterPass would, which a first pass does not ask',
    { ...sound, laterPass: boom, collect: boom },
    /collect threw: boom/,
  ],
  ['collect answers no map', { ...sound, collect: () => ({ 1: 2 }) }, /collect answered a object where it must answer a Map/],
  ['collect is asynchronous', { ...sound, collect: async () => new Map() }, /collect answered a promise/],
  [
    'a minimum is a bigint',
    { ...sound, collect: () => new Map([[1n, 2n]]) },
    /collect answered bigint 2 where it must answer an offset for the key 1/,
  ],
  ['a minimum is below 0', { ...sound, collect: () => new Map([['a', -1]]) }, /an offset for the key a/],
  ['a minimum is no whole number', { ...sound, collect: () => new Map([['a', 0.5]]) }, /an offset for the key a/],
  ['a key of the map is a number', { ...sound, collect: () => new Map([[1, 1]]) }, /bigints or strings, as keys/],
] as const) {
  test(`${what}: the error names topic and partition, and nothing is lost`, async (t) => {
    const error = await failure(strategy);
    t.regex(error.message, message);
    t.like(error.details, { topic: 'my-topic', partition: 3 });
    t.false(error.changed);
  });
}

test('a tombstone predicate that throws half-way through a rewrite leaves no blob', async (t) => {
  const tombstone = (record: { offset: number }): boolean => atThree(record) ?? false;
  const error = await failure(keyBasedRetention(9, { tombstone }), { tombstonesOlderThan: 1e15 });
  t.regex(error.message, /tombstone threw at offset 3: boom/);
  t.false(error.changed);
  t.regex(
    (await failure(keyBasedRetention(9, { tombstone: () => unsound('yes') }), { tombstonesOlderThan: 1e15 })).message,
    /tombstone answered string yes/,
  );
});

test('a strategy with no room for the record that a pass was made for is refused, or passes would never end', async (t) => {
  const full: Strategy = { ...sound, reduce: () => true };
  const error = await failure(full);
  t.regex(error.message, /no room for the first record of a pass/);
  t.is(error.details.offset, 0);
  const bench = new PassBench();
  const parts = await partsOf(bench);
  t.is((await refusal('LITHIFY_STRATEGY', () => bench.analyze(parts, full, { from: 4 }))).details.offset, 4);
});

test('a module that cannot be loaded, lacks the export or exports no strategy fails the job and says so', async (t) => {
  const message = async (given: { module: string; export?: string }): Promise<string> => (await failure(given)).message;
  t.regex(await message({ module: new URL('./nowhere.ts', MODULE).href }), /nowhere\.ts cannot be loaded/);
  t.regex(await message({ module: MODULE, export: 'missing' }), /strategies\.ts has no export missing; it has .*newest/);
  t.regex(await message({ module: MODULE, export: 'notAStrategy' }), /exports as notAStrategy must be a built-in one, an object/);
  t.regex(await message({ module: MODULE, export: 'lacking' }), /exports as lacking lacks the functions reduce, collect/);
  t.regex(await message({ module: MODULE, export: 'throwing' }), /export throwing of .* threw instead of making a strategy: no secret/);
});

test('a sound module works: an export, one that is made, one with a key of its own', async (t) => {
  for (const [name, offsets] of [
    ['newest', [3, 4, 5]],
    ['default', [0, 1, 2, 3, 4, 5]],
    ['byName', [0, 1, 2, 3, 4, 5]],
  ] as const) {
    const bench = new PassBench();
    const { parts } = await bench.compact(await partsOf(bench), { module: MODULE, export: name });
    t.deepEqual(bench.offsets(parts), [...offsets], name);
  }
});
