import test from 'ava';
import { MAX_HEADER_BYTES, MAX_VALUE_BYTES, type NewRecord } from '../../protocol/log.ts';
import { encodable } from '../../storage/log/new-record.ts';

const GOOD: NewRecord = { key: 1n, value: 'x' };
const value = new Uint8Array(1);

// What a program without types may hand over.
const REFUSED: readonly [what: string, given: unknown, message: RegExp][] = [
  ['nothing', undefined, /A record must be an object/],
  ['no key', { value: 'x' }, /key .*not undefined/],
  ['a number as key', { ...GOOD, key: 1 }, /key .*not number 1/],
  ['a key below 0', { ...GOOD, key: -1n }, /key .*not bigint -1/],
  ['a key above u64', { ...GOOD, key: 2n ** 64n }, /key .*not bigint 18446744073709551616/],
  ['no value', { key: 1n }, /value .*not undefined/],
  ['an array as value', { ...GOOD, value: [1] }, /value .*not an array/],
  ['a value that is half a character', { ...GOOD, value: 'a\ud800' }, /value .*lone surrogate/],
  ['a value that is too large', { ...GOOD, value: new Uint8Array(MAX_VALUE_BYTES + 1) }, /value .*67108865 bytes/],
  ['headers that are an object', { ...GOOD, headers: {} }, /headers .*array/],
  ['a header that is nothing', { ...GOOD, headers: [null] }, /key of header 0/],
  [
    'a header with a key of bytes',
    {
      ...GOOD,
      headers: [
        { key: 'a', value },
        { key: value, value },
      ],
    },
    /key of header 1/,
  ],
  ['a header with a value of text', { ...GOOD, headers: [{ key: 'a', value: 'b' }] }, /value of header 0/],
  ['a header key that is half a character', { ...GOOD, headers: [{ key: '\udc00', value }] }, /key of header 0 .*lone surrogate/],
  [
    'headers that are too large',
    { ...GOOD, headers: [{ key: 'a', value: new Uint8Array(MAX_HEADER_BYTES - 5) }] },
    /headers .*65537 bytes/,
  ],
  ['a time that is not a number', { ...GOOD, timestamp: Number.NaN }, /timestamp .*NaN/],
  ['an infinite time', { ...GOOD, timestamp: Number.NEGATIVE_INFINITY }, /timestamp .*-Infinity/],
  ['a time beyond all calendars', { ...GOOD, timestamp: 8.65e15 }, /timestamp /],
  ['a date as time', { ...GOOD, timestamp: new Date(0) }, /timestamp .*object/],
];

for (const [what, given, message] of REFUSED) {
  test(`${what} is refused by name`, (t) => {
    t.throws(() => encodable(given as NewRecord), { code: 'LITHIFY_INVALID_ARGUMENT', message });
  });
}

test('the largest of everything is taken', (t) => {
  const largest = {
    key: 2n ** 64n - 1n,
    value: new Uint8Array(MAX_VALUE_BYTES),
    headers: [{ key: 'a', value: new Uint8Array(MAX_HEADER_BYTES - 6) }],
    timestamp: -8.64e15,
  };
  t.notThrows(() => encodable(largest));
});

test('text becomes UTF-8, long text too; bytes are taken as they are', (t) => {
  for (const text of ['', 'é\u{1f600}', 'ü'.repeat(5000)]) {
    t.deepEqual(Buffer.from(encodable({ key: 0n, value: text }).value).toString(), text);
  }
  t.is(encodable({ key: 0n, value }).value, value);
});
