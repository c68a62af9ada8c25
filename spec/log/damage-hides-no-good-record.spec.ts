import test from 'ava';
import fc from 'fast-check';
import { encoded, joinedBytes, newRecords, noise } from './support/records.ts';
import { everything, fileOf, range, recordWith, scanOf, valueWith } from './support/streambed.ts';

const RECORD = recordWith(10).length;
const WHOLE = fileOf(10, 20);

test('a sound file is read whole, however it comes in', async (t) => {
  for (const chunkBytes of [1, 7, RECORD, 100, 4096]) {
    t.deepEqual(await everything(scanOf(WHOLE, chunkBytes)), {
      offsets: range(10, 20),
      values: range(10, 20).map(valueWith),
      damage: [],
    });
  }
  t.deepEqual(await everything(scanOf(new Uint8Array(0))), { offsets: [], values: [], damage: [] });
});

test('a flipped bit anywhere costs the record that it is in, and says where', async (t) => {
  for (let bit = 0; bit < WHOLE.length * 8; bit += 3) {
    const bytes = WHOLE.slice();
    bytes[bit >> 3] ^= 1 << (bit & 7);
    const hit = Math.floor(bit / 8 / RECORD);
    const { offsets, damage } = await everything(scanOf(bytes, 200));
    t.deepEqual(
      offsets,
      range(10, 20).filter((offset) => offset !== 10 + hit),
      `bit ${bit}`,
    );
    t.like(damage, [{ file: 'topic', offset: hit * RECORD, bytes: RECORD }], `bit ${bit}`);
    t.is(damage.length, 1);
  }
});

test('a torn tail costs the torn record only', async (t) => {
  for (let cut = 1; cut < RECORD; cut++) {
    const { offsets, damage } = await everything(scanOf(WHOLE.subarray(0, WHOLE.length - cut), 100));
    t.deepEqual(offsets, range(10, 19));
    t.deepEqual(damage, [{ file: 'topic', offset: 19 * RECORD, bytes: RECORD - cut, reason: 'The bytes end inside a record' }]);
  }
});

test('what a lost power leaves, zeros in the middle or at the end, is one stretch', async (t) => {
  const zeros = new Uint8Array(70_000);
  const { offsets, damage } = await everything(scanOf(joinedBytes(fileOf(0, 5), zeros, fileOf(5, 5), zeros), 1000));
  t.deepEqual(offsets, range(0, 10));
  const five = fileOf(0, 5).length;
  t.like(damage, [
    { offset: five, bytes: zeros.length },
    { offset: 2 * five + zeros.length, bytes: zeros.length },
  ]);
});

test('zeros before the smallest record there is do not hide it', async (t) => {
  const smallest = encoded({ key: 0n, value: '' }, 0);
  for (let zeros = 1; zeros < 12; zeros++) {
    const { offsets, damage } = await everything(scanOf(joinedBytes(new Uint8Array(zeros), smallest, recordWith(1)), 5));
    t.deepEqual(offsets, [0, 1]);
    t.like(damage, [{ offset: 0, bytes: zeros }]);
  }
});

test('whatever stands between records, every record is found', async (t) => {
  const rubbish = fc.oneof(
    fc.nat(400).map((length) => new Uint8Array(length)),
    fc.uint8Array({ minLength: 1, maxLength: 400 }),
    // Without its CRC: with most of it the record behind could, one time in 256, have just the byte that is missing.
    fc.tuple(newRecords, fc.nat(20)).map(([record, cut]) => encoded(record, 50).slice(0, -4 - cut)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(newRecords, fc.option(rubbish)), { maxLength: 12 }),
      fc.integer({ min: 1, max: 500 }),
      async (all, chunk) => {
        const pieces = all.flatMap(([record, before], i) => [before ?? new Uint8Array(0), encoded(record, i)]);
        const { offsets, damage } = await everything(scanOf(joinedBytes(...pieces), chunk));
        t.deepEqual(offsets, range(0, all.length));
        const lost = all.reduce((sum, [, before]) => sum + (before?.length ?? 0), 0);
        t.is(
          damage.reduce((sum, { bytes }) => sum + bytes, 0),
          lost,
        );
      },
    ),
  );
  t.pass();
});

test('a record that does not ascend is reported, not delivered and not lost without a word', async (t) => {
  const again = recordWith(1, 'from a second writer');
  const { offsets, damage } = await everything(scanOf(joinedBytes(fileOf(0, 3), again, recordWith(2), recordWith(3)), 64));
  t.deepEqual(offsets, [0, 1, 2, 3]);
  t.like(damage, [
    {
      offset: 3 * recordWith(0).length,
      bytes: again.length + RECORD,
      reason: 'A whole record whose offset is not above the one before it',
    },
  ]);
});

test('records inside a value are not records of the file', async (t) => {
  const holding = (offset: number) => encoded({ key: 1n, value: fileOf(50, 3) }, offset);
  const file = joinedBytes(recordWith(1), holding(2), recordWith(3));
  t.deepEqual((await everything(scanOf(file))).offsets, [1, 2, 3]);
  const stale = joinedBytes(recordWith(1), recordWith(3), recordWith(2), holding(1), recordWith(4));
  t.deepEqual((await everything(scanOf(stale))).offsets, [1, 3, 4], 'nor those in the value of one that does not ascend');
});

test('a header key that is no text makes a damaged record, though its checksum is right', async (t) => {
  const bad = encoded({ key: 1n, value: 'v', headers: [{ key: 'k\u00e9y', value: Uint8Array.of(1) }] }, 1);
  // One byte of é replaced, and the checksum made right for it: what no correct writer does.
  const { crc32c } = await import('../../storage/log/crc32c.ts');
  const { writeU32 } = await import('../../storage/little-endian.ts');
  bad[bad.indexOf(0xc3)] = 0x28;
  writeU32(bad, bad.length - 4, crc32c(bad, 0, bad.length - 4));
  const { offsets, damage } = await everything(scanOf(joinedBytes(recordWith(0), bad, recordWith(2))));
  t.deepEqual(offsets, [0, 2]);
  t.like(damage, [{ bytes: bad.length, reason: 'A header key that is not UTF-8' }]);
});

test('noise of any length hides nothing behind it', async (t) => {
  const { offsets, damage } = await everything(scanOf(joinedBytes(fileOf(0, 3), noise(3_000_000), fileOf(3, 3))));
  t.deepEqual(offsets, range(0, 6));
  t.is(damage.length, 1);
});
