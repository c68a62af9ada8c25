import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import type { Files } from '../../protocol/runtime.ts';
import { segmentName } from '../../storage/wal/segment.ts';
import { contents, DIRECTORY, openLog, recordOf, restore, tryOpen } from '../support/logs.ts';

async function log(): Promise<{ files: Files; found: Map<string, Uint8Array> }> {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  for (let i = 1; i <= 4; i++) {
    await wal.append(recordOf(i, [[`key ${i}`, 'v']]), true);
    if (i < 4) await wal.rotate();
  }
  await wal.close();
  return { files, found: await contents(files) };
}

test('a segment missing at or above the floor is corruption that names it', async (t) => {
  for (const missing of [1, 2, 3]) {
    const { files } = await log();
    await files.remove(`${DIRECTORY}/${segmentName(missing)}`);
    const { error } = await tryOpen(files);
    t.like(error, { code: 'LITHIFY_CORRUPTION', details: { file: segmentName(missing) } });
  }
});

test('below the floor nothing is missed', async (t) => {
  const { files } = await log();
  await files.remove(`${DIRECTORY}/${segmentName(2)}`);
  const { wal, seen } = await openLog(files, 3);
  t.deepEqual(
    seen.map(({ segment }) => segment),
    [3, 4],
  );
  t.is(wal.segments, 2);
});

test('a log that is gone altogether is corruption, unless there never was one', async (t) => {
  t.like((await tryOpen(memoryFiles(), 5)).error, { code: 'LITHIFY_CORRUPTION', details: { file: segmentName(5) } });
  t.deepEqual((await openLog(memoryFiles(), 1)).seen, []);
  t.deepEqual((await openLog(memoryFiles(), 0)).seen, []);
});

test('segments that changed places are corruption', async (t) => {
  const { files, found } = await log();
  const swapped = new Map(found);
  swapped.set(segmentName(2), found.get(segmentName(3)) ?? new Uint8Array(0));
  swapped.set(segmentName(3), found.get(segmentName(2)) ?? new Uint8Array(0));
  await restore(files, swapped);
  t.like((await tryOpen(files)).error, { code: 'LITHIFY_CORRUPTION', details: { file: segmentName(2), expected: 2, found: 3 } });
});

test('a segment of another store in the place of ours is corruption', async (t) => {
  const { files, found } = await log();
  const other = memoryFiles();
  const { wal } = await openLog(other);
  for (let i = 1; i <= 9; i++) await wal.append(recordOf(i, [['other', 'x']]), true);
  await wal.close();
  await restore(files, new Map([...found, [segmentName(1), (await contents(other)).get(segmentName(1)) ?? new Uint8Array(0)]]));
  t.is((await tryOpen(files)).error?.code, 'LITHIFY_CORRUPTION');
});

test('names that are none of ours are left alone and reported', async (t) => {
  const { files } = await log();
  const foreign = ['.wal', '1.wal', '0000000000000000.wal', '000000000000000٣.wal', 'notes.txt', 'wal.log', 'wal..log'];
  for (const name of foreign) await files.replace(`${DIRECTORY}/${name}`, new Uint8Array([1]));
  const { wal, seen } = await openLog(files);
  t.is(seen.length, 4);
  t.deepEqual(wal.recovery.ignored, foreign.toSorted());
  t.is((await files.list(DIRECTORY)).length, 4 + foreign.length);
});

test('a later format version is refused, not taken for damage', async (t) => {
  const { files, found } = await log();
  const { checksum } = await import('../../platform/checksum.ts');
  const later = (found.get(segmentName(4)) ?? new Uint8Array(0)).slice();
  later[7] = 2;
  new DataView(later.buffer).setUint32(36, checksum(later.subarray(0, 36)), true);
  await restore(files, new Map([...found, [segmentName(4), later]]));
  t.is((await tryOpen(files)).error?.code, 'LITHIFY_WAL');
});
