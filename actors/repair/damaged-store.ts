import { asLithifyError, codeOf, LithifyError, messageOf } from '../../protocol/errors.ts';
import type { Files, Release, Runtime } from '../../protocol/runtime.ts';
import type { Database } from '../../storage/database.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';
import { locked } from '../store.ts';
import { pathsOf, type StorePaths } from '../store-files.ts';

const FORMAT = /^lithify store, format (\d+)\n$/;
const KNOWN_FORMAT = '1';
/** LevelDB's, in each of its directories. */
const LOCK = 'LOCK';

/** A store that is only looked at, held so that nobody opens it meanwhile. */
export class DamagedStore {
  readonly paths: StorePaths;
  readonly warnings: string[] = [];
  readonly #files: Files;
  readonly #unlock: Release;
  readonly #held: Database[] = [];

  private constructor(paths: StorePaths, files: Files, unlock: Release) {
    this.paths = paths;
    this.#files = files;
    this.#unlock = unlock;
  }

  /** LITHIFY_NOT_FOUND: there is no store; LITHIFY_CORRUPTION: of another version; LITHIFY_LOCKED: this process has it open. */
  static async hold(location: string, { files, lock }: Runtime): Promise<DamagedStore> {
    const paths = pathsOf(await realPath(files, location));
    const unlock = await lock(paths.root);
    if (unlock === undefined) throw locked(paths.root);
    const store = new DamagedStore(paths, files, unlock);
    try {
      await store.#check();
      return store;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Bytes on disk of what is going to be read. */
  async size(): Promise<number> {
    const { blobs, manifest, wal } = this.paths;
    const sizes = await Promise.all([blobs, manifest, wal].map((path) => this.#files.diskUsage(path).catch(() => 0)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /**
   * Keeps other processes out too. LevelDB locks a file, and changes its directory where it is opened: so it is opened in
   * directories below `scratch`, whose locks are links to those of the store. LITHIFY_LOCKED.
   */
  async keepOut(scratch: string): Promise<void> {
    const { blobs, manifest, root } = this.paths;
    for (const [name, directory] of Object.entries({ blobs, manifest })) {
      try {
        await this.#holdLock(`${directory}/${LOCK}`, `${scratch}/${name}`);
      } catch (error) {
        if (codeOf(error) === 'LITHIFY_LOCKED') throw heldElsewhere(root, error);
        this.warnings.push(`It cannot be told whether another process has the store open: ${messageOf(error)}`);
      }
    }
  }

  /** Ends what `keepOut` did; `scratch` may go then. */
  async letIn(): Promise<void> {
    for (const held of this.#held.splice(0)) await held.close().catch(() => undefined);
  }

  async release(): Promise<void> {
    await this.letIn();
    this.#unlock();
  }

  /** Who has the store open has made the file. */
  async #holdLock(lock: string, shadow: string): Promise<void> {
    if (this.#files.link === undefined || !(await this.#files.exists(lock))) return;
    await this.#files.makeDirectory(shadow);
    await this.#files.link(lock, `${shadow}/${LOCK}`);
    this.#held.push(await openLevelDatabase(shadow, { writeBufferBytes: 64 * 1024, createIfMissing: true }));
  }

  async #check(): Promise<void> {
    const { root, format, blobs, manifest, wal } = this.paths;
    const parts = await Promise.all([blobs, manifest, wal].map((path) => this.#files.exists(path)));
    if (!parts.includes(true)) throw noStore(root);
    const text = await this.#formatText();
    const version = text === undefined ? undefined : FORMAT.exec(text)?.[1];
    if (version === undefined) this.warnings.push(`${format} is missing or damaged; the store is taken for one of format ${KNOWN_FORMAT}`);
    else if (version !== KNOWN_FORMAT) throw otherFormat(format, version);
  }

  async #formatText(): Promise<string | undefined> {
    try {
      return new TextDecoder().decode(await this.#files.read(this.paths.format, 0, 100));
    } catch {
      return undefined;
    }
  }
}

async function realPath(files: Files, location: string): Promise<string> {
  try {
    return await files.realPath(location);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw noStore(location);
    throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `Looking at ${location}`);
  }
}

function noStore(location: string): LithifyError {
  return new LithifyError('LITHIFY_NOT_FOUND', `There is no store in ${location}, and nothing that is left of one.`, {
    details: { location },
  });
}

function otherFormat(file: string, version: string): LithifyError {
  const message = `${file} says format ${version}, and this lithify knows ${KNOWN_FORMAT}; repair the store with the version that wrote it.`;
  return new LithifyError('LITHIFY_CORRUPTION', message, { details: { file, expected: KNOWN_FORMAT, found: version } });
}

function heldElsewhere(location: string, cause: unknown): LithifyError {
  return new LithifyError('LITHIFY_LOCKED', `${location} is open in another process; end that before.`, { cause, details: { location } });
}
