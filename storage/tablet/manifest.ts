import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import { MANIFEST_PREFIX, manifestKey } from '../blobs/keys.ts';
import type { Database } from '../database.ts';
import type { Checksum } from '../jobs/job.ts';
import type { VersionEdit } from './contract.ts';
import { encodeEdit, snapshotEdit } from './manifest-codec.ts';
import { frameEntry, frameHead } from './manifest-entry.ts';
import type { Chain } from './manifest-replay.ts';
import { NO_CHAIN, replay } from './manifest-replay.ts';
import type { ManifestState } from './manifest-state.ts';
import { applyToState, EMPTY_EDIT } from './manifest-state.ts';

export type { ManifestState } from './manifest-state.ts';

export interface ManifestOptions {
  readonly checksum: Checksum;
  /** false: LITHIFY_NOT_FOUND where there is no manifest. */
  readonly createIfMissing: boolean;
  /** Looks at what was read before anything is written; what it throws ends the opening. */
  readonly expect?: (state: ManifestState) => void;
  /** A snapshot replaces the entries once they are so many, or so many bytes. Default 256, 256 KiB. */
  readonly snapshotEntries?: number;
  readonly snapshotBytes?: number;
}

const RANGE = { gte: manifestKey(0), lt: Uint8Array.of(MANIFEST_PREFIX + 1) };

/**
 * What the store consists of, on disk. Every commit is one atomic, synced write of one numbered, chained entry. Now and
 * then the entry holds the whole state and deletes those before it, so the manifest stays short.
 */
export class Manifest {
  readonly #database: Database;
  readonly #options: Required<Omit<ManifestOptions, 'expect'>>;
  #chain: Chain;
  /** Commits go one after the other, in the order of the calls. */
  #tail: Promise<unknown> = Promise.resolve();
  #failure: LithifyError | undefined;
  #closed = false;

  private constructor(database: Database, options: ManifestOptions, chain: Chain) {
    this.#database = database;
    this.#options = { snapshotEntries: 256, snapshotBytes: 256 * 1024, ...options };
    this.#chain = chain;
  }

  static async exists(database: Database): Promise<boolean> {
    return (await database.keys({ ...RANGE, limit: 1 })).length > 0;
  }

  /** Reads and checks all of it, then begins a new epoch, durably. `created`: there was none. */
  static async open(database: Database, options: ManifestOptions): Promise<{ manifest: Manifest; state: ManifestState; created: boolean }> {
    const stored = await database.entries(RANGE);
    const created = stored.length === 0;
    if (created && !options.createIfMissing)
      throw new LithifyError('LITHIFY_NOT_FOUND', 'There is no store here, and createIfMissing is false.');
    const manifest = new Manifest(database, options, created ? NO_CHAIN : replay(stored, options.checksum));
    options.expect?.(manifest.state);
    await manifest.commit({ ...EMPTY_EDIT, epoch: manifest.state.epoch + 1 });
    return { manifest, state: manifest.state, created };
  }

  get state(): ManifestState {
    return this.#chain.state;
  }

  get epoch(): number {
    return this.#chain.state.epoch;
  }

  /**
   * Durable when it resolves. An unsound edit is LITHIFY_INTERNAL and harmless. After a failed write nobody knows what
   * is on disk: the state here stays as it was, and every further commit is refused until the manifest is opened anew.
   */
  commit(edit: VersionEdit): Promise<void> {
    if (this.#closed) return Promise.reject(new LithifyError('LITHIFY_CLOSED', 'The manifest is closed.'));
    const commit = this.#tail.then(() => this.#commit(edit));
    this.#tail = commit.catch(() => {});
    return commit;
  }

  /** Waits for the commits under way. The database stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }

  async #commit(edit: VersionEdit): Promise<void> {
    if (this.#failure) throw refusal(this.#failure);
    const { chain, puts, deletes } = this.#next(applyToState(this.#chain.state, edit), edit);
    try {
      await this.#database.write(puts, deletes);
    } catch (error) {
      this.#failure = asLithifyError(error, 'LITHIFY_BLOB_STORE', `Manifest entry ${chain.last} could not be written`);
      throw this.#failure;
    }
    this.#chain = chain;
  }

  #next(state: ManifestState, edit: VersionEdit) {
    const { checksum } = this.#options;
    const before = this.#chain;
    const number = before.last + 1;
    const type = this.#isSnapshotDue() ? 'snapshot' : 'edit';
    const payload = encodeEdit(type === 'snapshot' ? snapshotEdit(state) : edit);
    const entry = frameEntry({ number, type, previous: before.checksum, payload }, checksum);
    const head = frameHead({ number, checksum: entry.checksum }, checksum);
    const bytes = entry.value.length;
    const after = { state, last: number, checksum: entry.checksum };
    const chain: Chain =
      type === 'snapshot'
        ? { ...after, first: number, snapshotBytes: bytes, editBytes: 0 }
        : { ...after, first: before.first, snapshotBytes: before.snapshotBytes, editBytes: before.editBytes + bytes };
    const puts = [
      { key: manifestKey(number), value: entry.value },
      { key: manifestKey(0), value: head },
    ];
    return { chain, puts, deletes: type === 'snapshot' ? keysOf(before) : [] };
  }

  /** Only once the edits are half as large as the snapshot: so a large state is not written again and again. */
  #isSnapshotDue(): boolean {
    const { first, last, snapshotBytes, editBytes } = this.#chain;
    if (first === 0) return true;
    const many = last - first >= this.#options.snapshotEntries || editBytes >= this.#options.snapshotBytes;
    return many && 2 * editBytes >= snapshotBytes;
  }
}

function keysOf({ first, last }: Chain): Uint8Array[] {
  return first === 0 ? [] : Array.from({ length: last - first + 1 }, (_, i) => manifestKey(first + i));
}

function refusal(cause: LithifyError): LithifyError {
  return new LithifyError('LITHIFY_BLOB_STORE', 'The manifest takes no commits since one failed; open the store again.', { cause });
}
