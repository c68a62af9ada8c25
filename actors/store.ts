import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { BlobId } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Release, Runtime } from '../protocol/runtime.ts';
import { BlobIds } from '../storage/blobs/blob-ids.ts';
import type { BlobStore } from '../storage/blobs/blob-store.ts';
import { createBlobStore } from '../storage/blobs/database-blob-store.ts';
import { WritePermits } from '../storage/blobs/write-permits.ts';
import type { ThreadSetup } from '../storage/jobs/thread-api.ts';
import { Manifest, type ManifestState } from '../storage/tablet/manifest.ts';
import { expectOwnManifest, sweep } from '../storage/tablet/sweep.ts';
import { type Databases, memoryDatabases, openDatabases } from './databases.ts';
import { writeBufferBytes } from './limits.ts';
import { checkFormat, freeReserve, prepareDirectory, reserveRoom, type StorePaths, writeFormat } from './store-files.ts';

/** Main thread writes (the manifest, the sweep) hold permits as slot 0; worker i as slot i + 1. */
const MAIN_SLOT = 0;
const WRITES_IN_FLIGHT = 2;

interface Opening {
  readonly databases: Databases;
  readonly blobs: BlobStore;
  readonly manifest: Manifest;
  readonly state: ManifestState;
  readonly ids: BlobIds;
}

/**
 * The store on disk as this process holds it: directory, lock, LevelDB, manifest. LevelDB can be closed and opened
 * again underneath (a failed write poisons its handle); the lock stays all the time.
 */
export class Store {
  readonly paths: StorePaths;
  readonly #options: EngineOptions;
  readonly #runtime: Runtime;
  readonly #unlock: Release;
  readonly #permits = WritePermits.create(WRITES_IN_FLIGHT, MAIN_SLOT);
  #isClosed = false;
  #opening: Opening | undefined;
  #reopened: PromiseWithResolvers<void> | undefined;
  /** Readers wait for the reopening: the process must not end meanwhile. */
  #letGo: Release | undefined;
  /** Room for recovery is being made, or has been. */
  #reserving: Promise<void> | undefined;
  #orphans: readonly BlobId[] = [];
  sweptBlobs = 0;

  private constructor(paths: StorePaths, options: EngineOptions, runtime: Runtime, unlock: Release) {
    this.paths = paths;
    this.#options = options;
    this.#runtime = runtime;
    this.#unlock = unlock;
  }

  /** LITHIFY_LOCKED when the directory is open anywhere else; everything is let go when opening fails. */
  static async open(location: string, options: EngineOptions, runtime: Runtime): Promise<Store> {
    const paths = await prepareDirectory(runtime.files, location, options);
    const unlock = await runtime.lock(paths.root);
    if (unlock === undefined) throw locked(paths.root);
    const store = new Store(paths, options, runtime, unlock);
    try {
      const { isNew } = await checkFormat(runtime.files, paths, options);
      await (isNew ? store.#create() : store.#openDatabase(false));
      return store;
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
  }

  get state(): ManifestState {
    return this.#now.state;
  }
  get manifest(): Manifest {
    return this.#now.manifest;
  }
  get blobs(): BlobStore {
    return this.#now.blobs;
  }
  /** Blobs that the manifest does not know, until they are swept. */
  get orphans(): readonly BlobId[] {
    return this.#orphans;
  }
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  nextBlobId(): BlobId {
    const { ids } = this.#now;
    void this.#reserve();
    return ids.next();
  }

  /** false: no blob ever had this id. */
  hasGiven(id: BlobId): boolean {
    return this.#now.ids.hasGiven(id);
  }

  threadSetup(slot: number): ThreadSetup {
    const { ids, state } = this.#now;
    void this.#reserve();
    return {
      location: this.paths.blobs,
      writeBufferBytes: writeBufferBytes(this.#options),
      ids: ids.buffer,
      epoch: state.epoch,
      permits: this.#permits.buffer,
      permitSlot: slot,
    };
  }

  releaseSlot(slot: number): void {
    this.#permits.releaseSlot(slot);
  }

  /**
   * Deletes what a crash left before it was committed; before any thread starts to write, and not before the log was read: where
   * that is damaged nothing may go that a repair could need.
   */
  async sweep(): Promise<void> {
    const orphans = this.#orphans;
    this.#orphans = [];
    await deleteOrphans(this.blobs, orphans);
    this.sweptBlobs = orphans.length;
  }

  /** Resolves when LevelDB is open: at once, but for the moments in which it is being opened again. */
  ready(): Promise<void> | undefined {
    return this.#reopened?.promise;
  }

  /** Waits for what is being written to blobs. true: all that was answered with OK until now is on disk. */
  settleWrites(): Promise<boolean> {
    return this.#permits.settle();
  }

  /** Closes LevelDB and opens it again; every thread must have let go of it. Fails as opening does, and may be tried again. */
  async reopen(): Promise<void> {
    this.#letGo ??= this.#runtime.keepAlive();
    this.#reopened ??= Promise.withResolvers();
    try {
      await this.#closeDatabase();
      await this.#reserving;
      this.#reserving = undefined;
      await freeReserve(this.#runtime.files, this.paths);
      this.#permits.forgetFailure();
      await this.#openDatabase(false);
      await this.sweep().catch((error) => this.#closeDatabase().then(() => Promise.reject(error)));
    } finally {
      // Also when it failed: who reads meanwhile is told so, and not kept waiting for as long as the fault lasts.
      this.#endReopening();
    }
    await this.#reserve();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#closeDatabase();
      this.#endReopening();
      await this.#reserving;
    } finally {
      this.#unlock();
    }
  }

  /** Before the first job that writes to LevelDB; a store that is only opened, or whose log says it all, needs no such room. */
  #reserve(): Promise<void> {
    this.#reserving ??= reserveRoom(this.#runtime.files, this.paths, this.#options);
    return this.#reserving;
  }

  #endReopening(): void {
    this.#reopened?.resolve();
    this.#reopened = undefined;
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /** Bytes that the directory occupies, as the file system counts them. */
  diskUsage(): Promise<number> {
    return this.#runtime.files.diskUsage(this.paths.root);
  }

  get #now(): Opening {
    if (this.#isClosed) throw new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again.');
    if (this.#opening === undefined) {
      throw new LithifyError('LITHIFY_BLOB_STORE', 'LevelDB is being opened again after a failed write; try again in a moment.');
    }
    return this.#opening;
  }

  /** The format file last: a crash before leaves nothing that opening would miss. */
  async #create(): Promise<void> {
    const { files } = this.#runtime;
    // Side by side, because each waits for the disk several times; both have ended when this fails.
    const [database, directory] = await Promise.allSettled([this.#openDatabase(true), files.makeDirectory(this.paths.wal)]);
    if (database.status === 'rejected') throw database.reason;
    if (directory.status === 'rejected') throw asLithifyError(directory.reason, 'LITHIFY_WAL', `Making ${this.paths.wal}`);
    await writeFormat(files, this.paths);
  }

  async #openDatabase(isNew: boolean): Promise<void> {
    const { checksum, files } = this.#runtime;
    const isInMemory = this.#options.storage === 'memory';
    const databases = await (isInMemory ? memoryDatabases(files) : openDatabases(this.paths, this.#options, isNew, this.#runtime));
    try {
      const blobs = createBlobStore(databases.blobs, { checksum, writePermits: this.#permits });
      const [visible, unfinished] = [await blobs.list(), await blobs.listUnfinished()];
      const expect = (before: ManifestState) => expectOwnManifest(before, [...visible, ...unfinished]);
      const { manifest, state } = await Manifest.open(databases.manifest, { checksum, createIfMissing: isNew, expect });
      this.#orphans = sweep(state, visible, unfinished);
      this.#opening = { databases, blobs, manifest, state, ids: BlobIds.create(state.epoch) };
    } catch (error) {
      await databases.close().catch(() => undefined);
      throw error;
    }
  }

  async #closeDatabase(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    await opening?.databases.close();
  }
}

async function deleteOrphans(blobs: BlobStore, orphans: readonly BlobId[]): Promise<void> {
  for (const id of orphans) await blobs.delete(id);
  if (orphans.length === 0) return;
  await blobs.reclaim(
    orphans.map((id) => ({ id, bytes: 0 })),
    () => false,
  );
}

export function locked(root: string): LithifyError {
  return new LithifyError('LITHIFY_LOCKED', `${root} is open already in this process; close that engine first.`, {
    details: { location: root },
  });
}
