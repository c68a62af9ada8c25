import test from 'ava';
import fc from 'fast-check';
import { checkCommit, lagOf } from '../../actors/logs/group-lag.ts';

test('the lag is what lies behind the committed offset', (t) => {
  t.is(lagOf(6, { beginning: 0, end: 9 }), 3);
  t.is(lagOf(9, { beginning: 0, end: 9 }), 0);
});

test('a group that has committed nothing lags by everything, and in an empty topic by nothing', (t) => {
  t.is(lagOf(undefined, { beginning: 0, end: 9 }), 10);
  t.is(lagOf(undefined, { beginning: undefined, end: undefined }), 0);
  t.is(lagOf(3, { beginning: undefined, end: undefined }), 0);
});

test('who has read a record that was compacted away since is not behind', (t) => {
  t.is(lagOf(20, { beginning: 5, end: 12 }), 0);
});

test('records that went before they were read are not lagged behind', (t) => {
  t.is(lagOf(2, { beginning: 100, end: 109 }), 10);
  t.is(lagOf(undefined, { beginning: 100, end: 109 }), 10);
});

test('the lag is never less than the records that are left to read', (t) => {
  const offsets = fc.uniqueArray(fc.nat(50), { minLength: 1 }).map((some) => some.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(offsets, fc.option(fc.nat(60), { nil: undefined }), (kept, committed) => {
      const unread = kept.filter((offset) => offset > (committed ?? -1)).length;
      const lag = lagOf(committed, { beginning: kept[0], end: kept.at(-1) });
      t.true(lag >= unread && (unread > 0 || lag === 0));
    }),
  );
});

test('a commit may go back, and up to the last record that was ever produced', (t) => {
  for (const offset of [0, 5, 9]) t.is(checkCommit(offset, { next: 10 }), offset);
});

test('what no record has yet cannot be committed: the record that gets it would be skipped', (t) => {
  for (const offset of [10, -1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1]) {
    const error = t.throws(() => checkCommit(offset, { next: 10 }), { code: 'LITHIFY_INVALID_ARGUMENT' });
    t.regex(error?.message ?? '', /0 to 9/);
  }
  t.throws(() => checkCommit(0, { next: 0 }), { code: 'LITHIFY_INVALID_ARGUMENT', message: /no record yet/ });
});
