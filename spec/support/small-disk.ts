import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';

const run = promisify(execFile);

/** A file system of so many MiB in memory, unmounted when the test has ended; undefined where we may not mount one. */
export async function smallDisk(t: ExecutionContext, mebibytes: number): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory]);
  } catch (error) {
    await rm(directory, { recursive: true });
    t.log(`no small disk here, so this cannot be shown: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    return undefined;
  }
  t.teardown(async () => {
    await run('umount', ['-l', directory]);
    await rm(directory, { recursive: true });
  });
  return directory;
}
