import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import { SEGMENT_HEADER_BYTES, segmentName } from '../../storage/wal/segment.ts';
import { contents, openLog, recordOf, restore, tryOpen } from '../support/logs.ts';

const RECORDS = 7;

/** Seven synced records in three segments. */
async function log(): Promise<{ found: Map<string, Uint8Array>; lastRecord: number }> {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  let lastRecord = 0;
  for (let i = 1; i <= RECORDS; i++) {
    lastRecord = wal.bytes;
    await wal.append(recordOf(i, [[`key ${i}`, `value ${i}`]]), true);
    if (i === 3 || i === 5) await wal.rotate();
  }
  lastRecord -= (await files.size('/store/wal/0000000000000001.wal')) + (await files.size('/store/wal/0000000000000002.wal'));
  await wal.close();
  return { found: await contents(files), lastRecord };
}

test('every flipped byte is reported, with file and offset, or cuts off the very last record', async (t) => {
  const { found, lastRecord } = await log();
  t.is(found.size, 3);
  for (const [name, bytes] of found) {
    for (let at = 0; at < bytes.length; at++) {
      const files = memoryFiles();
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      await restore(files, new Map([...found, [name, damaged]]));
      const before = await contents(files);
      const opened = await tryOpen(files);
      const where = `${name} at ${at}`;
      if (name === segmentName(3) && at >= lastRecord) {
        t.is(opened.error, undefined, where);
        t.is('seen' in opened ? opened.seen.length : 0, RECORDS - 1, where);
      } else {
        t.is(opened.error?.code, 'LITHIFY_CORRUPTION', where);
        t.is(opened.error?.details.file, name, where);
        t.true(Number(opened.error?.details.offset) <= at, where);
        t.deepEqual(await contents(files), before, 'a refused open changes nothing');
      }
    }
  }
});

test('a segment that lost its end is found out by the one after it, wherever it was cut', async (t) => {
  const { found } = await log();
  for (const name of [segmentName(1), segmentName(2)]) {
    const bytes = found.get(name) ?? new Uint8Array(0);
    for (let length = 0; length < bytes.length; length++) {
      const files = memoryFiles();
      await restore(files, new Map([...found, [name, bytes.slice(0, length)]]));
      const { error } = await tryOpen(files);
      t.is(error?.code, 'LITHIFY_CORRUPTION', `${name} cut to ${length}`);
      t.is(error?.details.file, name);
      if (length >= SEGMENT_HEADER_BYTES) t.regex(error?.message ?? '', /lost its end/);
    }
  }
});

test('a segment that lost its end is found out also by an empty one after it', async (t) => {
  const original = memoryFiles();
  const { wal } = await openLog(original);
  for (let i = 1; i <= 2; i++) await wal.append(recordOf(i, [[`key ${i}`, 'v']]), true);
  await wal.rotate();
  await wal.close();
  const found = await contents(original);
  const bytes = found.get(segmentName(1)) ?? new Uint8Array(0);
  for (let length = 0; length < bytes.length; length++) {
    const files = memoryFiles();
    await restore(files, new Map([...found, [segmentName(1), bytes.slice(0, length)]]));
    t.is((await tryOpen(files)).error?.code, 'LITHIFY_CORRUPTION', `cut to ${length}`);
  }
});

test('damage is told from a torn tail however far behind it the next good record is', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['large', 'x'.repeat(900_000)]]), true);
  await wal.append(recordOf(2, [['small', 'x']]), true);
  await wal.close();
  const found = await contents(files);
  found.get(segmentName(1))?.fill(0, SEGMENT_HEADER_BYTES, 5000);
  await restore(files, found);
  t.is((await tryOpen(files)).error?.code, 'LITHIFY_CORRUPTION');
});

test('groups whose sequences do not ascend are corruption', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  await wal.append(
    recordOf(5, [
      ['a', '1'],
      ['b', '2'],
    ]),
    true,
  );
  const end = wal.bytes;
  await wal.append(recordOf(6, [['c', '3']]), true);
  await wal.close();
  t.like((await tryOpen(files)).error, { code: 'LITHIFY_CORRUPTION', details: { offset: end } });
});

test('a record of another segment, or a record twice, is corruption', async (t) => {
  const { found, lastRecord } = await log();
  const last = found.get(segmentName(3)) ?? new Uint8Array(0);
  const record = last.subarray(lastRecord);
  const twice = new Uint8Array(last.length + record.length);
  twice.set(last);
  twice.set(record, last.length);
  const files = memoryFiles();
  await restore(files, new Map([...found, [segmentName(3), twice]]));
  t.like((await tryOpen(files)).error, {
    code: 'LITHIFY_CORRUPTION',
    details: { offset: last.length, expected: 'record 2', found: 'record 1' },
  });

  const second = found.get(segmentName(2)) ?? new Uint8Array(0);
  const mixed = last.slice();
  mixed.set(second.subarray(SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + record.length), SEGMENT_HEADER_BYTES);
  await restore(files, new Map([...found, [segmentName(3), mixed]]));
  t.like((await tryOpen(files)).error, { code: 'LITHIFY_CORRUPTION', details: { file: segmentName(3), offset: SEGMENT_HEADER_BYTES } });
});
