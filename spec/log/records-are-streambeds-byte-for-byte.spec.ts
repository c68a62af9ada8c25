import test from 'ava';
import { readU32 } from '../../storage/little-endian.ts';
import { crc32c } from '../../storage/log/crc32c.ts';
import { encodable } from '../../storage/log/new-record.ts';
import { encodedSize, encodeRecord, RecordView, toLogRecord } from '../../storage/log/record.ts';
import { joined } from '../../storage/log/words.ts';
import { encoded, hexOf } from './support/records.ts';
import { hexBytes, VECTORS } from './support/vectors.ts';

for (const { name, hex, crc, record, offset } of VECTORS) {
  test(`${name} is read as streambed reads it`, (t) => {
    const bytes = hexBytes(`ffff${hex}ffff`);
    const view = new RecordView();
    view.read(bytes, 2, bytes.length - 2);
    t.is(view.end, bytes.length - 2);
    t.true(view.hasRightChecksum());
    t.is(readU32(bytes, view.end - 4), crc);
    const expected = encodable(record);
    t.is(view.key, record.key);
    t.is(joined(view.offsetLow, view.offsetHigh), offset);
    t.is(view.offset, offset > 2n ** 53n ? Number.POSITIVE_INFINITY : Number(offset));
    t.is(view.timestamp, record.timestamp ?? Number.NaN);
    t.deepEqual(bytes.slice(view.valueStart, view.valueEnd), expected.value.slice());
    t.is(view.headerCount, expected.headers.length);
  });

  // Offsets are numbers here: the one vector that no record of ours can be is left out.
  if (offset < 2n ** 53n)
    test(`${name} is written as streambed writes it`, (t) => {
      const ready = encodable(record);
      const out = new Uint8Array(encodedSize(ready, Number(offset)) + 4).fill(0xee);
      t.is(encodeRecord(out, 2, ready, Number(offset)), out.length - 2);
      t.is(hexOf(out), `eeee${hex}eeee`);
    });
}

test('V3 is written as streambed writes it, up to its offset', (t) => {
  const { hex, record } = VECTORS[4];
  const beforeOffset = hex.slice(0, -2 * 14);
  t.is(hexOf(encoded(record, 0)).slice(0, beforeOffset.length), beforeOffset);
});

test('headers, in order and also equal ones, come back as they were', (t) => {
  const headers = [
    { key: 'a', value: Uint8Array.of(1) },
    { key: '\ufeffé', value: new Uint8Array(200) },
    { key: 'a', value: Uint8Array.of() },
  ];
  const bytes = encoded({ key: 7n, value: 'x', headers }, 3);
  const view = new RecordView();
  view.read(bytes, 0, bytes.length);
  const record = toLogRecord(view, 'topic', 2);
  t.deepEqual(record, { topic: 'topic', partition: 2, offset: 3, key: 7n, value: Uint8Array.of(120), headers });
  bytes.fill(0xff);
  t.deepEqual(record.headers, headers, 'a record handed out is a copy');
});

test('an offset that JavaScript cannot count is read by halves and never handed out rounded', (t) => {
  const bytes = hexBytes(VECTORS[4].hex);
  const view = new RecordView();
  view.read(bytes, 0, bytes.length);
  t.throws(() => toLogRecord(view, 'topic', 0), { name: 'RecordFault', message: /offset above 2\^53/ });
});

test('the checksum is CRC-32C, in one piece and in several', (t) => {
  const check = new TextEncoder().encode('123456789');
  t.is(crc32c(check, 0, 9), 0xe3069283);
  for (let cut = 0; cut <= 9; cut++) t.is(crc32c(check, cut, 9, crc32c(check, 0, cut)), 0xe3069283);
  t.is(crc32c(check, 4, 4), 0);
});
