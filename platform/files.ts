import { constants, mkdir, open, readdir, realpath, rm, rmdir, stat, statfs, symlink, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf } from '../protocol/errors.ts';
import type { AppendFile, Files } from '../protocol/runtime.ts';
import { HandleAppendFile } from './append-file.ts';
import { createDurably, moveDurably, orElse, replaceDurably, reserveBlocks, syncDirectory } from './durable.ts';

/** `Files` over this machine's file system. */
export function nodeFiles(): Files {
  return {
    realPath: (path) => realpath(path),
    makeDirectory,
    removeEmptyDirectory: (path) => orElse(rmdir(path), ['ENOENT', 'ENOTEMPTY', 'EEXIST'], undefined),
    list: async (path) => (await orElse(readdir(path), ['ENOENT'], [])).sort(),
    exists: (path) =>
      orElse(
        stat(path).then(() => true),
        ['ENOENT', 'ENOTDIR'],
        false,
      ),
    size: async (path) => (await stat(path)).size,
    read: readPart,
    replace: replaceDurably,
    remove: (path) => orElse(unlink(path), ['ENOENT'], undefined),
    createAppend: async (path) => new HandleAppendFile(await createDurably(path)),
    openAppend,
    reserve: reserveBlocks,
    freeBytes,
    diskUsage,
    placeOf: (path) => ({ parent: dirname(resolve(path)), name: basename(resolve(path)) }),
    moveDirectory: (from, to) => moveDurably(from, to),
    removeDirectory: (path) => rm(path, { recursive: true, force: true }),
    link: (existing, path) => symlink(existing, path),
  };
}

async function makeDirectory(path: string): Promise<void> {
  const first = await makeMissing(resolve(path));
  if (first === undefined) return;
  // Each new directory is an entry of its parent, and only the parent's sync keeps it.
  const top = dirname(first);
  for (let at = dirname(resolve(path)); at.length >= top.length; at = dirname(at)) {
    await syncDirectory(at);
    if (at === dirname(at)) return;
  }
}

/**
 * The outermost directory that it made; undefined: all were there. Node's own recursive mkdir never comes back where a
 * directory cannot be made although its parent is there, as in /proc.
 */
async function makeMissing(path: string): Promise<string | undefined> {
  const failure = await madeOne(path);
  if (failure === undefined) return path;
  const parent = dirname(path);
  if (codeOf(failure) !== 'ENOENT' || parent === path) return thereOr(path, failure);
  const first = await makeMissing(parent);
  const again = await madeOne(path);
  if (again !== undefined) await thereOr(path, again);
  return first ?? path;
}

/** Why it could not be made, if it could not. */
function madeOne(path: string): Promise<unknown> {
  return mkdir(path).catch((error: unknown) => error);
}

async function thereOr(path: string, failure: unknown): Promise<undefined> {
  if (!(await isDirectory(path))) throw failure;
}

function isDirectory(path: string): Promise<boolean> {
  return orElse(
    stat(path).then((found) => found.isDirectory()),
    ['ENOENT', 'ENOTDIR', 'EACCES'],
    false,
  );
}

async function openAppend(path: string): Promise<AppendFile> {
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    const { size } = await file.stat();
    return new HandleAppendFile(file, size);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readPart(path: string, offset = 0, length = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

/** LevelDB deletes and renames while we walk: what has gone meanwhile counts nothing. */
async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

async function diskUsage(path: string): Promise<number> {
  const entries = await orElse(readdir(path, { withFileTypes: true }), ['ENOENT'], []);
  let total = await occupied(path);
  for (const entry of entries) {
    const child = join(path, entry.name);
    total += entry.isDirectory() ? await diskUsage(child) : await occupied(child);
  }
  return total;
}

const BLOCK_UNIT = 512;

async function occupied(path: string): Promise<number> {
  const found = await orElse(stat(path), ['ENOENT'], undefined);
  return found === undefined ? 0 : found.blocks * BLOCK_UNIT;
}
