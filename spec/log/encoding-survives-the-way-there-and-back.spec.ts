import test from 'ava';
import fc from 'fast-check';
import { crc32c } from '../../storage/log/crc32c.ts';
import { encodable } from '../../storage/log/new-record.ts';
import { encodeWithOffset, MOST_RECORD_OVERHEAD, RecordView, toLogRecord } from '../../storage/log/record.ts';
import { encoded, newRecords, offsets } from './support/records.ts';

const encoder = new TextEncoder();

test('what is read is what was written: every field, to the millisecond', (t) => {
  fc.assert(
    fc.property(newRecords, offsets, (record, offset) => {
      const bytes = encoded(record, offset);
      const view = new RecordView();
      view.read(bytes, 0, bytes.length);
      t.is(view.end, bytes.length, 'the size that was foretold');
      t.true(view.hasRightChecksum());
      const { value, headers = [], key, timestamp } = record;
      const expected = { topic: 't', partition: 0, offset, key, value: typeof value === 'string' ? encoder.encode(value) : value, headers };
      t.deepEqual(toLogRecord(view, 't', 0), timestamp === undefined ? expected : { ...expected, timestamp: timestamp + 0 });
    }),
  );
  t.pass();
});

test('dates far from here keep their millisecond, though a double holds little more than that', (t) => {
  const view = new RecordView();
  for (const timestamp of [4_400_000_000_000_021, -4_400_000_000_000_022, 8.64e15, -8.64e15, 8_639_999_999_999_999]) {
    const bytes = encoded({ key: 0n, value: '', timestamp }, 0);
    view.read(bytes, 0, bytes.length);
    t.is(view.timestamp, timestamp);
  }
});

test('a record takes no more than its value, its headers and the overhead', (t) => {
  fc.assert(
    fc.property(newRecords, offsets, (record, offset) => {
      const { value, headers } = encodable(record);
      let most = MOST_RECORD_OVERHEAD + value.length;
      for (const header of headers) most += header.key.length + header.value.length + 4;
      t.true(encoded(record, offset).length <= most);
    }),
  );
  t.pass();
});

test('renumbering changes the offset and nothing else', (t) => {
  fc.assert(
    fc.property(newRecords, offsets, offsets, (record, from, to) => {
      const bytes = encoded(record, from);
      const view = new RecordView();
      view.read(bytes, 0, bytes.length);
      const out = new Uint8Array(bytes.length + 12);
      const end = encodeWithOffset(out, 2, view, to);
      t.deepEqual(out.slice(2, end), encoded(record, to));
    }),
  );
  t.pass();
});

test('a checksum in pieces is the checksum of the whole', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
      const first = Math.min(a, bytes.length);
      const second = Math.min(first + b, bytes.length);
      const pieces = crc32c(bytes, second, bytes.length, crc32c(bytes, first, second, crc32c(bytes, 0, first)));
      t.is(pieces, bitByBit(bytes));
    }),
  );
  t.pass();
});

/** The definition, without a table. */
function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
