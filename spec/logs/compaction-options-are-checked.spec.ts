import test from 'ava';
import { type CompactionOptions, resolveCompaction } from '../../protocol/compaction-options.ts';
import { LithifyError } from '../../protocol/errors.ts';

test('what is not said has a default, or no rule', (t) => {
  t.deepEqual(resolveCompaction(), {
    strategy: undefined,
    compactionThreshold: 65_536,
    minDirtyRatio: 0.5,
    backPressure: true,
    tombstoneDelayMs: 86_400_000,
    keepUnreadBy: [],
    budgetMs: 10_000,
  });
});

test('what is said is taken as it is, and the strategy is not looked at here', (t) => {
  const given = {
    ...{ strategy: 'anything', compactionThreshold: 1, minDirtyRatio: 0, backPressure: false, maxAgeMs: 1, maxBytes: 2 },
    ...{ tombstoneDelayMs: 0, keepUnreadBy: ['a', 'b'], groupExpiryMs: 3, budgetMs: 1 },
  };
  t.deepEqual(resolveCompaction(given), given);
  t.deepEqual(resolveCompaction({ keepUnreadBy: ['a', 'b', 'a'] }).keepUnreadBy, ['a', 'b']);
});

test('what is not sound is refused by name', (t) => {
  const wrong: [name: string, values: unknown[]][] = [
    ['compactionThreshold', [0, -1, 1.5, Number.NaN, 2 ** 40, '64']],
    ['minDirtyRatio', [-0.1, 1.1, Number.NaN, '0.5']],
    ['backPressure', ['no', 0]],
    ['maxAgeMs', [0, -5, 0.5, Number.POSITIVE_INFINITY]],
    ['maxBytes', [0, '1', 2 ** 60]],
    ['tombstoneDelayMs', [-1, 0.1]],
    ['keepUnreadBy', ['group', [''], [1], {}]],
    ['groupExpiryMs', [0]],
    ['budgetMs', [0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, '10']],
    ['maxKeys', [1]],
  ];
  for (const [name, values] of wrong) {
    for (const value of values) {
      const error = t.throws(() => resolveCompaction({ [name]: value }), { instanceOf: LithifyError, code: 'LITHIFY_INVALID_ARGUMENT' });
      t.is(error?.details.option, name, `${name}: ${String(value)}`);
    }
  }
  for (const given of [null, 7, []]) t.throws(() => resolveCompaction(given as CompactionOptions), { code: 'LITHIFY_INVALID_ARGUMENT' });
});
