import { codeOf, type ErrorCode, LithifyError, messageOf } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { Database, DatabasePut } from '../database.ts';
import type { Checksum } from '../jobs/job.ts';
import type { BlobSize, BlobStore, BlobWriter, DeletedBlob, ReclaimReport } from './blob-store.ts';
import { type BlobSink, DatabaseBlobWriter } from './blob-writer.ts';
import { blobIdOf, blobsEnd, blockKey, sealKey } from './keys.ts';
import { reclaimSpace } from './reclaim.ts';
import { decodeSeal, encodeSeal } from './seal.ts';
import type { WritePermits } from './write-permits.ts';

export interface BlobStoreOptions {
  readonly checksum: Checksum;
  /** Blocks are written in batches of about this size. Bytes; default 1 MiB. */
  readonly batchBytes?: number;
  /** Shared by all threads that write to the same LevelDB; without them nobody waits for a turn. */
  readonly writePermits?: WritePermits;
}

const MiB = 1024 * 1024;
/** Building a batch of so many deletes holds the calling thread for a few milliseconds. */
const DELETES_PER_BATCH = 4000;
/** Blobs remembered as sealed, so that reading a block is one look-up and not two. */
const REMEMBERED = 4096;

/** Blobs as runs of keys in a database; see keys.ts for the layout. A blob is visible when its seal is there. */
export function createBlobStore(database: Database, options: BlobStoreOptions): BlobStore {
  return new DatabaseBlobStore(database, options);
}

class DatabaseBlobStore implements BlobStore, BlobSink {
  readonly batchBytes: number;
  readonly #database: Database;
  readonly #checksum: Checksum;
  readonly #permits: WritePermits | undefined;
  /** Ids are never used again, so what was once sealed is sealed or gone. */
  readonly #sealed = new Set<BlobId>();

  constructor(database: Database, options: BlobStoreOptions) {
    this.#database = database;
    this.#checksum = options.checksum;
    this.#permits = options.writePermits;
    this.batchBytes = options.batchBytes ?? MiB;
  }

  create(id: BlobId): BlobWriter {
    if (!Number.isSafeInteger(id) || id < 0) throw new LithifyError('LITHIFY_INTERNAL', `${id} is not a blob id.`);
    if (this.#database.getSync(sealKey(id)) !== undefined) {
      throw new LithifyError('LITHIFY_INTERNAL', `Blob ${id} exists; a blob is written once.`, { details: { blobIds: [id] } });
    }
    return new DatabaseBlobWriter(id, this);
  }

  async read(id: BlobId, block: number): Promise<Uint8Array> {
    try {
      if (!this.#sealed.has(id)) this.#remember(id, await this.#database.get(sealKey(id)));
      return present(id, block, await this.#database.get(blockKey(id, block)));
    } catch (error) {
      throw readError(error, id, block);
    }
  }

  readSync(id: BlobId, block: number): Uint8Array {
    try {
      if (!this.#sealed.has(id)) this.#remember(id, this.#database.getSync(sealKey(id)));
      return present(id, block, this.#database.getSync(blockKey(id, block)));
    } catch (error) {
      throw readError(error, id, block);
    }
  }

  async size(id: BlobId): Promise<BlobSize | undefined> {
    const seal = await this.#database.get(sealKey(id));
    return seal && decodeSeal(id, seal, this.#checksum);
  }

  async delete(id: BlobId, blocks?: number): Promise<void> {
    this.#sealed.delete(id);
    const known = blocks ?? (await this.#sizeIfSound(id))?.blocks;
    if (known === undefined) await this.#removeFoundKeys(id);
    else await this.remove(id, known);
  }

  async list(): Promise<BlobId[]> {
    return this.#walk(true);
  }

  async listUnfinished(): Promise<BlobId[]> {
    return this.#walk(false);
  }

  reclaim(blobs: readonly DeletedBlob[], shouldStop: () => boolean): Promise<ReclaimReport> {
    return reclaimSpace(this.#database, blobs, shouldStop, (keys) => this.#write([], keys));
  }

  write(puts: readonly DatabasePut[]): Promise<void> {
    return this.#write(puts);
  }

  seal(id: BlobId, size: BlobSize): DatabasePut {
    return { key: sealKey(id), value: encodeSeal(id, size, this.#checksum) };
  }

  /** The seal goes first: cut off anywhere, the blob is invisible and `listUnfinished` finds the rest. */
  async remove(id: BlobId, blocks: number): Promise<void> {
    let keys = [sealKey(id)];
    for (let block = 0; block < blocks; block++) {
      if (keys.length === DELETES_PER_BATCH) {
        await this.#write([], keys);
        keys = [];
      }
      keys.push(blockKey(id, block));
    }
    await this.#write([], keys);
  }

  /** For blobs that were never sealed, or whose seal is damaged. */
  async #removeFoundKeys(id: BlobId): Promise<void> {
    if (this.#database.getSync(sealKey(id)) !== undefined) await this.#write([], [sealKey(id)]);
    for (;;) {
      const keys = await this.#database.keys({ gte: blockKey(id, 0), lt: sealKey(id), limit: DELETES_PER_BATCH });
      if (keys.length === 0) return;
      await this.#write([], keys);
    }
  }

  async #sizeIfSound(id: BlobId): Promise<BlobSize | undefined> {
    try {
      return await this.size(id);
    } catch (error) {
      if (codeOf(error) === 'LITHIFY_CORRUPTION') return undefined;
      throw error;
    }
  }

  /** Hops from blob to blob: one key of each is looked at, however many blocks it has. */
  async #walk(sealed: boolean): Promise<BlobId[]> {
    const found: BlobId[] = [];
    let from = blockKey(0, 0);
    for (;;) {
      const [key] = await this.#database.keys({ gte: from, lt: blobsEnd(), limit: 1 });
      if (key === undefined) return found;
      const id = blobIdOf(key);
      if ((this.#database.getSync(sealKey(id)) !== undefined) === sealed) found.push(id);
      from = blockKey(id + 1, 0);
    }
  }

  #remember(id: BlobId, seal: Uint8Array | undefined): void {
    if (seal === undefined) throw unavailable(id, `There is no blob ${id}: it was deleted, or its writer has not closed.`);
    decodeSeal(id, seal, this.#checksum);
    if (this.#sealed.size >= REMEMBERED) this.#sealed.clear();
    this.#sealed.add(id);
  }

  #write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[] = []): Promise<void> {
    if (this.#permits === undefined) return this.#database.write(puts, deletes);
    const permits = this.#permits;
    return permits.run(async () => {
      try {
        await this.#database.write(puts, deletes);
      } catch (error) {
        permits.noteFailure();
        throw error;
      }
    });
  }
}

function present(id: BlobId, block: number, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw unavailable(id, `Block ${block} of blob ${id} is missing.`, block);
  return bytes;
}

function unavailable(id: BlobId, message: string, block?: number): LithifyError {
  const advice = 'Verify the store; restore or repair it.';
  const details = { blobIds: [id], ...(block !== undefined && { block }) };
  return new LithifyError('LITHIFY_READER_UNAVAILABLE', `${message} ${advice}`, { details });
}

/** LevelDB knows only its files; whoever reads the error wants to know which blob. */
function readError(error: unknown, id: BlobId, block: number): LithifyError {
  if (error instanceof LithifyError && error.details.blobIds !== undefined) return error;
  const code: ErrorCode = error instanceof LithifyError ? error.code : 'LITHIFY_BLOB_STORE';
  return new LithifyError(code, `Block ${block} of blob ${id} could not be read: ${messageOf(error)}`, {
    cause: error,
    details: { blobIds: [id], block },
  });
}
