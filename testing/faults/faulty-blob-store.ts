import { codeOf, LithifyError, messageOf } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore, BlobWriter } from '../../storage/blobs/blob-store.ts';
import type { Operations } from './operations.ts';
import { type Fault, flipped, type Operation } from './rules.ts';

/**
 * A blob store that fails as the rules of `operations` say. Targets: `blobs/7/0` for a block that is read or appended,
 * `blobs/7/seal` for closing a writer, `blobs/7/` for deleting, `blobs/` for listing. Errors are LITHIFY_BLOB_STORE,
 * or LITHIFY_DISK_FULL for 'ENOSPC', and name the blob; what is 'missing' is LITHIFY_READER_UNAVAILABLE.
 */
export function faultyBlobStore(inner: BlobStore, operations: Operations): BlobStore {
  const run = <T>(operation: Operation, id: BlobId | undefined, effect: (fault: Fault | undefined) => Promise<T>) =>
    coded(operations.run(operation, effect), operation, id);
  return {
    create: (id) => new FaultyWriter(inner.create(id), operations),
    read: (id, block) =>
      run(blockOf('block', id, block), id, async (fault) => {
        if (fault?.kind === 'missing') throw unavailable(id, block);
        return turned(fault, operations, await inner.read(id, block));
      }),
    readSync: (id, block) => readSync(inner, operations, id, block),
    size: (id) => inner.size(id),
    delete: (id, blocks) =>
      run({ kind: 'delete', target: `blobs/${id}/` }, id, async (fault) => {
        if (fault?.kind !== 'undead') await inner.delete(id, blocks);
      }),
    list: () => run({ kind: 'list', target: 'blobs/' }, undefined, () => inner.list()),
    listUnfinished: () => run({ kind: 'list', target: 'blobs/' }, undefined, () => inner.listUnfinished()),
    reclaim: (blobs, shouldStop) => run({ kind: 'compact', target: 'blobs/' }, undefined, () => inner.reclaim(blobs, shouldStop)),
  };
}

class FaultyWriter implements BlobWriter {
  readonly #inner: BlobWriter;
  readonly #operations: Operations;

  constructor(inner: BlobWriter, operations: Operations) {
    this.#inner = inner;
    this.#operations = operations;
  }

  get id(): BlobId {
    return this.#inner.id;
  }
  get blocks(): number {
    return this.#inner.blocks;
  }
  get bytes(): number {
    return this.#inner.bytes;
  }

  append(block: Uint8Array): Promise<void> {
    const operation: Operation = { ...blockOf('append', this.id, this.blocks), bytes: block.length };
    const appended = this.#operations.run(operation, async (fault) => {
      if (fault?.kind !== 'short') await this.#inner.append(block);
    });
    return coded(appended, operation, this.id);
  }

  close(): ReturnType<BlobWriter['close']> {
    const operation: Operation = { kind: 'seal', target: `blobs/${this.id}/seal` };
    return coded(
      this.#operations.run(operation, () => this.#inner.close()),
      operation,
      this.id,
    );
  }

  abort(): Promise<void> {
    return this.#inner.abort();
  }
}

function readSync(inner: BlobStore, operations: Operations, id: BlobId, block: number): Uint8Array {
  const operation = blockOf('block', id, block);
  try {
    return operations.runSync(operation, (fault) => {
      if (fault?.kind === 'missing') throw unavailable(id, block);
      return turned(fault, operations, inner.readSync(id, block));
    });
  } catch (error) {
    throw named(error, operation, id);
  }
}

function blockOf(kind: 'block' | 'append', id: BlobId, block: number): Operation {
  return { kind, target: `blobs/${id}/${block}` };
}

function turned(fault: Fault | undefined, { random }: Operations, bytes: Uint8Array): Uint8Array {
  return fault?.kind === 'flip' ? flipped(bytes, random) : bytes;
}

async function coded<T>(done: Promise<T>, operation: Operation, id: BlobId | undefined): Promise<T> {
  try {
    return await done;
  } catch (error) {
    throw named(error, operation, id);
  }
}

function named(error: unknown, { kind, target }: Operation, id: BlobId | undefined): LithifyError {
  if (error instanceof LithifyError) return error;
  const code = codeOf(error) === 'ENOSPC' ? 'LITHIFY_DISK_FULL' : 'LITHIFY_BLOB_STORE';
  const details = id === undefined ? {} : { blobIds: [id] };
  return new LithifyError(code, `The ${kind} of ${target} failed: ${messageOf(error)}`, { cause: error, details });
}

function unavailable(id: BlobId, block: number): LithifyError {
  return new LithifyError('LITHIFY_READER_UNAVAILABLE', `Block ${block} of blob ${id} is missing.`, { details: { blobIds: [id], block } });
}
