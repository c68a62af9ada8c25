import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { nodeFiles } from '../../platform/files.ts';

async function freshDirectory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lithify-replace-'));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}
const bytes = (...values: number[]) => Uint8Array.from(values);

test('a replacement that cannot take its place leaves the old thing and no temporary file', async (t) => {
  const root = await freshDirectory(t);
  await mkdir(join(root, 'f'));
  await writeFile(join(root, 'f', 'inside'), 'kept');
  await t.throwsAsync(nodeFiles().replace(join(root, 'f'), bytes(1)), { code: 'EISDIR' });
  t.deepEqual(await readdir(root), ['f']);
  t.deepEqual(await readdir(join(root, 'f')), ['inside']);
});

test('what a crash left of an earlier replacement does not get into the next', async (t) => {
  const root = await freshDirectory(t);
  await writeFile(join(root, 'f.tmp'), 'torn and longer than the next');
  await nodeFiles().replace(join(root, 'f'), bytes(1, 2));
  t.deepEqual(await nodeFiles().read(join(root, 'f')), bytes(1, 2));
  t.deepEqual(await readdir(root), ['f']);
});

test('a reserve that a crash left too small is filled up with real blocks', async (t) => {
  const root = await freshDirectory(t);
  const size = 1024 * 1024;
  await writeFile(join(root, 'reserve'), 'torn');
  await nodeFiles().reserve(join(root, 'reserve'), size);
  const { blocks } = await stat(join(root, 'reserve'));
  t.true(blocks * 512 >= size);
});
