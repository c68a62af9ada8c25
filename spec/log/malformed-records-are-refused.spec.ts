import test from 'ava';
import fc from 'fast-check';
import { MAX_HEADER_BYTES, MAX_VALUE_BYTES } from '../../protocol/log.ts';
import { RecordView, toLogRecord } from '../../storage/log/record.ts';
import { checkHeaders } from '../../storage/log/to-log-record.ts';
import { hexOf } from './support/records.ts';
import { hexBytes, VECTORS } from './support/vectors.ts';

const REFUSED: readonly [what: string, hex: string, message: RegExp][] = [
  ['a version that nobody knows yet', '01000000000000000000', /version 1\b/],
  ['a version of more than 32 bits', '808080801000000000000000000000', /too large for a version/],
  ['a key of more than 64 bits', '000000ffffffffffffffffff02000000000000', /too large for a key/],
  ['a key of eleven bytes', '00000080808080808080808080000000000000', /too large for a key/],
  ['an offset of more than 64 bits', '0000000000ffffffffffffffffff0200000000', /too large for an offset/],
  ['an option tag that is neither', '00000200000000000000', /tag of 2/],
  ['a time that is not a number', '000001000000000000f87f00000000000000', /no date/],
  ['an infinite time', '000001000000000000f07f00000000000000', /no date/],
  ['a time beyond all calendars, on which streambed panics', '000001000000000000a04200000000000000', /no date/],
  ['a value larger than any record has', '00000000ffffffff0f0000000000', new RegExp(`more than ${MAX_VALUE_BYTES}`)],
  ['more headers than there is room for', '00ffffffffffffffffff01000000000000', /headers, more than/],
  ['headers larger than any record has', '0001ffff7f0000000000000000', new RegExp(`more than ${MAX_HEADER_BYTES} bytes`)],
];

for (const [what, hex, message] of REFUSED) {
  test(`${what} is refused, and said`, (t) => {
    const bytes = hexBytes(hex);
    t.throws(() => new RecordView().read(bytes, 0, bytes.length), { name: 'RecordFault', message });
    t.like(fault(bytes, bytes.length), { incomplete: false });
  });
}

test('numbers in a longer form than needed are read, as streambed reads them', (t) => {
  const bytes = hexBytes('8080808000 8000 00 8100 8000 80808000 8200 00000000'.replaceAll(' ', ''));
  const view = new RecordView();
  // The key 1, no value, and the offset are over-long; the last field before the CRC is 0.
  view.read(hexBytes('808000 8000 00 8100 8000 8200 00000000'.replaceAll(' ', '')), 0, 16);
  t.is(view.key, 1n);
  t.is(view.offset, 2);
  t.is(view.end, 16);
  t.notThrows(() => view.read(bytes, 0, bytes.length));
});

test('a record that is cut off anywhere is incomplete, and nothing behind the cut is looked at', (t) => {
  for (const { hex } of VECTORS) {
    const bytes = hexBytes(hex);
    for (let limit = 0; limit < bytes.length; limit++) t.like(fault(bytes, limit), { incomplete: true }, `${hex} to ${limit}`);
  }
});

test('any flipped bit of a record is a fault or a wrong checksum', (t) => {
  const view = new RecordView();
  for (const { hex } of VECTORS) {
    const bytes = hexBytes(hex);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      t.false(view.tryRead(bytes, 0, bytes.length) && view.hasRightChecksum(), `bit ${bit} of ${hex}`);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
  }
});

test('any bytes at all end in a fault or in a view inside them', (t) => {
  const view = new RecordView();
  const nearlyRecords = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5, 0x7f, 0x80, 0xff), { maxLength: 60 }).map((all) => Uint8Array.from(all));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), nearlyRecords), fc.nat(60), (bytes, start) => {
      const limit = Math.max(bytes.length - 3, 0);
      if (!view.tryRead(bytes, start, limit)) return t.true(view.faultAt <= Math.max(limit, start + 20));
      t.true(start <= view.headersStart && view.headersStart <= view.valueStart);
      t.true(view.valueStart <= view.valueEnd && view.valueEnd < view.end && view.end <= limit);
      if (view.offset <= Number.MAX_SAFE_INTEGER) toLogRecordOrFault(view);
      return undefined;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test("a header's key that is not UTF-8 is refused where it is looked at", (t) => {
  const bytes = hexBytes('000102c328000000000000000000');
  const view = new RecordView();
  view.read(bytes, 0, bytes.length);
  t.throws(() => checkHeaders(view), { name: 'RecordFault', message: /not UTF-8/ });
  t.throws(() => toLogRecord(view, 't', 0), { name: 'RecordFault', message: /not UTF-8/ });
});

function fault(bytes: Uint8Array, limit: number): unknown {
  const guarded = new Uint8Array(bytes.subarray(0, limit));
  const view = new RecordView();
  return view.tryRead(guarded, 0, limit) ? `a record in ${hexOf(guarded)}` : { ...view };
}

function toLogRecordOrFault(view: RecordView): void {
  try {
    toLogRecord(view, 't', 0);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RecordFault') throw error;
  }
}
