import type { BlobId } from '../../protocol/messages.ts';
import type { Block } from './block.ts';

/**
 * Checked blocks, bounded by bytes. Replacement is CLOCK (Corbató, 1968): a hit sets a mark and moves nothing, the hand
 * evicts the first block whose mark it does not find, so that a block that is read once goes before one that is read
 * again. All operations are O(1) (an eviction: amortised).
 */
export class BlockCache {
  /** Bytes; 0 keeps nothing. */
  readonly limit: number;
  readonly #blobs = new Map<BlobId, Map<number, Slot>>();
  /** The slot that the hand points at, in a ring of all; undefined when empty. */
  #hand: Slot | undefined;
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get hits(): number {
    return this.#hits;
  }
  get misses(): number {
    return this.#misses;
  }

  get(blobId: BlobId, block: number): Block | undefined {
    const slot = this.#blobs.get(blobId)?.get(block);
    if (slot === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    slot.marked = true;
    return slot.block;
  }

  /** Keeps the block if it fits at all. One that is there already stays: blobs are immutable. */
  add(block: Block): void {
    const cost = block.size + SLOT_BYTES;
    if (cost > this.limit) return;
    let blocks = this.#blobs.get(block.blobId);
    if (blocks?.has(block.number)) return;
    while (this.#bytes + cost > this.limit) this.#evict();
    // Evicting may have emptied and dropped this blob's own map.
    blocks = this.#blobs.get(block.blobId);
    if (blocks === undefined) this.#blobs.set(block.blobId, (blocks = new Map()));
    blocks.set(block.number, this.#link(block, cost));
    this.#bytes += cost;
  }

  /** Forgets all blocks of a blob: it has been deleted. */
  drop(blobId: BlobId): void {
    const blocks = this.#blobs.get(blobId);
    if (blocks === undefined) return;
    for (const slot of blocks.values()) this.#unlink(slot);
    this.#blobs.delete(blobId);
  }

  #link(block: Block, cost: number): Slot {
    const slot = new Slot(block, cost);
    if (this.#hand === undefined) {
      this.#hand = slot;
    } else {
      // Behind the hand: the place that it comes to last.
      slot.next = this.#hand;
      slot.previous = this.#hand.previous;
      slot.previous.next = slot;
      this.#hand.previous = slot;
    }
    return slot;
  }

  #unlink(slot: Slot): void {
    if (slot.next === slot) {
      this.#hand = undefined;
    } else {
      if (this.#hand === slot) this.#hand = slot.next;
      slot.previous.next = slot.next;
      slot.next.previous = slot.previous;
    }
    this.#bytes -= slot.cost;
  }

  #evict(): void {
    let slot = this.#hand;
    if (slot === undefined) return;
    for (; slot.marked; slot = slot.next) slot.marked = false;
    this.#hand = slot;
    this.#unlink(slot);
    const { blobId, number } = slot.block;
    const blocks = this.#blobs.get(blobId);
    blocks?.delete(number);
    if (blocks?.size === 0) this.#blobs.delete(blobId);
  }
}

/** What a slot and its place in the maps take beside the block, about. */
const SLOT_BYTES = 200;

class Slot {
  readonly block: Block;
  readonly cost: number;
  marked = false;
  next: Slot = this;
  previous: Slot = this;

  constructor(block: Block, cost: number) {
    this.block = block;
    this.cost = cost;
  }
}
