import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { Checksum } from '../jobs/job.ts';
import { type Block, type BlockPlace, openBlock } from './block.ts';
import type { BlockCache } from './block-cache.ts';
import { decodeTotals } from './footer.ts';
import { BlockType, isContent } from './format.ts';
import type { TableMeta } from './table.ts';

export interface BlockSourceOptions {
  readonly blobs: BlobStore;
  readonly checksum: Checksum;
  /** Without one every block comes from the store. */
  readonly cache?: BlockCache;
  /** Do blocks of data and logs go into the cache? Point reads: yes; scans and compactions would only flush it. Default true. */
  readonly cacheData?: boolean;
}

/** Where readers get blocks from: the cache, else the store, checked. */
export class BlockSource {
  readonly #blobs: BlobStore;
  readonly #checksum: Checksum;
  readonly #cache: BlockCache | undefined;
  readonly #cacheData: boolean;
  readonly #pinned = new Map<BlobId, Block>();
  /** From the store. */
  bytesRead = 0;
  blocksRead = 0;

  constructor(options: BlockSourceOptions) {
    this.#blobs = options.blobs;
    this.#checksum = options.checksum;
    this.#cache = options.cache;
    this.#cacheData = options.cacheData ?? true;
  }

  /** The block if it is in memory. */
  cached(place: BlockPlace): Block | undefined {
    const pinned = place.type === BlockType.footer ? this.#pinned.get(place.blobId) : undefined;
    const block = pinned ?? this.#cache?.get(place.blobId, place.number);
    return block?.type === place.type ? block : undefined;
  }

  /** Rejects with what the store says, or LITHIFY_CORRUPTION. */
  async load(place: BlockPlace): Promise<Block> {
    return this.#take(await this.#blobs.read(place.blobId, place.number), place);
  }

  loadSync(place: BlockPlace): Block {
    return this.#take(this.#blobs.readSync(place.blobId, place.number), place);
  }

  /** Keeps a footer for as long as this source lives, so that one who has looked at it does not read it again. */
  pin(footer: Block): void {
    this.#pinned.set(footer.blobId, footer);
  }

  #take(bytes: Uint8Array, place: BlockPlace): Block {
    this.bytesRead += bytes.length;
    this.blocksRead++;
    const block = openBlock(bytes, place, this.#checksum);
    if (place.type === BlockType.footer) decodeTotals(block);
    if (this.#isKept(place.type)) this.#cache?.add(block);
    return block;
  }

  /** One large value would flush all else. */
  #isKept(type: BlockType): boolean {
    return type !== BlockType.logValue && (this.#cacheData || !isContent(type));
  }
}

export function footerOf(table: TableMeta): BlockPlace {
  return { blobId: table.id, number: table.blocks - 1, type: BlockType.footer };
}
