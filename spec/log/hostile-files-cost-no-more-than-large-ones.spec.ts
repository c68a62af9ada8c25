import test from 'ava';
import fc from 'fast-check';
import { crc32c } from '../../storage/log/crc32c.ts';
import { ByteWindow } from '../../storage/log/streambed/byte-window.ts';
import { ChecksumIndex, STEP_BYTES } from '../../storage/log/streambed/checksum-index.ts';
import { encoded, joinedBytes, noise } from './support/records.ts';
import { everything, fileOf, range, recordWith, scanOf } from './support/streambed.ts';
import { hexBytes } from './support/vectors.ts';

const BYTES = 3 * 1024 * 1024;

/** Bytes that claim, again and again, to begin something large. Tried one by one, each claim costs as much as it claims. */
const HOSTILE: readonly [what: string, pattern: string][] = [
  ['zeros', '00'],
  ['values of a megabyte', '00000000808040'],
  ['values of a megabyte that begin everywhere', '000000000000008080400000'],
  ['values larger than the file', '00000000ffffff1f'],
  ['thousands of headers, each as long as the way to the next', '00ffff010004'],
  ['hundreds of headers', '007f0001'],
];

for (const [what, pattern] of HOSTILE) {
  test(`a stretch that claims ${what} is searched through`, async (t) => {
    // Hours, if every place were tried for as much as it claims.
    t.timeout(60_000);
    const piece = hexBytes(pattern);
    const stretch = Uint8Array.from({ length: BYTES }, (_, i) => piece[i % piece.length]);
    const { offsets, damage } = await everything(scanOf(joinedBytes(fileOf(0, 3), stretch, fileOf(3, 200)), 256 * 1024));
    t.deepEqual(offsets, range(0, 203));
    t.like(damage, [{ offset: fileOf(0, 3).length, bytes: BYTES }]);
  });
}

test('good records between large claims are found as well, and cost no more', async (t) => {
  t.timeout(60_000);
  const claim = hexBytes('00000000808040');
  const pieces = range(0, 30_000).flatMap((offset) => [recordWith(offset), claim]);
  const { offsets, damage } = await everything(scanOf(joinedBytes(...pieces), 256 * 1024));
  t.deepEqual(offsets, range(0, 30_000));
  t.is(damage.length, 30_000);
});

test('a record of the largest size is read', async (t) => {
  const large = encoded({ key: 1n, value: noise(64 * 1024 * 1024) }, 1);
  const scan = scanOf(joinedBytes(recordWith(0), large, recordWith(2)), 1024 * 1024);
  const sizes: number[] = [];
  while ((await scan.next()) === 'record') sizes.push(scan.view.end - scan.view.start);
  t.deepEqual(sizes, [recordWith(0).length, large.length, recordWith(2).length]);
  t.is(scan.damage, undefined);
});

test('large records one after the other are read, whatever the window has let go of', async (t) => {
  const sizes = [1_100_000, 1_500_003, 200, 2_000_000, 1_300_001, 3_000_000];
  const file = joinedBytes(...sizes.map((size, i) => encoded({ key: 1n, value: noise(size, i) }, i)));
  for (const chunkBytes of [65_536, 300_007]) {
    const { offsets, damage } = await everything(scanOf(file, chunkBytes));
    t.deepEqual(offsets, range(0, sizes.length));
    t.deepEqual(damage, []);
  }
});

test('the checksum of any range is what summing it up gives', (t) => {
  const bytes = noise(40_000);
  const index = new ChecksumIndex();
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      t.is(index.checksum(bytes, start, end), crc32c(bytes, start, end));
    }),
  );
  const moved = joinedBytes(bytes.subarray(10 * STEP_BYTES), noise(5000, 2));
  index.slide(10);
  for (const end of [30_001, moved.length]) t.is(index.checksum(moved, 100, end), crc32c(moved, 100, end));
});

test('ranges of the largest size are summed up right', (t) => {
  const bytes = noise(65 * 1024 * 1024);
  const index = new ChecksumIndex();
  t.is(index.checksum(bytes, 3, bytes.length - 5), crc32c(bytes, 3, bytes.length - 5));
});

test('the window keeps what is needed and a little more, whatever went through it', (t) => {
  const window = new ByteWindow();
  const chunk = noise(50_000);
  let behind = 0;
  for (let i = 0; i < 400; i++) {
    const keepFrom = Math.max(window.end - 30_000, 0);
    const before = window.origin + keepFrom;
    const kept = window.bytes.slice(keepFrom, window.end);
    const steps = window.append(chunk, keepFrom);
    t.is(window.origin % STEP_BYTES, 0);
    const at = before - window.origin;
    t.deepEqual(window.bytes.slice(at, at + kept.length), kept);
    behind += steps;
  }
  t.is(behind * STEP_BYTES, window.origin);
  t.true(window.bytes.length <= 4 * (50_000 + 30_000));
});
