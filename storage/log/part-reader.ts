import type { Block, BlockPlace } from '../sst/block.ts';
import type { BlockSource } from '../sst/block-source.ts';
import { corruption } from '../sst/damage.ts';
import { BlockType } from '../sst/format.ts';
import type { LogPart, PartitionId } from './part.ts';
import { decodeIndex, type PartIndex } from './part-index.ts';

/**
 * Gets a part's blocks, by their place in the part from 0, and its index. The plain methods never hold the thread; those
 * that end in Sync are for threads that have nothing else to do. All reject or throw with what the store says, or
 * LITHIFY_CORRUPTION.
 */
export class PartReader {
  readonly source: BlockSource;
  /** Decoded once for as long as somebody, such as the cache, keeps the block. */
  readonly #indexes = new WeakMap<Block, PartIndex>();

  constructor(source: BlockSource) {
    this.source = source;
  }

  async loadIndex(part: LogPart): Promise<PartIndex> {
    const place = indexPlace(part);
    return this.#indexIn(this.source.cached(place) ?? (await this.source.load(place)), part);
  }

  loadIndexSync(part: LogPart): PartIndex {
    const place = indexPlace(part);
    return this.#indexIn(this.source.cached(place) ?? this.source.loadSync(place), part);
  }

  async loadBlock(part: LogPart, block: number): Promise<Block> {
    const place = blockPlace(part, block);
    return this.source.cached(place) ?? (await this.source.load(place));
  }

  loadBlockSync(part: LogPart, block: number): Block {
    const place = blockPlace(part, block);
    return this.source.cached(place) ?? this.source.loadSync(place);
  }

  /** The index if it is in memory. */
  cachedIndex(part: LogPart): PartIndex | undefined {
    const block = this.source.cached(indexPlace(part));
    return block && this.#indexIn(block, part);
  }

  /** The log block if it is in memory. */
  cachedBlock(part: LogPart, block: number): Block | undefined {
    return this.source.cached(blockPlace(part, block));
  }

  #indexIn(block: Block, part: LogPart): PartIndex {
    let index = this.#indexes.get(block);
    if (index === undefined) this.#indexes.set(block, (index = decodeIndex(block)));
    for (const { what, expected, found } of disagreements(index, part)) {
      throw corruption(block.blobId, block.number, `${what} in the index`, { expected, found });
    }
    return index;
  }
}

export function indexPlace({ blob, firstBlock, blocks }: LogPart): BlockPlace {
  return { blobId: blob.id, number: firstBlock + blocks, type: BlockType.logIndex };
}

export function blockPlace({ blob, firstBlock }: LogPart, block: number): BlockPlace {
  return { blobId: blob.id, number: firstBlock + block, type: BlockType.log };
}

/** Where an index says something else than the manifest. */
export function disagreements(
  index: PartIndex,
  part: LogPart,
  of?: PartitionId,
): { readonly what: string; readonly expected: number; readonly found: number }[] {
  const sum = (column: Uint32Array) => column.reduce((total, one) => total + one, 0);
  return [
    { what: 'log blocks', expected: part.blocks, found: index.blocks },
    { what: 'first offset', expected: part.firstOffset, found: index.firstOffsets[0] ?? -1 },
    { what: 'last offset', expected: part.lastOffset, found: index.lastOffsets.at(-1) ?? -1 },
    { what: 'records', expected: part.records, found: sum(index.records) },
    { what: 'bytes of frames', expected: part.bytes, found: sum(index.bytes) },
    { what: 'records without a timestamp', expected: part.untimed, found: sum(index.untimed) },
    { what: 'greatest timestamp', expected: part.maxTimestamp ?? Number.NEGATIVE_INFINITY, found: index.maxTimestampsSoFar.at(-1) ?? 0 },
    { what: 'topic', expected: of?.topic ?? index.topic, found: index.topic },
    { what: 'partition', expected: of?.partition ?? index.partition, found: index.partition },
  ].filter(({ expected, found }) => expected !== found);
}
