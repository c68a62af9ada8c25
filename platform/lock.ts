import { stat } from 'node:fs/promises';
import { codeOf } from '../protocol/errors.ts';
import type { Release } from '../protocol/runtime.ts';

/**
 * Holds a directory for this process, over all of its threads; undefined when one of them has it already. Other
 * processes are LevelDB's to refuse. The lock ends with `Release` or with the thread that holds it; it does not keep the
 * process alive.
 */
export async function lockLocation(realPath: string): Promise<Release | undefined> {
  // A lock that was just released is free a microtask later, so it is before the look at the directory ends.
  return requestLock(`lithify:${await identityOf(realPath)}`);
}

/** One directory has one identity, also where two mounts or two spellings give it two paths. */
async function identityOf(realPath: string): Promise<string> {
  try {
    const { dev, ino } = await stat(realPath, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return realPath;
    throw error;
  }
}

function requestLock(name: string): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}
