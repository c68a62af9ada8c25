import { LithifyError } from '../protocol/errors.ts';
import type { Files, Runtime } from '../protocol/runtime.ts';
import { destroyLevelDatabase } from '../storage/level-database.ts';
import { removeDumps } from './observation/recorder/dump-files.ts';
import { locked } from './store.ts';
import { pathsOf, type StorePaths } from './store-files.ts';

/**
 * Deletes the store in a directory, and the directory when nothing else is in it. The format file goes last: cut off
 * anywhere, it can be called again. LITHIFY_LOCKED: the store is open; LITHIFY_NOT_FOUND: the directory holds none.
 */
export async function destroyStore(location: string, { files, lock }: Runtime): Promise<void> {
  if (!(await files.exists(location))) return;
  const paths = pathsOf(await files.realPath(location));
  const unlock = await lock(paths.root);
  if (unlock === undefined) throw locked(paths.root);
  try {
    if (!(await files.exists(paths.format))) throw noStore(paths);
    await remove(files, paths);
  } finally {
    unlock();
  }
}

/** LevelDB first, which refuses when another process has the store open. */
async function remove(files: Files, paths: StorePaths): Promise<void> {
  await destroyLevelDatabase(paths.blobs);
  await destroyLevelDatabase(paths.manifest);
  for (const name of await files.list(paths.wal)) await files.remove(`${paths.wal}/${name}`);
  await files.removeEmptyDirectory(paths.wal);
  await files.remove(paths.reserve);
  await removeDumps(files, paths.recorder);
  await files.remove(paths.format);
  await files.removeEmptyDirectory(paths.root);
}

function noStore({ root }: StorePaths): LithifyError {
  return new LithifyError('LITHIFY_NOT_FOUND', `There is no store in ${root}; nothing was deleted.`, { details: { location: root } });
}
