import type { Files, Runtime } from '../../protocol/runtime.ts';
import { manifestKey } from '../../storage/blobs/keys.ts';
import type { WritePermits } from '../../storage/blobs/write-permits.ts';
import type { Checksum } from '../../storage/jobs/job.ts';
import { encodeEdit, snapshotEdit } from '../../storage/tablet/manifest-codec.ts';
import { frameEntry, frameHead } from '../../storage/tablet/manifest-entry.ts';
import type { ManifestState } from '../../storage/tablet/manifest-state.ts';
import { type Databases, openDatabases } from '../databases.ts';
import { pathsOf, type StorePaths, writeFormat } from '../store-files.ts';
import { Batches } from './batches.ts';

/** LevelDB's write buffer is a sixteenth: it holds up to two of 4 MiB. More made a copy no faster. */
const MEMORY_BYTES = 64 * 1024 * 1024;
const FIRST = 1;

/** A store in the making: it counts as one when its manifest and, last, its format are there. */
export class NewStore {
  readonly batches: Batches;
  readonly #paths: StorePaths;
  readonly #databases: Databases;

  private constructor(paths: StorePaths, databases: Databases, permits: WritePermits) {
    this.#paths = paths;
    this.#databases = databases;
    this.batches = new Batches(databases.blobs, permits);
  }

  /** In a directory that is there and empty. */
  static async create(directory: string, permits: WritePermits, runtime: Runtime): Promise<NewStore> {
    const paths = pathsOf(directory);
    return new NewStore(paths, await openDatabases(paths, { memoryBytes: MEMORY_BYTES }, true, runtime), permits);
  }

  /** Everything that it consists of, as one entry; its blobs must be on disk. */
  async writeManifest(state: ManifestState, checksum: Checksum): Promise<void> {
    const payload = encodeEdit(snapshotEdit(state));
    const entry = frameEntry({ number: FIRST, type: 'snapshot', previous: 0, payload }, checksum);
    const head = frameHead({ number: FIRST, checksum: entry.checksum }, checksum);
    await this.#databases.manifest.write([
      { key: manifestKey(FIRST), value: entry.value },
      { key: manifestKey(0), value: head },
    ]);
  }

  writeFormat(files: Files): Promise<void> {
    return writeFormat(files, this.#paths);
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.batches.settled();
    await this.#databases.close();
  }
}
