import test from 'ava';
import fc from 'fast-check';
import type { LogRecord } from '../../protocol/log.ts';
import { fromBase64, toBase64 } from '../../storage/log/base64.ts';
import { parseProducerRecord, toJsonLine } from '../../storage/log/json.ts';
import { formatTime, parseTime } from '../../storage/log/rfc3339.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const RECORD: LogRecord = {
  topic: 'ns:"topic"\n',
  partition: 3,
  offset: 127,
  key: 9007202990669551n,
  value: bytes('some-value'),
  headers: [
    { key: 'é', value: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) },
    { key: 'é', value: new Uint8Array(0) },
  ],
  timestamp: 1_700_000_000_123,
};
const LINE =
  '{"topic":"ns:\\"topic\\"\\n","headers":[{"key":"é","value":"3q2+7w=="},{"key":"é","value":""}],"timestamp":"2023-11-14T22:13:20.123Z","key":9007202990669551,"value":"c29tZS12YWx1ZQ==","partition":3,"offset":127}';

test('a line has the names, the order and the forms of streambed', (t) => {
  t.is(toJsonLine(RECORD), LINE);
  const { timestamp: _, ...untimed } = RECORD;
  t.true(toJsonLine({ ...untimed, headers: [] }).includes('"headers":[],"timestamp":null,"key":'));
});

test('a line that was consumed can be produced again, and nothing of it is lost', (t) => {
  const { offset: _, ...produced } = RECORD;
  t.deepEqual(parseProducerRecord(LINE), produced);
});

test('keys above 2^53 survive, in both directions', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.boolean(), (key, keyText) => {
      const line = toJsonLine({ ...RECORD, key }, { keyText });
      t.true(line.includes(keyText ? `"key":"${key}"` : `"key":${key},`));
      t.is(parseProducerRecord(line, { keyText }).key, key);
    }),
  );
  t.pass();
});

test('values as text are text where they can be, and never changed where they cannot', (t) => {
  const form = { keyText: true, valueText: true };
  t.true(toJsonLine({ ...RECORD, value: bytes('ä"') }, form).includes('"value":"ä\\""'));
  t.true(toJsonLine({ ...RECORD, value: Uint8Array.of(0xff) }, form).includes('"value64":"/w=="'));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.string({ unit: 'grapheme' }).map(bytes)), (value) => {
      for (const valueText of [true, false]) {
        const back = parseProducerRecord(toJsonLine({ ...RECORD, value }, { valueText }), { valueText });
        t.deepEqual(back.value, value);
      }
    }),
  );
  t.pass();
});

test('what may be left out may be left out', (t) => {
  const expected = { topic: 't', headers: [], key: 1n, value: new Uint8Array(0) };
  t.deepEqual(parseProducerRecord('{"value":"","key":1,"headers":null,"topic":"t"}'), expected);
  t.deepEqual(parseProducerRecord('{"value":"","key":1,"headers":[],"topic":"t","timestamp":null,"partition":null}'), expected);
});

test('a malformed line is refused by its field', (t) => {
  const good = { topic: '"t"', headers: 'null', key: '1', value: '""' };
  const REFUSED: readonly [field: string, json: string | undefined][] = [
    ...['topic', 'headers', 'key', 'value'].map((field): [string, undefined] => [field, undefined]),
    ['topic', '1'],
    ['topic', '"\\ud800"'],
    ['headers', '{}'],
    ['headers[0]', '["a"]'],
    ['headers[0].key', '[{"value":""}]'],
    ['headers[1].value', '[{"key":"a","value":""},{"key":"a","value":"x"}]'],
    ['headers[0].name', '[{"key":"a","value":"","name":""}]'],
    ...['-1', '1.5', '18446744073709551616', '"1"', 'null', '1e30', '-18446744073709551615'].map((json): [string, string] => ['key', json]),
    ...['1', '"a"', '"YQ"', '"YQ=a"', '"YR=="', '"Y Q="', '"YQ-_"', '"===="', '"äöü="'].map((json): [string, string] => ['value', json]),
    ...['1', '"yesterday"', '"2023-02-29T00:00:00Z"', '"2023-11-14T24:00:00Z"', '"2023-11-14T00:00:00"'].map((json): [string, string] => [
      'timestamp',
      json,
    ]),
    ...['-1', '1.5', '"0"'].map((json): [string, string] => ['partition', json]),
    ['value64', '""'],
    ['header', '[]'],
  ];
  for (const [field, json] of REFUSED) {
    const fields = Object.entries({ ...good, [field.split('[')[0]]: json }).filter(([, text]) => text !== undefined);
    const line = `{${fields.map(([name, text]) => `"${name}":${text}`).join(',')}}`;
    const error = t.throws(() => parseProducerRecord(line), { code: 'LITHIFY_INVALID_ARGUMENT' }, line);
    t.is((error as { details?: { field?: unknown } }).details?.field, field, line);
  }
  for (const line of ['', '{', 'null', '[]', '7', '{"topic":"t"} x'])
    t.throws(() => parseProducerRecord(line), { code: 'LITHIFY_INVALID_ARGUMENT' }, line);
});

test('times are written and read as JavaScript does it, over all dates', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: -1e12, max: 4e12 })), (time) => {
      const text = formatTime(time);
      t.is(parseTime(text), time, text);
      const year = new Date(time).getUTCFullYear();
      if (year >= 0 && year <= 9999) t.is(text, new Date(time).toISOString().replace('.000Z', 'Z'));
    }),
  );
  t.is(formatTime(-1750), '1969-12-31T23:59:58.250Z');
  t.is(formatTime(253_402_300_800_000), '+10000-01-01T00:00:00Z');
});

test('times come with zones, fractions and leap seconds, and are rounded to the millisecond', (t) => {
  t.is(parseTime('2023-11-14T22:13:20.122999808Z'), 1_700_000_000_123);
  t.is(parseTime('2023-11-14t23:43:20+01:30'), 1_700_000_000_000);
  t.is(parseTime('2023-11-14 21:13:20.5-01:00'), 1_700_000_000_500);
  t.is(parseTime('2016-12-31T23:59:60Z'), Date.parse('2017-01-01T00:00:00Z'));
  t.is(parseTime('2024-02-29T00:00:00Z'), Date.parse('2024-02-29T00:00:00Z'));
});

test('Base64 is what Buffer makes of it', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (value) => {
      const text = toBase64(value);
      t.is(text, Buffer.from(value).toString('base64'));
      t.deepEqual(fromBase64(text), value);
    }),
  );
  t.pass();
});
