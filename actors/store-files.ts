import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Files } from '../protocol/runtime.ts';
import { writeBufferBytes } from './limits.ts';

/** The parts of a store's directory. */
export interface StorePaths {
  readonly root: string;
  readonly blobs: string;
  readonly manifest: string;
  readonly wal: string;
  readonly format: string;
  readonly reserve: string;
  /** What the flight recorder dumped when something failed. */
  readonly recorder: string;
}

/** Written once, when a store is made; a directory without it is not a store. */
const FORMAT = 'lithify store, format 1\n';
const MiB = 1024 * 1024;
/** LevelDB writes its log's rest when it is opened, so a full disk needs room for that: this much is freed for it. */
function reserveBytes(options: EngineOptions): number {
  return Math.max(MiB, Math.min(4 * MiB, 8 * writeBufferBytes(options)));
}
/** On a disk with less than so many times the reserve, the room is worth more to what waits to be written. */
const ROOM_FOR_RESERVE = 4;

export function pathsOf(root: string): StorePaths {
  return {
    root,
    blobs: `${root}/blobs`,
    manifest: `${root}/manifest`,
    wal: `${root}/wal`,
    format: `${root}/FORMAT`,
    reserve: `${root}/RESERVE`,
    recorder: `${root}/recorder`,
  };
}

/** The store's directory under its real path, made when that is wanted. LITHIFY_NOT_FOUND, LITHIFY_EXISTS. */
export async function prepareDirectory(files: Files, location: string, options: EngineOptions): Promise<StorePaths> {
  try {
    if (!options.createIfMissing && !(await files.exists(location))) throw notFound(location);
    await files.makeDirectory(location);
    return pathsOf(await files.realPath(location));
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `Opening the directory ${location}`);
  }
}

/** Refuses directories of another kind or format before anything in them is touched. */
export async function checkFormat(files: Files, paths: StorePaths, options: EngineOptions): Promise<{ isNew: boolean }> {
  if (await files.exists(paths.format)) {
    if (options.errorIfExists)
      throw new LithifyError('LITHIFY_EXISTS', `A store exists in ${paths.root} already, and errorIfExists is set.`);
    await assertFormat(files, paths);
    return { isNew: false };
  }
  if (await files.exists(`${paths.blobs}/CURRENT`)) {
    // The format file is written after the first manifest entry: a crash in between leaves a store without data.
    const segments = await files.list(paths.wal);
    if (segments.length > 0) throw corrupt(paths, 'is missing, but there is a log');
  }
  if (!options.createIfMissing) throw notFound(paths.root);
  return { isNew: true };
}

/** Last step of making a store: from here on it exists. */
export async function writeFormat(files: Files, paths: StorePaths): Promise<void> {
  try {
    await files.replace(paths.format, new TextEncoder().encode(FORMAT));
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_BLOB_STORE', `Writing ${paths.format}`);
  }
}

/** Room for recovery; a disk that has none now is no reason to fail. */
export async function reserveRoom(files: Files, paths: StorePaths, options: EngineOptions): Promise<void> {
  const bytes = reserveBytes(options);
  try {
    if ((await files.exists(paths.reserve)) && (await files.size(paths.reserve)) >= bytes) return;
    if ((await files.freeBytes(paths.root)) < ROOM_FOR_RESERVE * bytes) return;
    await files.reserve(paths.reserve, bytes);
  } catch {
    await files.remove(paths.reserve).catch(() => undefined);
  }
}

export async function freeReserve(files: Files, paths: StorePaths): Promise<void> {
  await files.remove(paths.reserve).catch(() => undefined);
}

async function readFormat(files: Files, paths: StorePaths): Promise<Uint8Array> {
  try {
    return await files.read(paths.format, 0, 100);
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_BLOB_STORE', `Reading ${paths.format}`, { file: paths.format });
  }
}

async function assertFormat(files: Files, paths: StorePaths): Promise<void> {
  const found = new TextDecoder().decode(await readFormat(files, paths));
  if (found !== FORMAT) throw corrupt(paths, `reads ${JSON.stringify(found)}, not ${JSON.stringify(FORMAT)}`);
}

function corrupt(paths: StorePaths, what: string): LithifyError {
  return new LithifyError(
    'LITHIFY_CORRUPTION',
    `${paths.format} ${what}: this is not a store of this version of lithify. Restore the file, or repair the store.`,
    {
      details: { file: paths.format },
    },
  );
}

function notFound(location: string): LithifyError {
  // "does not exist" is what programs of the Level family look for.
  return new LithifyError('LITHIFY_NOT_FOUND', `A store does not exist in ${location}, and createIfMissing is false.`, {
    details: { location },
  });
}
