import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type CheckpointOptions, nodeRuntime } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { filesIn } from '../support/store-contents.ts';
import { beside, freshTarget, inCopy } from './support/copies.ts';

const MiB = 1024 * 1024;

test('what is there is not touched, be it a file, a directory with something in it, or a store', async (t) => {
  const root = await tempDirectory(t);
  const engine = await openEngine(t, TINY, join(root, 'store'));
  await engine.kv.put('a', '1');
  await writeFile(join(root, 'file'), 'mine');
  await mkdir(join(root, 'full', 'deep'), { recursive: true });
  const { location } = await engine.checkpoint(join(root, 'copy'));
  await engine.kv.put('b', '2');
  const before = await filesIn(root);
  for (const taken of ['file', 'full', 'copy']) {
    const error = await t.throwsAsync(engine.checkpoint(join(root, taken)), { code: 'LITHIFY_EXISTS' });
    t.true(error?.message.includes(join(root, taken)));
  }
  t.deepEqual(await filesIn(root), before);
  t.is(engine.stats().memtables.active.entries, 1, 'it was refused after work was done for it');
  t.is(await inCopy(location, (copy) => copy.kv.get('a')), '1');
});

test('an empty directory takes a copy', async (t) => {
  const target = await tempDirectory(t);
  const engine = await openEngine(t);
  await engine.kv.put('a', '1');
  t.is((await engine.checkpoint(target)).location, target);
  t.is(await inCopy(target, (copy) => copy.kv.get('a')), '1');
});

test('the store itself takes none, on whatever path', async (t) => {
  const root = await tempDirectory(t);
  const store = join(root, 'store');
  const engine = await openEngine(t, TINY, store);
  await engine.kv.put('a', '1');
  await symlink(store, join(root, 'link'));
  await mkdir(join(store, 'empty'));
  const before = await filesIn(root);
  for (const inside of ['store/copy', 'store', 'store/deep/er', 'link/copy', 'link', 'x/../store/copy', 'store/empty', 'store/blobs/copy'])
    await t.throwsAsync(engine.checkpoint(join(root, inside)), { code: 'LITHIFY_INVALID_ARGUMENT', message: /is in the store/ }, inside);
  t.deepEqual(await filesIn(root), before);
  // Its name begins alike, and that is all.
  t.is((await engine.checkpoint(join(root, 'store-copy'))).location, join(root, 'store-copy'));
});

test('where there is no room nothing is written, and the error names what there is and what is needed', async (t) => {
  let free = 20 * MiB;
  const asked: string[] = [];
  const freeBytes = async (path: string) => {
    asked.push(path);
    return free;
  };
  const files = { ...nodeFiles(), freeBytes };
  const root = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, memtableBytes: 16 * MiB, memoryBytes: 64 * MiB, runtime: nodeRuntime({ files }) });
  await engine.kv.put('large', 'v'.repeat(6 * MiB));
  asked.length = 0;
  const error = await t.throwsAsync(engine.checkpoint(join(root, 'deep', 'copy')), { code: 'LITHIFY_DISK_FULL' });
  t.true(error?.message.includes(String(free)), error?.message);
  const needed = (error as unknown as { details: { needed: number } }).details.needed;
  t.true(error?.message.includes(String(needed)) && needed > 22 * MiB, error?.message);
  t.deepEqual(
    asked.filter((path) => path !== engine.location),
    [root],
  );
  t.deepEqual(await filesIn(root), []);
  free = needed;
  const { location } = await engine.checkpoint(join(root, 'deep', 'copy'));
  t.is(location, join(root, 'deep', 'copy'));
  // Refusing a copy is nothing that happened to the source.
  await engine.kv.put('a', '1');
  t.is(engine.stats().state, 'open');
});

test('a directory that cannot be made is an error with its reason, and nothing is left', async (t) => {
  const root = await tempDirectory(t);
  await writeFile(join(root, 'file'), 'mine');
  const engine = await openEngine(t);
  await engine.kv.put('a', '1');
  const error = await t.throwsAsync(engine.checkpoint(join(root, 'file', 'copy')), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.regex(error?.message ?? '', /ENOTDIR|EEXIST/);
  t.deepEqual(await filesIn(root), ['file']);
  t.deepEqual(engine.stats().leases, []);
});

test('a target that is taken meanwhile stays as it is, and the copy is given up', async (t) => {
  const target = await freshTarget(t);
  const inner = nodeFiles();
  // As late as can be.
  const moveDirectory: typeof inner.moveDirectory = async (from, to) => {
    await mkdir(to);
    await writeFile(join(to, 'file'), 'mine');
    await inner.moveDirectory(from, to);
  };
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files: { ...inner, moveDirectory } }) });
  await engine.kv.put('a', '1');
  await t.throwsAsync(engine.checkpoint(target), { code: 'LITHIFY_EXISTS' });
  t.deepEqual(await beside(target), ['copy']);
  t.deepEqual(await filesIn(target), ['file']);
});

test('a copy that cannot be moved into its place is given up, with the reason', async (t) => {
  const target = await freshTarget(t);
  const moveDirectory = () => Promise.reject(Object.assign(new Error('EIO: i/o error, rename'), { code: 'EIO' }));
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files: { ...nodeFiles(), moveDirectory } }) });
  await engine.kv.put('a', '1');
  await t.throwsAsync(engine.checkpoint(target), { code: 'LITHIFY_BLOB_STORE', message: /EIO/ });
  t.deepEqual(await beside(target), []);
});

test('wrong arguments are refused by name', async (t) => {
  const engine = await openEngine(t);
  const wrong: [unknown, unknown, RegExp][] = [
    ['', {}, /directory/],
    [7, {}, /directory/],
    ['somewhere', null, /options/],
    ['somewhere', { onprogress: () => {} }, /onprogress/],
    ['somewhere', { onProgress: 'loud' }, /onProgress/],
    ['somewhere', { signal: 'stop' }, /signal/],
    ['somewhere', { signal: null }, /signal/],
  ];
  for (const [directory, options, message] of wrong)
    await t.throwsAsync(engine.checkpoint(directory as string, options as CheckpointOptions), {
      code: 'LITHIFY_INVALID_ARGUMENT',
      message,
    });
});
