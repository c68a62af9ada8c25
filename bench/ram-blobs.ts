import type { BlobSize, BlobStore, BlobWriter, ReclaimReport } from '../storage/blobs/blob-store.ts';

/** Blobs in memory, as fast as they can be: for measuring what is done with them. */
export class RamBlobs implements BlobStore {
  readonly #blobs = new Map<number, Uint8Array[]>();
  /** false: what is written from now on is counted and forgotten. */
  keepsNew = true;

  create(id: number): BlobWriter {
    const blocks: Uint8Array[] = [];
    const size = { blocks: 0, bytes: 0 };
    return {
      id,
      get blocks() {
        return size.blocks;
      },
      get bytes() {
        return size.bytes;
      },
      append: (block) => {
        size.blocks++;
        size.bytes += block.length;
        if (this.keepsNew) blocks.push(block);
        return undefined;
      },
      close: async () => {
        if (this.keepsNew) this.#blobs.set(id, blocks);
        return size;
      },
      abort: async () => {},
    };
  }

  async read(id: number, block: number): Promise<Uint8Array> {
    return this.readSync(id, block);
  }

  readSync(id: number, block: number): Uint8Array {
    const bytes = this.#blobs.get(id)?.[block];
    if (bytes === undefined) throw new Error(`No block ${block} of blob ${id}.`);
    return bytes;
  }

  async size(id: number): Promise<BlobSize | undefined> {
    const blocks = this.#blobs.get(id);
    return blocks && { blocks: blocks.length, bytes: blocks.reduce((sum, { length }) => sum + length, 0) };
  }

  async delete(id: number): Promise<void> {
    this.#blobs.delete(id);
  }

  async list(): Promise<number[]> {
    return [...this.#blobs.keys()];
  }

  async listUnfinished(): Promise<number[]> {
    return [];
  }

  async reclaim(): Promise<ReclaimReport> {
    return { done: [], stopped: false };
  }
}
