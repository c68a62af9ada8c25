import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { moveDurably, syncDirectory } from '../../platform/durable.ts';

for (const [which, failsAt] of [
  ['below it', 1],
  ['that it is in', 3],
] as const) {
  test(`a directory whose move cannot be made durable, because one ${which} cannot be synced, is where it was`, async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'lithify-move-'));
    t.teardown(() => rm(root, { recursive: true }));
    await mkdir(join(root, 'from', 'deep'), { recursive: true });
    await writeFile(join(root, 'from', 'deep', 'file'), 'content');
    let syncs = 0;
    const sync = (path: string) => (++syncs === failsAt ? Promise.reject(new Error('EIO')) : syncDirectory(path));
    await t.throwsAsync(moveDurably(join(root, 'from'), join(root, 'to'), sync), { message: 'EIO' });
    t.is(syncs, failsAt);
    t.deepEqual(await readdir(root), ['from']);
    t.deepEqual(await readdir(join(root, 'from', 'deep')), ['file']);
  });
}

test('every directory below is synced before the move, and the one that it is in after it', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'lithify-move-'));
  t.teardown(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'from', 'deep'), { recursive: true });
  await mkdir(join(root, 'other'));
  const seen: string[] = [];
  const sync = async (path: string) => void seen.push(`${path.slice(root.length)} ${(await readdir(root)).join()}`);
  await moveDurably(join(root, 'from'), join(root, 'other', 'to'), sync);
  t.deepEqual(seen, ['/from/deep from,other', '/from from,other', '/other other', ' other']);
});
