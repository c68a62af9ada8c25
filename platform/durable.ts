import { randomFillSync } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../protocol/errors.ts';

/** What the work gives, or `fallback` when it fails with one of these codes. */
export async function orElse<T>(work: Promise<T>, codes: readonly string[], fallback: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return fallback;
    throw error;
  }
}

/** Makes the entries of a directory durable: new names, renames, removals. Windows does so by itself. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await orElse(open(path, 'r'), ['EISDIR', 'EPERM', 'EACCES'], undefined);
  if (directory === undefined) return;
  try {
    await orElse(directory.sync(), ['EPERM', 'EINVAL', 'EISDIR'], undefined);
  } finally {
    await directory.close();
  }
}

/** A new, empty file for appending, whose name survives a power loss. Fails with EEXIST. */
export async function createDurably(path: string): Promise<FileHandle> {
  const file = await open(path, 'ax');
  try {
    await file.sync();
    await syncDirectory(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    await discard(path);
    throw error;
  }
}

/** The old bytes or the new ones after a crash, never a mixture. One call at a time for one path. */
export async function replaceDurably(path: string, bytes: Uint8Array): Promise<void> {
  // Always the same name: what a crash leaves behind is overwritten next time and never piles up.
  const temporary = `${path}.tmp`;
  try {
    await writeSynced(temporary, (file) => file.writeFile(bytes));
    await rename(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * A crash leaves the directory in its old place or in its new one, a failure in the old one. What its files hold is their
 * writers' business. `sync`: a spec gives a failing one.
 */
export async function moveDurably(from: string, to: string, sync = syncDirectory): Promise<void> {
  await syncTree(from, sync);
  // POSIX lets an empty directory be replaced, Windows does not.
  await rename(from, to).catch(async (error: unknown) => {
    if (codeOf(error) !== 'EPERM') throw error;
    await rmdir(to);
    await rename(from, to);
  });
  try {
    for (const parent of new Set([dirname(to), dirname(from)])) await sync(parent);
  } catch (error) {
    await rename(to, from).catch(() => undefined);
    throw error;
  }
}

async function syncTree(path: string, sync: typeof syncDirectory): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) if (entry.isDirectory()) await syncTree(join(path, entry.name), sync);
  await sync(path);
}

const CHUNK = 1024 * 1024;

/** Real blocks: random bytes, because some file systems store zeros as holes. Leaves a large enough file alone. */
export async function reserveBlocks(path: string, bytes: number): Promise<void> {
  const found = await orElse(stat(path), ['ENOENT'], undefined);
  if (found !== undefined && found.size >= bytes) return;
  try {
    await writeSynced(path, (file) => fill(file, bytes));
  } catch (error) {
    await discard(path);
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function fill(file: FileHandle, bytes: number): Promise<void> {
  const chunk = randomFillSync(new Uint8Array(Math.min(CHUNK, bytes)));
  for (let left = bytes; left > 0; left -= chunk.length) await file.writeFile(chunk.subarray(0, left));
}

async function writeSynced(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  await using file = await open(path, 'w');
  await write(file);
  await file.sync();
}

/** Best effort: the error that led here is the one to tell. */
function discard(path: string): Promise<void> {
  return unlink(path).catch(() => undefined);
}
