import test from 'ava';
import fc from 'fast-check';
import { BadRecord, formatRecord, parseRecord } from '../../cli/record.ts';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(text, 'utf8'))),
);

test('any key and value come back from a line as the bytes that they were', (t) => {
  fc.assert(
    fc.property(bytes, bytes, (key, value) => {
      const line = formatRecord(key, value);
      const read = parseRecord(Buffer.from(line, 'utf8'));
      return !line.includes('\n') && Buffer.compare(read.key, key) === 0 && read.value !== null && Buffer.compare(read.value, value) === 0;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('text stays readable', (t) => {
  t.is(formatRecord(Buffer.from('ü'), Buffer.from('"')), '{"key":"ü","value":"\\""}');
  t.is(formatRecord(Buffer.from([0xff]), Buffer.from('a')), '{"key64":"/w==","value":"a"}');
});

const refused: Record<string, [line: string | Uint8Array, reason: RegExp]> = {
  'half a line': ['{"key":"a","val', /^not JSON/],
  'no object': ['["a","b"]', /^an array where/],
  null: ['null', /^null where/],
  'no key': ['{"value":"a"}', /^no key$/],
  'no value': ['{"key":"a"}', /^no value$/],
  'a key of null': ['{"key":null,"value":"a"}', /^key is null/],
  'a key that is a number': ['{"key":1,"value":"a"}', /^key is a number; it must be a string$/],
  'a value that is an object': ['{"key":"a","value":{}}', /^value is an object/],
  'two keys': ['{"key":"a","key64":"YQ==","value":"a"}', /^both key and key64$/],
  'a field that is not ours': ['{"key":"a","value":"b","__proto__":{}}', /^unknown field "__proto__"/],
  'half a surrogate pair': ['{"key":"\\ud800","value":"a"}', /^key holds a lone surrogate/],
  'Base64 that is none': ['{"key64":"YQ","value":"a"}', /^key64 is not Base64$/],
  'bytes that are no UTF-8': [Uint8Array.of(0x22, 0xff, 0x22), /^not UTF-8$/],
};

for (const [what, [line, reason]] of Object.entries(refused)) {
  test(`${what} is refused with the reason`, (t) => {
    const error = t.throws(() => parseRecord(Buffer.from(line)), { instanceOf: BadRecord });
    t.regex(error.message, reason);
  });
}

test('a value of null deletes', (t) => {
  t.is(parseRecord(Buffer.from('{"key":"a","value":null}')).value, null);
});
