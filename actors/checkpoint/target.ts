import { asLithifyError, codeOf, LithifyError } from '../../protocol/errors.ts';
import type { Files, Runtime } from '../../protocol/runtime.ts';

/** What LevelDB needs beside the blocks while it writes: its log, tables that it is merging, the manifest. */
const SLACK_BYTES = 16 * 1024 * 1024;
const SLACK_SHARE = 1 / 16;
const TAKEN = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'];

/** Where a new store goes, a checkpoint or a repaired one. It grows in a directory of another name beside it, which nobody takes for a store. */
export class Target {
  readonly location: string;
  readonly #files: Files;
  /** The nearest directory above it that is there. */
  readonly #existing: string;

  private constructor(files: Files, { path, existing }: Place) {
    this.#files = files;
    this.location = path;
    this.#existing = existing;
  }

  /**
   * Looks, and changes nothing. LITHIFY_EXISTS: something is there that is not an empty directory. LITHIFY_INVALID_ARGUMENT: it
   * is in `store`, or cannot be looked at.
   */
  static async at(directory: string, files: Files, store: string | undefined): Promise<Target> {
    try {
      const place = await placeIn(files, directory);
      if (store !== undefined && isIn(place.path, store)) throw inStore(place.path, store);
      if (!(await isFree(files, place.path))) throw exists(place.path);
      return new Target(files, place);
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `A store cannot be made in ${directory}`);
    }
  }

  /** LITHIFY_DISK_FULL naming what is there and what is needed. */
  async requireRoom(bytes: number): Promise<void> {
    const needed = bytes + SLACK_BYTES + Math.ceil(bytes * SLACK_SHARE);
    const free = await this.#files.freeBytes(this.#existing);
    if (free >= needed) return;
    const message = `A store in ${this.location} needs ${needed} bytes, and its file system has ${free} left; nothing was written. Make room, or choose another disk.`;
    throw new LithifyError('LITHIFY_DISK_FULL', message, { details: { location: this.location, needed, free } });
  }

  /** Makes the directory that the new store grows in, and what is missing above it. */
  async begin(random: Runtime['random']): Promise<string> {
    const nameOf = () => `${this.location}.partial-${Math.floor(random() * 2 ** 32).toString(36)}`;
    try {
      let partial = nameOf();
      while (await this.#files.exists(partial)) partial = nameOf();
      await this.#files.makeDirectory(partial);
      return partial;
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `A store cannot be made in ${this.location}`);
    }
  }

  /** The last step: from here on it is a store. */
  async finish(partial: string): Promise<void> {
    try {
      await this.#files.moveDirectory(partial, this.location);
    } catch (error) {
      throw TAKEN.includes(codeOf(error) ?? '') ? exists(this.location) : error;
    }
  }

  /** Best effort, so that the error that led here is the one to tell. */
  async discard(directory: string): Promise<void> {
    await this.#files.removeDirectory(directory).catch(() => undefined);
  }
}

interface Place {
  readonly path: string;
  /** The nearest directory above that is there. */
  readonly existing: string;
}

/** The real path as far as there is something, so that no link leads into the store unseen. */
async function placeIn(files: Files, wanted: string): Promise<Place> {
  const isThere = await files.exists(wanted);
  const { parent, name } = files.placeOf(isThere ? await files.realPath(wanted) : wanted);
  if (await files.exists(parent)) {
    const existing = await files.realPath(parent);
    return { path: join(existing, name), existing };
  }
  const above = await placeIn(files, parent);
  return { path: join(above.path, name), existing: above.existing };
}

function join(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

async function isFree(files: Files, location: string): Promise<boolean> {
  if (!(await files.exists(location))) return true;
  try {
    return (await files.list(location)).length === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

function isIn(path: string, directory: string): boolean {
  return path === directory || (path.startsWith(directory) && '/\\'.includes(path[directory.length]));
}

function inStore(location: string, store: string): LithifyError {
  const message = `${location} is in the store ${store}, which has its own files there; give a directory outside of it.`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option: 'directory', location, store } });
}

function exists(location: string): LithifyError {
  const message = `There is something in ${location} already; a new store goes to a directory that is empty or not there.`;
  return new LithifyError('LITHIFY_EXISTS', message, { details: { location } });
}
