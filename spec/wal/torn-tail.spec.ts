import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import { SEGMENT_HEADER_BYTES } from '../../storage/wal/segment.ts';
import { contents, openLog, pathOf, recordOf, restore, type Write } from '../support/logs.ts';

const GROUPS: readonly (readonly Write[])[] = [
  [['a', '1']],
  [
    ['b', '2'],
    ['c', undefined],
  ],
  [['d', '44']],
];

/** A log of the groups, all in segment 1; also where each record ends. */
async function log(sync: boolean): Promise<{ bytes: Uint8Array; ends: number[] }> {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  const ends: number[] = [];
  let sequence = 1;
  for (const group of GROUPS) {
    await wal.append(recordOf(sequence, group), sync);
    sequence += group.length;
    ends.push(wal.bytes);
  }
  await wal.close();
  return { bytes: await files.read(pathOf(1)), ends };
}

test('every prefix of a log opens with exactly the groups that are whole, and can be continued', async (t) => {
  const { bytes, ends } = await log(true);
  for (let length = 0; length <= bytes.length; length++) {
    const files = memoryFiles();
    await restore(files, new Map([['0000000000000001.wal', bytes.slice(0, length)]]));
    const whole = ends.filter((end) => end <= length).length;
    const { wal, seen } = await openLog(files);
    t.deepEqual(
      seen.map(({ writes }) => writes),
      GROUPS.slice(0, whole),
      `${length} bytes`,
    );
    const cut = length - (ends[whole - 1] ?? SEGMENT_HEADER_BYTES);
    t.is(wal.recovery.torn?.bytes ?? 0, Math.max(0, cut), `${length} bytes`);
    await wal.append(recordOf(100, [['new', 'x']]), true);
    await wal.close();
    const again = await openLog(files);
    t.deepEqual(
      again.seen.map(({ writes }) => writes),
      [...GROUPS.slice(0, whole), [['new', 'x']]],
      `${length} bytes`,
    );
    t.is(again.wal.recovery.torn, undefined);
  }
});

test('garbage and zeros in place of the last record are cut off', async (t) => {
  const { bytes, ends } = await log(true);
  for (const [fill, more] of [
    [0, 0],
    [0, 5000],
    [255, 300],
    [0x67, 70_000],
  ]) {
    const files = memoryFiles();
    const damaged = new Uint8Array(bytes.length + more).fill(fill);
    damaged.set(bytes.subarray(0, ends[1]));
    await restore(files, new Map([['0000000000000001.wal', damaged]]));
    const { wal, seen } = await openLog(files);
    t.is(seen.length, 2);
    t.deepEqual(wal.recovery.torn, { file: '0000000000000001.wal', offset: ends[1], bytes: damaged.length - ends[1] });
    await wal.close();
    t.is(await files.size(pathOf(1)), ends[1]);
  }
});

test('a hole in what was never synced ends the log there: a power loss leaves such', async (t) => {
  const { bytes, ends } = await log(false);
  const files = memoryFiles();
  const holed = bytes.slice();
  holed.fill(0, ends[0], ends[1]);
  await restore(files, new Map([['0000000000000001.wal', holed]]));
  const { wal, seen } = await openLog(files);
  t.deepEqual(
    seen.map(({ writes }) => writes),
    [GROUPS[0]],
  );
  t.is(wal.recovery.torn?.offset, ends[0]);
});

test('the same hole in what was synced is corruption', async (t) => {
  const { bytes, ends } = await log(true);
  const files = memoryFiles();
  const holed = bytes.slice();
  holed.fill(0, ends[0], ends[1]);
  await restore(files, new Map([['0000000000000001.wal', holed]]));
  const error = await t.throwsAsync(openLog(files), { code: 'LITHIFY_CORRUPTION' });
  t.like(error, { details: { file: '0000000000000001.wal', offset: ends[0] } });
  t.deepEqual((await contents(files)).get('0000000000000001.wal'), holed, 'nothing was changed');
});

test('a copy of the log in a value is not taken for later records', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files, 1, () => 0.25);
  const foreign = memoryFiles();
  const other = await openLog(foreign, 1, () => 0.5);
  for (let i = 1; i <= 5; i++) await other.wal.append(recordOf(i, [['k', 'v']]), true);
  await wal.append(recordOf(1, [['a', '1']]), true);
  const end = wal.bytes;
  const copy = (await foreign.read(pathOf(1))).subarray(SEGMENT_HEADER_BYTES);
  await wal.close();
  const torn = new Uint8Array(end + 50 + copy.length);
  torn.set(await files.read(pathOf(1)));
  torn.set(copy, end + 50);
  await restore(files, new Map([['0000000000000001.wal', torn]]));
  const { wal: opened, seen } = await openLog(files);
  t.is(seen.length, 1);
  t.is(opened.recovery.torn?.offset, end);
});
