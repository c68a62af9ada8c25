import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { composedRetention } from '../../storage/log/strategies/composed.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import { retentionModule, strategySpecOf } from '../../storage/log/strategies/strategy-spec.ts';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LithifyError && error.code === 'LITHIFY_INVALID_ARGUMENT') return error.message;
    throw error;
  }
  return 'not refused';
}

// What is not a strategy is given on purpose here, as a caller without types would.
const unsound = <T>(value: unknown): T => value as T;

test('room for no key at all is refused, because such a compaction would never end', (t) => {
  for (const none of [
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    unsound<number>('5'),
    unsound<number>(undefined),
    unsound<number>(5n),
  ]) {
    t.regex(
      refusal(() => keyBasedRetention(none)),
      /maxKeys must be a whole number from 1/,
    );
    t.regex(
      refusal(() => nthKeyBasedRetention(none, 1)),
      /maxKeys must be a whole number from 1/,
    );
    t.regex(
      refusal(() => nthKeyBasedRetention(1, none)),
      /: n must be a whole number from 1/,
    );
  }
});

test('options that are unknown or of the wrong kind are refused by name', (t) => {
  t.regex(
    refusal(() => keyBasedRetention(1, unsound({ kee: () => 1n }))),
    /kee must be absent/,
  );
  t.regex(
    refusal(() => keyBasedRetention(1, unsound({ key: 'id' }))),
    /key must be a function/,
  );
  t.regex(
    refusal(() => nthKeyBasedRetention(1, 1, unsound({ tombstone: true }))),
    /tombstone must be 'empty-value' or a function/,
  );
  t.regex(
    refusal(() => nthKeyBasedRetention(1, 1, unsound(null))),
    /options must be an object/,
  );
});

test('a built-in strategy without functions is told to threads as data, one with functions is not', (t) => {
  t.deepEqual(strategySpecOf(keyBasedRetention(7)), { kind: 'key', maxKeys: 7, emptyIsTombstone: false });
  t.deepEqual(strategySpecOf(nthKeyBasedRetention(7, 3, { tombstone: 'empty-value' })), {
    kind: 'nth',
    maxKeys: 7,
    n: 3,
    emptyIsTombstone: true,
  });
  const functions = [{ key: () => 'k' }, { tombstone: () => true }];
  for (const options of functions) {
    const own = keyBasedRetention(7, options);
    t.deepEqual(strategySpecOf(own), { kind: 'object', strategy: own });
    const nth = nthKeyBasedRetention(7, 7, options);
    t.deepEqual(strategySpecOf(nth), { kind: 'object', strategy: nth });
  }
});

test("a copy of a built-in strategy with a function of one's own is not taken for the built-in one", (t) => {
  const builtIn = keyBasedRetention(7);
  const own = {
    key: () => 'always the same',
    init: () => builtIn.init(),
    reduce: builtIn.reduce.bind(builtIn),
    collect: builtIn.collect.bind(builtIn),
    spec: builtIn.spec,
  };
  t.is(strategySpecOf(own).kind, 'object');
});

test('an own strategy must have its functions, and is told what it lacks', (t) => {
  const init = () => 0;
  t.regex(
    refusal(() => strategySpecOf({})),
    /lacks the functions init, reduce, collect/,
  );
  t.regex(
    refusal(() => strategySpecOf({ init, reduce: () => false })),
    /lacks the function collect/,
  );
  t.regex(
    refusal(() => strategySpecOf({ init, reduce: () => false, collect: () => new Map(), tombstone: 1 })),
    /has a tombstone that is not a function/,
  );
  for (const none of [undefined, null, 5, 'key', true]) {
    t.regex(
      refusal(() => strategySpecOf(none)),
      /must be a built-in one, an object with init, reduce and collect, or \{ module, export \}/,
    );
  }
});

test('a strategy may be a class with static functions', (t) => {
  // biome-ignore lint/complexity/noStaticOnlyClass: The seed's strategies are types with functions, and some will write them so.
  class Static {
    static init = (): number => 0;
    static reduce = (): boolean => false;
    static collect = (): ReadonlyMap<bigint, number> => new Map();
  }
  t.is(strategySpecOf(Static).kind, 'object');
});

test('a strategy module is named by an absolute URL and an export', (t) => {
  const module = import.meta.resolve('./support/strategies.ts');
  t.deepEqual(strategySpecOf({ module }), { kind: 'module', module, export: 'default' });
  t.deepEqual(strategySpecOf({ module: new URL(module), export: 'newest' }), { kind: 'module', module, export: 'newest' });
  t.deepEqual(retentionModule({ module }), { module });
  t.regex(
    refusal(() => strategySpecOf({ module: './strategies.ts' })),
    /absolute URL, such as import\.meta\.resolve/,
  );
  t.regex(
    refusal(() => retentionModule(unsound({ module: 5 }))),
    /absolute URL/,
  );
  t.regex(
    refusal(() => strategySpecOf({ module, export: '' })),
    /export .* must be the name of one/,
  );
  t.regex(
    refusal(() => strategySpecOf({ module, exports: 'newest' })),
    /has no exports/,
  );
});

test('a composition says which of its routes lacks what', (t) => {
  const route = { when: () => true, strategy: keyBasedRetention(1) };
  t.regex(
    refusal(() => composedRetention([])),
    /at least one/,
  );
  t.regex(
    refusal(() => composedRetention(unsound({}))),
    /an array/,
  );
  t.regex(
    refusal(() => composedRetention([route, unsound({ strategy: route.strategy })])),
    /when of route 1 must be a function/,
  );
  t.regex(
    refusal(() => composedRetention([route, unsound({ when: () => true, strategy: { init: () => 0 } })])),
    /strategy of route 1 lacks the functions reduce, collect/,
  );
  t.regex(
    refusal(() => composedRetention([unsound(null)])),
    /route 0 must be/,
  );
});
