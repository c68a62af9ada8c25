import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobSize, BlobStore, BlobWriter, DeletedBlob, ReclaimReport } from '../../storage/blobs/blob-store.ts';

/** A blob store in a few maps, which fails where a test tells it to. */
export class FakeBlobs implements BlobStore {
  readonly visible = new Map<BlobId, Uint8Array[]>();
  readonly unfinished = new Set<BlobId>();
  /** Every read, as 'blob/block'. */
  readonly reads: string[] = [];
  readonly reclaimed: BlobId[] = [];
  /** Called before each operation; what it throws is the operation's error. */
  before: (operation: 'read' | 'append' | 'close' | 'delete' | 'reclaim', id: BlobId, block?: number) => void = () => {};
  /** Makes every append answer with back-pressure. */
  slow = false;

  create(id: BlobId): BlobWriter {
    if (this.visible.has(id) || this.unfinished.has(id)) throw new Error(`Blob ${id} exists.`);
    this.unfinished.add(id);
    const blocks: Uint8Array[] = [];
    const size = (): BlobSize => ({ blocks: blocks.length, bytes: blocks.reduce((sum, block) => sum + block.length, 0) });
    let isBusy = false;
    const append = (block: Uint8Array): Promise<void> | undefined => {
      if (isBusy) throw new Error('append was called before its back-pressure was awaited');
      this.before('append', id, blocks.length);
      blocks.push(block);
      if (!this.slow) return undefined;
      isBusy = true;
      return Promise.resolve().then(() => {
        isBusy = false;
      });
    };
    return {
      id,
      get blocks() {
        return blocks.length;
      },
      get bytes() {
        return size().bytes;
      },
      append,
      close: async () => {
        this.before('close', id);
        this.unfinished.delete(id);
        this.visible.set(id, blocks);
        return size();
      },
      abort: async () => {
        this.unfinished.delete(id);
        this.visible.delete(id);
      },
    };
  }

  async read(id: BlobId, block: number): Promise<Uint8Array> {
    return this.readSync(id, block);
  }

  readSync(id: BlobId, block: number): Uint8Array {
    this.reads.push(`${id}/${block}`);
    this.before('read', id, block);
    const bytes = this.visible.get(id)?.[block];
    if (bytes === undefined)
      throw new LithifyError('LITHIFY_READER_UNAVAILABLE', `No block ${block} of blob ${id}.`, { details: { blobIds: [id] } });
    return bytes;
  }

  async size(id: BlobId): Promise<BlobSize | undefined> {
    const blocks = this.visible.get(id);
    return blocks && { blocks: blocks.length, bytes: blocks.reduce((sum, block) => sum + block.length, 0) };
  }

  async delete(id: BlobId): Promise<void> {
    this.before('delete', id);
    this.visible.delete(id);
  }

  async list(): Promise<BlobId[]> {
    return [...this.visible.keys()].sort((a, b) => a - b);
  }

  async listUnfinished(): Promise<BlobId[]> {
    return [...this.unfinished];
  }

  async reclaim(blobs: readonly DeletedBlob[], shouldStop: () => boolean): Promise<ReclaimReport> {
    const done: BlobId[] = [];
    for (const { id } of blobs) {
      this.before('reclaim', id);
      if (shouldStop()) return { done, stopped: true };
      done.push(id);
      this.reclaimed.push(id);
    }
    return { done, stopped: false };
  }
}
