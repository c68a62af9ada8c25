import test from 'ava';
import fc from 'fast-check';
import { checksum } from '../../platform/checksum.ts';
import { memoryFiles } from '../../platform/memory-files.ts';
import { writeU32 } from '../../storage/little-endian.ts';
import { ChecksumIndex } from '../../storage/log/streambed/checksum-index.ts';
import { salvageWal } from '../../storage/salvage/wal/salvage-wal.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { RECORD_MARKER } from '../../storage/wal/record.ts';
import { RecordSums } from '../../storage/wal/record-sums.ts';
import { SEGMENT_HEADER_BYTES, segmentName } from '../../storage/wal/segment.ts';
import { Wal } from '../../storage/wal/wal.ts';
import { Meter } from '../../torture/fuzz/meter.ts';
import { noise } from '../log/support/records.ts';

const DIRECTORY = '/wal';
const VALUE_BYTES = 1024 * 1024;
const CLAIMED_BYTES = 400_000;
/** Every byte of the log so often; tried one by one, the claims come to thirty thousand times. */
const MOST_OFTEN = 24;

/** Every sixteen bytes, and sharing them with the next, something that looks like a long record that proves others. */
function claims(): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES);
  for (let at = 0; at + 16 <= value.length; at += 16) {
    writeU32(value, at + 4, CLAIMED_BYTES);
    writeU32(value, at + 8, 100);
    writeU32(value, at + 12, RECORD_MARKER);
  }
  return value;
}

function recordOf(sequence: number, value: Uint8Array): Uint8Array {
  const builder = new GroupBuilder();
  builder.put(Buffer.from(`key ${sequence}`), value);
  return builder.seal(sequence).slice();
}

/** A log whose first record is damaged and whose second holds the claims. `isProven`: a third was written when they were on disk. */
async function damagedLog(isProven: boolean) {
  const files = memoryFiles();
  const wal = await Wal.open(files, DIRECTORY, tools(checksum), () => undefined, { floor: 1 });
  await wal.append(recordOf(1, new Uint8Array(10)), false);
  await wal.append(recordOf(2, claims()), isProven);
  await wal.append(recordOf(3, new Uint8Array(10)), isProven);
  await wal.close();
  const path = `${DIRECTORY}/${segmentName(1)}`;
  const bytes = await files.read(path);
  bytes[SEGMENT_HEADER_BYTES + 50] ^= 1;
  await files.replace(path, bytes);
  return { files, bytes };
}

function tools(sum: typeof checksum) {
  return { checksum: sum, turn: () => Promise.resolve(), random: () => 0.5 };
}

function meterFor(bytes: Uint8Array): Meter {
  return new Meter({ allocated: 0, steps: MOST_OFTEN * bytes.length });
}

test('a damaged log is told from a torn one, whatever the values behind the damage claim', async (t) => {
  const { files, bytes } = await damagedLog(true);
  const opening = Wal.open(files, DIRECTORY, tools(meterFor(bytes).checksum), () => undefined, { floor: 1 });
  await t.throwsAsync(opening, {
    code: 'LITHIFY_CORRUPTION',
    message: new RegExp(`the one at ${bytes.length - recordOf(3, new Uint8Array(10)).length} proves`),
  });
});

test('a torn log opens, whatever the values behind the tear claim', async (t) => {
  const { files, bytes } = await damagedLog(false);
  const wal = await Wal.open(files, DIRECTORY, tools(meterFor(bytes).checksum), () => undefined, { floor: 1 });
  t.like(wal.recovery, { groups: 0, torn: { offset: SEGMENT_HEADER_BYTES } });
  await wal.close();
});

test('a repair of such a log finds every record, and costs no more than a few readings', async (t) => {
  const { files, bytes } = await damagedLog(false);
  // The head of the record with the claims as well, so that all of them are tried.
  bytes[SEGMENT_HEADER_BYTES + 80] ^= 1;
  await files.replace(`${DIRECTORY}/${segmentName(1)}`, bytes);
  const found: number[] = [];
  const sums = { ...tools(meterFor(bytes).checksum), files };
  await salvageWal(sums, DIRECTORY, 1, ({ firstSequence }) => {
    found.push(firstSequence);
    return undefined;
  });
  t.deepEqual(found, [3]);
});

test('an index gives the checksum of any range, continued from any other', (t) => {
  const bytes = noise(20_000);
  const sum = (all: Uint8Array, start: number, end: number, before: number) => checksum(all.subarray(start, end), before >>> 0);
  const index = new ChecksumIndex({ polynomial: 0xedb88320, sum });
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(bytes.length), fc.nat(2 ** 32 - 1), (a, b, seed) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      t.is(index.checksum(bytes, start, end, seed), checksum(bytes.subarray(start, end), seed));
    }),
  );
});

test('with credit and without it the same records are right', (t) => {
  const record = recordOf(1, noise(5000));
  for (const seed of [0, 12345, 2 ** 32 - 1]) {
    writeU32(record, 0, checksum(record.subarray(4), seed));
    for (const credit of [0, 1e6]) {
      const sums = new RecordSums(record, checksum, credit);
      t.true(sums.isRight(0, seed));
      t.false(sums.isRight(0, (seed ^ 1) >>> 0));
    }
  }
});
