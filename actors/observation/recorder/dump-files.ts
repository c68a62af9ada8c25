import type { Clock, Files, Runtime } from '../../../protocol/runtime.ts';

/** Dumps of failures that are kept in one directory. */
const MOST_FILES = 8;
/** Nothing is written by itself where there is less room: what waits to be written needs it more. */
const LEAST_FREE = 32 * 1024 * 1024;
/** Sorted by name they are sorted by time: wall clock, count, something random against others in the same moment. */
const NAME = /^recorder-\d{15}-\d{4,}-[0-9a-f]{6}-([a-z0-9-]+)\.json(\.tmp)?$/;
const SAVED = 'saved';

/** Names for the dumps of one recorder, no two alike. */
export class DumpNames {
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #random: () => number;
  #count = 0;

  constructor({ clock, random }: Pick<Runtime, 'clock' | 'random'>) {
    this.#clock = clock;
    this.#random = random;
  }

  /** `what`: the code of a failure. */
  next(what = SAVED): string {
    const wall = digits(Math.max(0, Math.trunc(this.#clock.wall())), 15);
    const random = digits(Math.floor(this.#random() * 2 ** 24), 6, 16);
    return `recorder-${wall}-${digits(this.#count++, 4)}-${random}-${what.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`;
  }
}

export function isDumpFile(name: string): boolean {
  return NAME.test(name);
}

/** Whole or not at all; resolves with the path. */
export async function writeDump(files: Files, directory: string, name: string, bytes: Uint8Array): Promise<string> {
  await files.makeDirectory(directory);
  const path = `${await files.realPath(directory)}/${name}`;
  await files.replace(path, bytes);
  return path;
}

export async function hasRoom(files: Files, directory: string): Promise<boolean> {
  return (await files.freeBytes(directory)) >= LEAST_FREE;
}

/** Keeps the newest dumps of failures, and all that somebody saved. */
export async function removeOld(files: Files, directory: string): Promise<void> {
  const ofFailures = (await files.list(directory)).filter((name) => (NAME.exec(name)?.[1] ?? SAVED) !== SAVED);
  for (const name of ofFailures.slice(0, -MOST_FILES)) await files.remove(`${directory}/${name}`);
}

/** All that was dumped there, and the directory when nothing else is in it. */
export async function removeDumps(files: Files, directory: string): Promise<void> {
  for (const name of (await files.list(directory)).filter(isDumpFile)) await files.remove(`${directory}/${name}`);
  await files.removeEmptyDirectory(directory);
}

function digits(number: number, width: number, radix = 10): string {
  return number.toString(radix).padStart(width, '0');
}
