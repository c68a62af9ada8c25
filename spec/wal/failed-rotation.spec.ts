import test from 'ava';
import { memoryFiles } from '../../platform/memory-files.ts';
import { FaultyFiles, type FileFault } from '../support/faulty-files.ts';
import { DIRECTORY, openLog, recordOf } from '../support/logs.ts';

const ROTATION_FAULTS: readonly FileFault[] = [
  { call: 'create', code: 'EMFILE' },
  { call: 'create', code: 'ENOSPC', effect: 'whole' },
  { call: 'append', code: 'ENOSPC', effect: 'half' },
  { call: 'append', code: 'EIO', effect: 'whole' },
  { call: 'sync', code: 'EIO', effect: 'whole' },
  { call: 'remove', code: 'EACCES' },
];

test('when rotating fails, writing goes on in the old segment, and rotating works again', async (t) => {
  for (const fault of ROTATION_FAULTS) {
    for (const stuck of [false, true]) {
      const inner = memoryFiles();
      const files = new FaultyFiles(inner);
      const { wal } = await openLog(files);
      await wal.append(recordOf(1, [['a', '1']]), true);
      files.fail(fault);
      // Also when the file of the attempt cannot be taken away again.
      if (stuck) files.fail({ call: 'remove', at: 2, code: 'EACCES' });
      await t.throwsAsync(wal.rotate(), { code: fault.code === 'ENOSPC' ? 'LITHIFY_DISK_FULL' : 'LITHIFY_WAL' });
      t.is(wal.current, 1);
      files.heal();
      await wal.append(recordOf(2, [['b', '2']]), true);

      // A crash here finds both, although the attempt's segment may still be there.
      const copy = memoryFiles();
      await copy.makeDirectory(DIRECTORY);
      for (const name of await inner.list(DIRECTORY)) await copy.replace(`${DIRECTORY}/${name}`, await inner.read(`${DIRECTORY}/${name}`));
      t.deepEqual(
        (await openLog(copy)).seen.map(({ firstSequence }) => firstSequence),
        [1, 2],
        JSON.stringify(fault),
      );

      t.is(await wal.rotate(), 2);
      await wal.append(recordOf(3, [['c', '3']]), true);
      await files.powerLoss();
      const { seen } = await openLog(inner);
      t.deepEqual(
        seen.map(({ segment }) => segment),
        [1, 1, 2],
        JSON.stringify(fault),
      );
    }
  }
});

test('when the old segment cannot be synced, rotating fails and loses nothing', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['a', '1']]), false);
  files.fail({ call: 'sync', code: 'EIO' });
  await t.throwsAsync(wal.rotate(), { code: 'LITHIFY_WAL' });
  await wal.append(recordOf(2, [['b', '2']]), true);
  await files.powerLoss();
  t.deepEqual(
    (await openLog(inner)).seen.map(({ firstSequence }) => firstSequence),
    [1, 2],
  );
});

test('a segment that cannot be deleted is named, and deleted by a later call', async (t) => {
  const files = new FaultyFiles(memoryFiles());
  const { wal } = await openLog(files);
  for (let i = 1; i <= 3; i++) {
    await wal.append(recordOf(i, [['k', 'v']]), true);
    await wal.rotate();
  }
  files.fail({ call: 'remove', code: 'EBUSY' });
  t.deepEqual(await wal.dropBelow(3), [1, 2], 'the newer one stays too, so that no hole comes to be');
  t.is((await files.list(DIRECTORY)).length, 4);
  t.deepEqual(await wal.dropBelow(3), []);
  t.is((await files.list(DIRECTORY)).length, 2);
});
