import { cp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a process that is killed now would leave of an open store: a copy during which no file came, went or grew.
 * LevelDB compacts when it likes, so the copy is made again until one was left in peace.
 */
export async function liveCopy(from: string, to: string): Promise<string> {
  for (;;) {
    const before = await filesOf(from);
    await cp(from, to, { recursive: true }).catch(unlessGone);
    if ((await filesOf(from)) === before) return to;
    await rm(to, { recursive: true, force: true });
  }
}

async function filesOf(directory: string): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const lines = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(directory, name)).catch(() => ({ size: -1, mtimeMs: -1 }));
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).join('\n');
}

/** A file that went while it was being copied is a reason to copy again: the listing has changed then. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
