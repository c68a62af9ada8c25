import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import { FaultyFiles, type FileFault } from '../support/faulty-files.ts';
import { openLog, recordOf } from '../support/logs.ts';

const sequences = (seen: readonly { firstSequence: number }[]): number[] => seen.map(({ firstSequence }) => firstSequence);

const FAULTS: readonly FileFault[] = [
  { call: 'append', code: 'ENOSPC', effect: 'none' },
  { call: 'append', code: 'ENOSPC', effect: 'half' },
  { call: 'append', code: 'EIO', effect: 'whole' },
  { call: 'sync', code: 'EIO', effect: 'none' },
  { call: 'sync', code: 'EIO', effect: 'whole' },
];

test('a failed append is refused with a code, leaves nothing behind, and the next one works', async (t) => {
  for (const fault of FAULTS) {
    const inner = memoryFiles();
    const files = new FaultyFiles(inner);
    const { wal } = await openLog(files);
    await wal.append(recordOf(1, [['a', '1']]), true);
    files.fail(fault);
    const error = await t.throwsAsync(wal.append(recordOf(2, [['lost', 'x']]), true));
    t.like(error, { code: fault.code === 'ENOSPC' ? 'LITHIFY_DISK_FULL' : 'LITHIFY_WAL', cause: { code: fault.code } });
    t.false(wal.isBroken);
    await wal.append(recordOf(2, [['b', '2']]), true);
    await files.powerLoss();
    const { seen } = await openLog(inner);
    t.deepEqual(
      seen.map(({ writes }) => writes[0][0]),
      ['a', 'b'],
      JSON.stringify(fault),
    );
  }
});

test('a full disk refuses every write until there is room, and loses none that it took', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), true);
  files.fail({ call: 'append', code: 'ENOSPC', effect: 'half', times: 4 });
  for (let i = 0; i < 4; i++) await t.throwsAsync(wal.append(recordOf(2, [['b', '2']]), true), { code: 'LITHIFY_DISK_FULL' });
  await wal.append(recordOf(2, [['c', '3']]), true);
  t.is(wal.current, 1, 'the segment was cut back and goes on');
  await files.powerLoss();
  t.deepEqual(sequences((await openLog(inner)).seen), [1, 2]);
});

test('a segment that cannot be cut back is given up for a new one', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), true);
  files.fail({ call: 'append', code: 'EIO', effect: 'whole' });
  files.fail({ call: 'truncate', code: 'EIO', times: Number.POSITIVE_INFINITY });
  await t.throwsAsync(wal.append(recordOf(2, [['never acknowledged', 'x']]), true), { code: 'LITHIFY_WAL' });
  await wal.append(recordOf(2, [['b', '2']]), true);
  t.is(wal.current, 2);
  await wal.close();
  const { seen } = await openLog(inner);
  t.deepEqual(
    seen.map(({ writes }) => writes[0][0]),
    ['a', 'b'],
  );
});

test('while nothing can be repaired nothing is acknowledged, and the error is that of the disk', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), true);
  const forever = { times: Number.POSITIVE_INFINITY };
  files.fail({ call: 'append', code: 'EIO', effect: 'half', ...forever });
  files.fail({ call: 'truncate', code: 'EIO', ...forever });
  files.fail({ call: 'create', code: 'ENOSPC', ...forever });
  await t.throwsAsync(wal.append(recordOf(2, [['b', '2']]), true), { code: 'LITHIFY_WAL' });
  t.true(wal.isBroken);
  for (let i = 0; i < 3; i++) await t.throwsAsync(wal.append(recordOf(2, [['b', '2']]), true), { code: 'LITHIFY_DISK_FULL' });
  await t.throwsAsync(wal.rotate(), { code: 'LITHIFY_DISK_FULL' });
  await t.throwsAsync(wal.sync(), { code: 'LITHIFY_DISK_FULL' });
  files.heal();
  await wal.append(recordOf(2, [['b', '2']]), true);
  await files.powerLoss();
  t.deepEqual(sequences((await openLog(inner)).seen), [1, 2]);
});

test('after a failed sync, writes that were acknowledged without one move to a new segment', async (t) => {
  for (const forgetful of [false, true]) {
    const inner = memoryFiles();
    const files = new FaultyFiles(inner, { forgetful });
    const { wal } = await openLog(files);
    await wal.append(recordOf(1, [['a', '1']]), true);
    await wal.append(recordOf(2, [['b', '2']]), false);
    await wal.append(recordOf(3, [['c', '3']]), false);
    files.fail({ call: 'sync', code: 'EIO' });
    await t.throwsAsync(wal.append(recordOf(4, [['lost', 'x']]), true), { code: 'LITHIFY_WAL' });
    await wal.append(recordOf(4, [['d', '4']]), true);
    // Had they been left to the old segment, the failed sync would have cost them now, under a later durable write.
    await files.powerLoss();
    const { seen } = await openLog(inner);
    t.deepEqual(
      seen.map(({ writes }) => writes[0][0]),
      ['a', 'b', 'c', 'd'],
    );
    t.deepEqual(
      seen.map(({ segment }) => segment),
      [1, 2, 2, 2],
    );
  }
});
