import test from 'ava';
import type { LostWrites } from '../../index.ts';
import { checksum } from '../../platform/checksum.ts';
import { memoryFiles } from '../../platform/memory-files.ts';
import type { Files } from '../../protocol/runtime.ts';
import { salvageWal } from '../../storage/salvage/wal/salvage-wal.ts';
import { FaultyFiles } from '../support/faulty-files.ts';
import { DIRECTORY, openLog, pathOf, recordOf, writesOf } from '../support/logs.ts';

/** Three segments of three groups each; group n writes `key n`, and has the sequence n. */
async function threeSegments(): Promise<Files> {
  const files = memoryFiles();
  const { wal } = await openLog(files);
  for (let n = 1; n <= 9; n++) {
    await wal.append(recordOf(n, [[`key ${n}`, 'value']]), true);
    if (n % 3 === 0 && n < 9) await wal.rotate();
  }
  await wal.close();
  return files;
}

interface Salvaged {
  readonly keys: readonly string[];
  readonly lost: readonly LostWrites[];
}

async function salvage(files: Files, floor = 1): Promise<Salvaged> {
  const keys: string[] = [];
  const tools = { files, checksum, turn: () => Promise.resolve() };
  const { lost } = await salvageWal(tools, DIRECTORY, floor, (group) => {
    keys.push(...writesOf(group).map(([key]) => key));
    return undefined;
  });
  return { keys, lost };
}

function keysWithout(...gone: readonly number[]): string[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((n) => !gone.includes(n)).map((n) => `key ${n}`);
}

async function change(files: Files, segment: number, how: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await files.replace(pathOf(segment), how(await files.read(pathOf(segment))));
}

test('all groups come in their order, and nothing is lost', async (t) => {
  t.deepEqual(await salvage(await threeSegments()), { keys: keysWithout(), lost: [] });
});

test('segments below the floor are left out, and one that is missing from there on is lost', async (t) => {
  const files = await threeSegments();
  t.deepEqual(await salvage(files, 2), { keys: keysWithout(1, 2, 3), lost: [] });
  await files.remove(pathOf(2));
  const { keys, lost } = await salvage(files, 2);
  t.deepEqual(keys, ['key 7', 'key 8', 'key 9']);
  t.like(lost, [{ file: '0000000000000002.wal', reason: 'the segment is missing' }]);
});

test('a segment that has lost its end is found out by the one behind it', async (t) => {
  const files = await threeSegments();
  const end = (await files.size(pathOf(1))) - (await files.read(pathOf(1))).length / 4;
  await change(files, 1, (bytes) => bytes.slice(0, end));
  const { keys, lost } = await salvage(files);
  t.deepEqual(keys, keysWithout(3));
  t.is(lost[0].file, '0000000000000001.wal');
  t.true(lost.some(({ reason }) => reason.includes('lost its end')));
});

test('records beyond the end that the next segment knows of were refused, and do not come back', async (t) => {
  const inner = memoryFiles();
  const files = new FaultyFiles(inner);
  const { wal } = await openLog(files);
  await wal.append(recordOf(1, [['kept', 'value']]), true);
  // It is written, but not certainly: the caller is told that it failed. And the file cannot be cut.
  files.fail({ call: 'sync', code: 'EIO', effect: 'none' });
  files.fail({ call: 'truncate', code: 'EIO', times: 9 });
  await t.throwsAsync(wal.append(recordOf(2, [['refused', 'value']]), true));
  files.heal();
  await wal.append(recordOf(2, [['next', 'value']]), true);
  await wal.close();
  t.is((await inner.list(DIRECTORY)).length, 2);
  t.deepEqual(await salvage(inner), { keys: ['kept', 'next'], lost: [] });
});

test('a segment that was begun and has no record yet does not say where the one before ends', async (t) => {
  const files = await threeSegments();
  const empty = (await files.read(pathOf(3))).slice(0, 40);
  // As after a crash in a rotation that failed: segment 2 went on meanwhile.
  await files.remove(pathOf(3));
  const { wal } = await openLog(files);
  await wal.append(recordOf(7, [['key 7', 'value']]), true);
  await wal.close();
  await files.replace(pathOf(3), empty);
  t.deepEqual((await salvage(files)).keys, keysWithout(8, 9));
});

test('a damaged header of a segment in the middle hides neither its records nor those before it', async (t) => {
  for (const at of [0, 20, 37]) {
    const files = await threeSegments();
    await change(files, 2, (bytes) => bytes.map((byte, i) => (i === at ? byte ^ 8 : byte)));
    t.deepEqual(await salvage(files), { keys: keysWithout(), lost: [] });
  }
});

test('a segment under the name of another one is read all the same', async (t) => {
  const files = await threeSegments();
  await files.replace(pathOf(4), await files.read(pathOf(3)));
  const { keys } = await salvage(files);
  t.deepEqual(new Set(keys), new Set(keysWithout()));
});

test('pages that the disk does not give back cost what is in them', async (t) => {
  const inner = memoryFiles();
  const { wal } = await openLog(inner);
  for (let n = 1; n <= 9; n++) await wal.append(recordOf(n, [[`key ${n}`, 'x'.repeat(3000)]]), true);
  await wal.close();
  const files: Files = {
    ...inner,
    read: async (path, offset = 0, length = Number.POSITIVE_INFINITY) => {
      if (offset <= 9000 && offset + length > 9000) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      return inner.read(path, offset, length);
    },
  };
  const { keys, lost } = await salvage(files);
  t.deepEqual([keys.length >= 6, keys.length < 9, lost.length], [true, true, 1]);
  t.deepEqual([keys[0], keys.at(-1)], ['key 1', 'key 9']);
});
