import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../jobs/job.ts';
import type { Block } from './block.ts';
import { seal } from './block-writer.ts';
import { BlockType, CHECKSUM_BYTES, HEADER_BYTES } from './format.ts';

/**
 * A Bloom filter over the user keys of one partition, sized when their number is known. Ten bits a key and six probes
 * give 0.84 % false positives. Probes by double hashing (Kirsch and Mitzenmacher, 2006), each scaled to the number of
 * bits by a multiplication (Lemire, 2016), so that the size need not be a power of two.
 */
export class BloomBuilder {
  /** Two lanes a key. */
  #lanes = new Uint32Array(4096);
  count = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.count * 2 === this.#lanes.length) this.#grow();
    hashKey(this.#lanes, this.count * 2, bytes, start, end);
    this.count++;
  }

  /** The filter as a block; the builder is ready for the next partition. */
  finish(bitsPerKey: number, blobId: BlobId, number: number, checksum: Checksum): Uint8Array {
    const bitBytes = Math.max(LEAST_BYTES, Math.ceil((this.count * bitsPerKey) / 8));
    const block = new Uint8Array(HEADER_BYTES + 1 + bitBytes + CHECKSUM_BYTES);
    const probes = Math.max(1, Math.min(30, Math.floor(bitsPerKey * Math.LN2)));
    block[HEADER_BYTES] = probes;
    for (let lane = 0; lane < this.count * 2; lane += 2) {
      setBits(block, HEADER_BYTES + 1, bitBytes * 8, probes, this.#lanes[lane], this.#lanes[lane + 1]);
    }
    seal(block, BlockType.filter, blobId, number, this.count, checksum);
    this.count = 0;
    return block;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#lanes.length * 2);
    larger.set(this.#lanes);
    this.#lanes = larger;
  }
}

/** false: the partition certainly has no such key. A filter without probes lets everything pass. */
export function mayContain(filter: Block, key: Uint8Array, start = 0, end = key.length): boolean {
  hashKey(sought, 0, key, start, end);
  const { bytes } = filter;
  const at = filter.start + 1;
  const bits = (filter.limit - at) * 8;
  if (bits <= 0) return true;
  const scale = bits / RANGE;
  const step = sought[1] | 1;
  let hash = sought[0];
  for (let probe = bytes[filter.start]; probe > 0; probe--) {
    const bit = ((hash >>> 0) * scale) >>> 0;
    if ((bytes[at + (bit >>> 3)] & (1 << (bit & 7))) === 0) return false;
    hash = (hash + step) | 0;
  }
  return true;
}

/** In a filter of very few bits double hashing repeats itself too often. */
const LEAST_BYTES = 64;
const RANGE = 2 ** 32;
const sought = new Uint32Array(2);

function setBits(block: Uint8Array, at: number, bits: number, probes: number, first: number, second: number): void {
  const scale = bits / RANGE;
  const step = second | 1;
  let hash = first;
  for (let probe = probes; probe > 0; probe--) {
    const bit = ((hash >>> 0) * scale) >>> 0;
    block[at + (bit >>> 3)] |= 1 << (bit & 7);
    hash = (hash + step) | 0;
  }
}

/**
 * Two 32-bit lanes over the same words, four bytes at a time: each step is a bijection of the lane (as in MurmurHash2),
 * with constants of its own, and both end in MurmurHash3's finalizer. On disk, so fixed for ever.
 */
function hashKey(lanes: Uint32Array, lane: number, bytes: Uint8Array, start: number, end: number): void {
  let first = (end - start) ^ 0x9e3779b9;
  let second = Math.imul(end - start, 0x85ebca6b) ^ 0x27d4eb2f;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    first = Math.imul(first ^ word, 0x5bd1e995);
    first ^= first >>> 15;
    second = Math.imul(second ^ word, 0x2c1b3c6d);
    second ^= second >>> 13;
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at] << shift;
  lanes[lane] = finalize(Math.imul(first ^ rest, 0x5bd1e995));
  lanes[lane + 1] = finalize(Math.imul(second ^ rest, 0x2c1b3c6d));
}

function finalize(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
