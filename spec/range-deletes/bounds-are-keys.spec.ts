import test from 'ava';
import fc from 'fast-check';
import { compareBytes, MAX_KEY_BYTES } from '../../storage/entry.ts';
import { keyBounds } from '../../storage/range-deletes/key-bounds.ts';
import { anyKey } from '../support/tables.ts';

const bound = fc.option(anyKey, { nil: undefined });

test('a range of keys is taken as it is; without a lower bound it begins at the empty key', (t) => {
  fc.assert(
    fc.property(bound, bound, fc.array(anyKey), (gte, lt, keys) => {
      const found = keyBounds({ ...(gte && { gte }), ...(lt && { lt }) });
      for (const key of [new Uint8Array(0), ...keys, ...(gte ? [gte] : []), ...(lt ? [lt] : [])]) {
        const isIn = (!gte || compareBytes(gte, key) <= 0) && (!lt || compareBytes(key, lt) < 0);
        const isFound = found !== undefined && compareBytes(found.start, key) <= 0 && (!found.end || compareBytes(key, found.end) < 0);
        t.is(isFound, isIn);
      }
    }),
  );
});

test('a range that no key can be in is none', (t) => {
  const empty = new Uint8Array(0);
  const one = new Uint8Array([1]);
  t.is(keyBounds({ lt: empty }), undefined);
  t.is(keyBounds({ gte: empty, lt: empty }), undefined);
  t.is(keyBounds({ gte: one, lt: one }), undefined);
  t.is(keyBounds({ gte: new Uint8Array(MAX_KEY_BYTES + 1).fill(255) }), undefined);
  t.deepEqual(keyBounds({}), { start: empty });
  t.deepEqual(keyBounds({ gte: empty, lt: new Uint8Array([0]) }), { start: empty, end: new Uint8Array([0]) });
});

test('a bound that is longer than any key becomes the next key', (t) => {
  const long = (fill: number, last: readonly number[], more = 1): Uint8Array => {
    const key = new Uint8Array(MAX_KEY_BYTES + more).fill(fill);
    key.set(last, MAX_KEY_BYTES - last.length);
    return key;
  };
  const next = keyBounds({ gte: long(7, [8]) })?.start;
  t.is(next?.length, MAX_KEY_BYTES);
  t.deepEqual([...(next ?? []).slice(-2)], [7, 9]);
  const carried = keyBounds({ lt: long(7, [255, 255], 9) })?.end;
  t.is(carried?.length, MAX_KEY_BYTES - 2);
  t.is(carried?.at(-1), 8);
  t.is(keyBounds({ lt: long(255, []) })?.end, undefined, 'no key is as high');
  const longest = long(7, [8]).slice(0, MAX_KEY_BYTES);
  t.is(keyBounds({ gte: longest })?.start, longest);
  // What Level makes of { lte: the longest key }: this key and a zero.
  t.is(compareBytes(keyBounds({ lt: new Uint8Array([...longest, 0]) })?.end ?? longest, longest) > 0, true);
});
