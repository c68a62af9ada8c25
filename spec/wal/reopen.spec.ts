import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import { segmentName } from '../../storage/wal/segment.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { contents, DIRECTORY, openLog, pathOf, recordOf } from '../support/logs.ts';

test('reopening without writes adds nothing, however often', async (t) => {
  for (const writes of [0, 3]) {
    for (const rotated of [false, true]) {
      const files = memoryFiles();
      const { wal } = await openLog(files);
      for (let i = 1; i <= writes; i++) await wal.append(recordOf(i, [['k', `${i}`]]), true);
      if (rotated) await wal.rotate();
      await wal.close();
      await (await openLog(files)).wal.close();
      const before = await contents(files);
      for (let i = 0; i < 5; i++) {
        const { wal: again, seen } = await openLog(files);
        t.is(seen.length, writes);
        await again.close();
      }
      t.deepEqual(await contents(files), before);
      t.is(before.size, 1);
    }
  }
});

test('a crash between creating a segment and its header is no obstacle, at any length of the header', async (t) => {
  const original = memoryFiles();
  const { wal } = await openLog(original);
  await wal.append(recordOf(1, [['a', '1']]), true);
  await wal.rotate();
  await wal.close();
  const found = await contents(original);
  const header = found.get(segmentName(2)) ?? new Uint8Array(0);
  for (let length = 0; length <= header.length; length++) {
    const files = memoryFiles();
    await files.makeDirectory(DIRECTORY);
    await files.replace(pathOf(1), found.get(segmentName(1)) ?? new Uint8Array(0));
    await files.replace(pathOf(2), header.slice(0, length));
    const opened = await openLog(files);
    t.deepEqual(
      opened.seen.map(({ writes }) => writes),
      [[['a', '1']]],
    );
    await opened.wal.append(recordOf(2, [['b', '2']]), true);
    t.is(await opened.wal.rotate(), 2);
    await opened.wal.append(recordOf(3, [['c', '3']]), true);
    await opened.wal.close();
    t.deepEqual(
      (await openLog(files)).seen.map(({ firstSequence }) => firstSequence),
      [1, 2, 3],
    );
  }
});

test('rotating an empty segment gives the same one', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  t.is(await wal.rotate(), 1);
  await wal.append(recordOf(1, [['a', '1']]), true);
  t.is(await wal.rotate(), 2);
  t.is(await wal.rotate(), 2);
  t.is(wal.segments, 2);
});

test('a floor segment that lost its header was one once: that is corruption', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), true);
  await wal.rotate();
  await wal.close();
  await files.replace(pathOf(2), new Uint8Array(10));
  await t.throwsAsync(openLog(files, 2), { code: 'LITHIFY_CORRUPTION' });
});

test('what was appended without sync is on disk after the next open, before anything is built on it', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), false);
  // The process dies here: nobody closes. The next one opens, writes durably, and then the machine fails.
  const next = await openLog(files);
  await next.wal.rotate();
  await next.wal.append(recordOf(2, [['b', '2']]), true);
  await files.powerLoss();
  t.deepEqual(
    (await openLog(inner)).seen.map(({ firstSequence }) => firstSequence),
    [1, 2],
  );
});

test('a record that came back after its append failed and the process died is not followed by a hole', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), true);
  // The append fails though it had its effect, the segment can be neither cut nor left, and the process dies.
  files.fail({ call: 'append', code: 'EIO', effect: 'whole' });
  files.fail({ call: 'truncate', code: 'EIO' });
  files.fail({ call: 'create', code: 'EIO', effect: 'whole' });
  await t.throwsAsync(wal.append(recordOf(2, [['b', '2']]), true), { code: 'LITHIFY_WAL' });
  const next = await openLog(inner);
  t.deepEqual(
    next.seen.map(({ firstSequence }) => firstSequence),
    [1, 2],
  );
  await next.wal.append(recordOf(3, [['c', '3']]), true);
  await next.wal.close();
  t.deepEqual(
    (await openLog(inner)).seen.map(({ firstSequence }) => firstSequence),
    [1, 2, 3],
  );
});

test('a refused record does not come back in place of later ones that the machine lost', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  files.fail({ call: 'append', code: 'EIO', effect: 'whole' });
  files.fail({ call: 'truncate', code: 'EIO' });
  await t.throwsAsync(wal.append(recordOf(1, [['refused', 'x']]), false), { code: 'LITHIFY_WAL' });
  await wal.append(recordOf(1, [['a', '1']]), false);
  await files.powerLoss((unsynced, path) => (path === pathOf(1) ? unsynced : 0));
  t.deepEqual((await openLog(inner)).seen, []);
});

test('after a new segment was begun for a failed one, and that failed too, the old one is not gone back to', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), true);
  files.fail({ call: 'append', code: 'EIO', effect: 'half' });
  files.fail({ call: 'truncate', code: 'EIO' });
  // The new segment's header lands on disk, although it is reported as failed, and cannot be taken away.
  files.fail({ call: 'append', at: 2, code: 'EIO', effect: 'whole' });
  files.fail({ call: 'remove', at: 2, code: 'EIO' });
  await t.throwsAsync(wal.append(recordOf(2, [['refused', 'x']]), true), { code: 'LITHIFY_WAL' });
  t.deepEqual(await inner.list(DIRECTORY), [segmentName(1), segmentName(2)]);
  await wal.append(recordOf(2, [['b', '2']]), true);
  t.deepEqual(
    (await openLog(inner)).seen.map(({ writes }) => writes[0][0]),
    ['a', 'b'],
  );
});
