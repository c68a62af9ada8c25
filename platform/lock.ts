import { stat } from 'node:fs/promises';
import { codeOf } from '../protocol/errors.ts';
import type { Release } from '../protocol/runtime.ts';

/** Locks that this thread has let go but that the process has not freed yet. */
const releasing = new Map<string, Promise<unknown>>();

/**
 * Holds a directory for this process, over all of its threads; undefined when one of them has it already. Other
 * processes are LevelDB's to refuse. The lock ends with `Release` or with the thread that holds it; it does not keep the
 * process alive.
 */
export async function lockLocation(realPath: string): Promise<Release | undefined> {
  const name = `lithify:${await identityOf(realPath)}`;
  await releasing.get(name);
  return requestLock(name);
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
      return new Promise<void>((free) => resolve(() => release(name, free, held)));
    });
    held.catch(reject);
  });
}

/** A released lock is free some turns later: who asks in between must wait for that, not be refused. */
function release(name: string, free: () => void, held: Promise<unknown>): void {
  const freed = held.finally(() => {
    if (releasing.get(name) === freed) releasing.delete(name);
  });
  releasing.set(name, freed);
  free();
}
