import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { nodeFiles } from '../../platform/files.ts';
import { memoryFiles } from '../../platform/memory-files.ts';
import type { Files } from '../../protocol/runtime.ts';

interface Context {
  files: Files;
  root: string;
}
const test = anyTest as TestFn<Context>;
const bytes = (...values: number[]) => Uint8Array.from(values);

/** Both implementations promise the same: every scenario runs over each. */
const kinds = {
  node: async () => ({ files: nodeFiles(), root: await nodeFiles().realPath(await mkdtemp(join(tmpdir(), 'lithify-files-'))) }),
  memory: async () => {
    const files = memoryFiles();
    await files.makeDirectory('/store');
    return { files, root: '/store' };
  },
};

for (const [kind, make] of Object.entries(kinds)) {
  const scenario = (title: string, run: (t: { deepEqual: Assert; throws: Refused; is: Assert }, context: Context) => Promise<void>) =>
    test(`${kind}: ${title}`, async (t) => {
      const context = await make();
      t.teardown(() => (kind === 'node' ? rm(context.root, { recursive: true }) : undefined));
      const throws: Refused = (work, code) => t.throwsAsync(work, { code });
      await run({ deepEqual: (a, b) => t.deepEqual(a, b), is: (a, b) => t.is(a, b), throws }, context);
    });

  scenario('a directory is made with its parents, and making it again changes nothing', async (t, { files, root }) => {
    await files.makeDirectory(`${root}/a/b/c`);
    await files.makeDirectory(`${root}/a/b/c`);
    t.deepEqual(await files.list(`${root}/a`), ['b']);
    t.is(await files.realPath(`${root}/a/./b/../b/`), `${root}/a/b`);
  });

  scenario('a listing is sorted, is not deep, and is empty where there is no directory', async (t, { files, root }) => {
    await files.makeDirectory(`${root}/b/deep`);
    for (const name of ['c', 'a', 'aa']) await files.replace(`${root}/${name}`, bytes());
    t.deepEqual(await files.list(root), ['a', 'aa', 'b', 'c']);
    t.deepEqual(await files.list(`${root}/none`), []);
  });

  scenario('a file is replaced as a whole and nothing else is left behind', async (t, { files, root }) => {
    await files.replace(`${root}/f`, bytes(1, 2, 3, 4));
    await files.replace(`${root}/f`, bytes(9));
    t.deepEqual(await files.read(`${root}/f`), bytes(9));
    t.deepEqual(await files.list(root), ['f']);
  });

  scenario('what was written does not follow later changes of the given bytes', async (t, { files, root }) => {
    const given = bytes(1, 2);
    await files.replace(`${root}/f`, given);
    const log = await files.createAppend(`${root}/g`);
    await log.append(given, false);
    given.fill(7);
    t.deepEqual(await files.read(`${root}/f`), bytes(1, 2));
    t.deepEqual(await files.read(`${root}/g`), bytes(1, 2));
    await log.close();
  });

  scenario('a part is read by offset and length, fewer bytes at the end, none after it', async (t, { files, root }) => {
    await files.replace(`${root}/f`, bytes(0, 1, 2, 3, 4));
    t.deepEqual(await files.read(`${root}/f`, 1, 2), bytes(1, 2));
    t.deepEqual(await files.read(`${root}/f`, 3, 100), bytes(3, 4));
    t.deepEqual(await files.read(`${root}/f`, 3), bytes(3, 4));
    t.deepEqual(await files.read(`${root}/f`, 5, 1), bytes());
    t.deepEqual(await files.read(`${root}/f`, 99), bytes());
  });

  scenario('what is missing is ENOENT to read and measure, and no reason to fail for exists and remove', async (t, { files, root }) => {
    const missing = `${root}/none`;
    await t.throws(files.read(missing), 'ENOENT');
    await t.throws(files.size(missing), 'ENOENT');
    await t.throws(files.realPath(missing), 'ENOENT');
    await t.throws(files.createAppend(`${missing}/f`), 'ENOENT');
    await t.throws(files.replace(`${missing}/f`, bytes(1)), 'ENOENT');
    t.is(await files.exists(missing), false);
    await files.remove(missing);
  });

  scenario('a removed file is gone and its name is free again', async (t, { files, root }) => {
    await (await files.createAppend(`${root}/f`)).close();
    t.is(await files.exists(`${root}/f`), true);
    await files.remove(`${root}/f`);
    t.is(await files.exists(`${root}/f`), false);
    await (await files.createAppend(`${root}/f`)).close();
  });

  scenario('creating a file that is there is EEXIST and leaves it alone', async (t, { files, root }) => {
    await files.replace(`${root}/f`, bytes(5));
    await t.throws(files.createAppend(`${root}/f`), 'EEXIST');
    t.deepEqual(await files.read(`${root}/f`), bytes(5));
  });

  scenario('appends stand one behind the other, and the length counts them', async (t, { files, root }) => {
    const log = await files.createAppend(`${root}/log`);
    t.is(log.length, 0);
    await log.append(bytes(1, 2), true);
    await log.append(bytes(3), false);
    await log.sync();
    t.is(log.length, 3);
    t.is(await files.size(`${root}/log`), 3);
    t.deepEqual(await files.read(`${root}/log`), bytes(1, 2, 3));
    await log.close();
  });

  scenario('a file that was cut back grows on from there', async (t, { files, root }) => {
    const log = await files.createAppend(`${root}/log`);
    await log.append(bytes(1, 2, 3, 4), true);
    await log.truncate(1);
    t.is(log.length, 1);
    await log.append(bytes(8, 9), true);
    t.deepEqual(await files.read(`${root}/log`), bytes(1, 8, 9));
    await log.close();
  });

  scenario('an existing file is opened to go on at its end, a missing one is ENOENT', async (t, { files, root }) => {
    await files.replace(`${root}/log`, bytes(1, 2, 3));
    const log = await files.openAppend(`${root}/log`);
    t.is(log.length, 3);
    await log.truncate(2);
    await log.append(bytes(9), true);
    t.deepEqual(await files.read(`${root}/log`), bytes(1, 2, 9));
    await log.close();
    await t.throws(files.openAppend(`${root}/none`), 'ENOENT');
    t.deepEqual(await files.list(root), ['log']);
  });

  scenario('a closed file takes nothing more, and closing it again succeeds', async (t, { files, root }) => {
    const log = await files.createAppend(`${root}/log`);
    await log.append(bytes(1), true);
    await log.close();
    await log.close();
    await t.throws(log.append(bytes(2), false), 'EBADF');
    t.deepEqual(await files.read(`${root}/log`), bytes(1));
  });

  scenario('reserved and written bytes count as disk usage until the files are removed', async (t, { files, root }) => {
    const size = 3 * 1024 * 1024 + 5;
    await files.makeDirectory(`${root}/deep`);
    const empty = await files.diskUsage(root);
    await files.reserve(`${root}/reserve`, size);
    await files.reserve(`${root}/reserve`, size);
    await files.replace(`${root}/deep/f`, new Uint8Array(size).fill(1));
    t.is(await files.size(`${root}/reserve`), size);
    t.is((await files.diskUsage(root)) >= 2 * size, true);
    await files.remove(`${root}/reserve`);
    await files.remove(`${root}/deep/f`);
    t.is(await files.diskUsage(root), empty);
    t.is(await files.diskUsage(`${root}/none`), 0);
  });

  scenario('a place is told without looking: the directory is absolute, the name is the last one', async (t, { files, root }) => {
    t.deepEqual(files.placeOf(`${root}/none/./a/../b/`), { parent: `${root}/none`, name: 'b' });
    t.deepEqual(files.placeOf(`${root}`), { parent: files.placeOf(`${root}/x/..`).parent, name: root.slice(root.lastIndexOf('/') + 1) });
  });

  scenario('a directory moves with all that is in it, also onto an empty one', async (t, { files, root }) => {
    await files.makeDirectory(`${root}/from/deep`);
    await files.makeDirectory(`${root}/empty`);
    await files.replace(`${root}/from/deep/f`, bytes(1, 2));
    await files.moveDirectory(`${root}/from`, `${root}/to`);
    await files.moveDirectory(`${root}/to`, `${root}/empty`);
    t.deepEqual(await files.list(root), ['empty']);
    t.deepEqual(await files.read(`${root}/empty/deep/f`), bytes(1, 2));
  });

  scenario('a directory does not move onto what is there, and what is not there does not move', async (t, { files, root }) => {
    await files.makeDirectory(`${root}/from`);
    await files.makeDirectory(`${root}/full/deep`);
    await files.replace(`${root}/f`, bytes(5));
    await t.throws(files.moveDirectory(`${root}/from`, `${root}/full`), 'ENOTEMPTY');
    await t.throws(files.moveDirectory(`${root}/from`, `${root}/f`), 'ENOTDIR');
    await t.throws(files.moveDirectory(`${root}/none`, `${root}/to`), 'ENOENT');
    await t.throws(files.moveDirectory(`${root}/from`, `${root}/none/to`), 'ENOENT');
    t.deepEqual(await files.list(root), ['f', 'from', 'full']);
  });

  scenario('a directory is removed with all that is in it, and nothing beside it', async (t, { files, root }) => {
    await files.makeDirectory(`${root}/a/deep`);
    await files.makeDirectory(`${root}/ab`);
    await files.replace(`${root}/a/deep/f`, bytes(1));
    await files.removeDirectory(`${root}/a`);
    await files.removeDirectory(`${root}/none`);
    t.deepEqual(await files.list(root), ['ab']);
  });

  scenario('an empty directory is removed, and one that is not empty, or not there, left as it is', async (t, { files, root }) => {
    await files.makeDirectory(`${root}/empty`);
    await files.makeDirectory(`${root}/full/deep`);
    for (const name of ['empty', 'full', 'none']) await files.removeEmptyDirectory(`${root}/${name}`);
    t.deepEqual(await files.list(root), ['full']);
    t.deepEqual(await files.list(`${root}/full`), ['deep']);
  });
}

type Assert = (actual: unknown, expected: unknown) => void;
type Refused = (work: Promise<unknown>, code: string) => Promise<unknown>;

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a directory that cannot be made, although its parent is there, is an error and no endless loop', async (t) => {
  await t.throwsAsync(() => nodeFiles().makeDirectory('/proc/none/store'), { code: 'ENOENT' });
});
