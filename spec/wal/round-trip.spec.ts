import test from 'ava';
import fc from 'fast-check';
import { memoryFiles } from '../../platform/memory-files.ts';
import { decodeGroup } from '../../storage/wal/decode-group.ts';
import { GroupBuilder } from '../../storage/wal/group.ts';
import { openLog, recordOf, type Write, writesOf } from '../support/logs.ts';

test('what was appended is replayed, group by group, in order, with its segment', async (t) => {
  const files = memoryFiles();
  const { wal, seen } = await openLog(files);
  t.deepEqual(seen, []);
  await wal.append(
    recordOf(1, [
      ['a', '1'],
      ['b', undefined],
    ]),
    true,
  );
  t.is(await wal.rotate(), 2);
  await wal.append(
    recordOf(3, [
      ['', 'empty key'],
      ['a', ''],
    ]),
    false,
  );
  await wal.close();
  const again = await openLog(files);
  t.deepEqual(again.seen, [
    {
      firstSequence: 1,
      segment: 1,
      writes: [
        ['a', '1'],
        ['b', undefined],
      ],
    },
    {
      firstSequence: 3,
      segment: 2,
      writes: [
        ['', 'empty key'],
        ['a', ''],
      ],
    },
  ]);
  t.like(again.wal.recovery, { groups: 2, entries: 4, lastSequence: 4, torn: undefined, ignored: [] });
});

test('any groups survive any number of reopenings and rotations', async (t) => {
  const write = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.option(fc.string({ maxLength: 300 }), { nil: undefined }));
  const group = fc.array(write, { minLength: 1, maxLength: 8 });
  const step = fc.oneof({ weight: 4, arbitrary: group }, fc.constantFrom('reopen' as const, 'rotate' as const));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const files = memoryFiles();
      const expected: Write[][] = [];
      let { wal } = await openLog(files);
      let sequence = 1;
      for (const now of steps) {
        if (now === 'reopen') {
          await wal.close();
          const reopened = await openLog(files);
          t.deepEqual(
            reopened.seen.map(({ writes }) => writes),
            expected,
          );
          wal = reopened.wal;
        } else if (now === 'rotate') {
          await wal.rotate();
        } else {
          await wal.append(recordOf(sequence, now), sequence % 2 === 0);
          sequence += now.length;
          expected.push(now);
        }
      }
      await wal.close();
      t.deepEqual(
        (await openLog(files)).seen.map(({ writes }) => writes),
        expected,
      );
    }),
    { numRuns: 60 },
  );
});

test('a group larger than a chunk of reading is read whole', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  const large = 'x'.repeat(700_000);
  for (let i = 1; i <= 3; i++) await wal.append(recordOf(i, [[`key ${i}`, large]]), true);
  await wal.close();
  const { seen } = await openLog(files);
  t.deepEqual(
    seen.map(({ writes }) => writes[0][1]?.length),
    [700_000, 700_000, 700_000],
  );
});

test('calls that overlap take effect in the order in which they were made', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  const first = wal.append(recordOf(1, [['a', '1']]), true);
  const rotated = wal.rotate();
  const second = wal.append(recordOf(2, [['b', '2']]), true);
  const closed = wal.close();
  t.is(await rotated, 2);
  await Promise.all([first, second, closed]);
  t.deepEqual(
    (await openLog(files)).seen.map(({ segment }) => segment),
    [1, 2],
  );
  await t.throwsAsync(wal.append(recordOf(3, [['c', '3']]), true), { code: 'LITHIFY_CLOSED' });
});

test('a builder is used again for the next group, however large the last one was', (t) => {
  const builder = new GroupBuilder();
  builder.put(new Uint8Array(10), new Uint8Array(6_000_000));
  t.is(decodeGroup(builder.seal(1)).count, 1);
  builder.reset();
  t.is(builder.bytes, 0);
  builder.put(new Uint8Array([107]), new Uint8Array([118]));
  const group = decodeGroup(builder.seal(9));
  t.is(group.firstSequence, 9);
  t.deepEqual(writesOf(group), [['k', 'v']]);
  t.deepEqual(writesOf(builder.group(9)), [['k', 'v']]);
});

test('segments below the floor are deleted, those that stay are counted', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  for (let i = 1; i <= 3; i++) {
    await wal.append(recordOf(i, [['k', 'v']]), true);
    await wal.rotate();
  }
  t.is(wal.segments, 4);
  t.deepEqual(await wal.dropBelow(3), []);
  t.is(wal.segments, 2);
  t.deepEqual(await wal.dropBelow(99), []);
  t.deepEqual(await files.list('/store/wal'), ['0000000000000004.wal'], 'the current one stays');
  t.is(wal.bytes, await files.size('/store/wal/0000000000000004.wal'));
  await wal.close();
  t.deepEqual((await openLog(files, 4)).seen, []);
});

test('opening deletes the segments below the floor and does not replay them', async (t) => {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  for (let i = 1; i <= 3; i++) {
    await wal.append(recordOf(i, [[`k${i}`, 'v']]), true);
    if (i < 3) await wal.rotate();
  }
  await wal.close();
  const { seen } = await openLog(files, 3);
  t.deepEqual(
    seen.map(({ segment }) => segment),
    [3],
  );
  t.deepEqual(await files.list('/store/wal'), ['0000000000000003.wal']);
});
