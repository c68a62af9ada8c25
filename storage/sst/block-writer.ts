import type { BlobId } from '../../protocol/messages.ts';
import type { Checksum } from '../jobs/job.ts';
import { writeU32, writeU48 } from '../little-endian.ts';
import { copyBytes } from './copy-bytes.ts';
import {
  BLOCK_MARK,
  type BlockType,
  CHECKSUM_BYTES,
  HEAD_BYTES,
  HEAD_EVERY,
  HEADER_BYTES,
  headOf,
  OFFSET_BYTES,
  POINTER_BYTES,
  trailerBytes,
} from './format.ts';

/** Memory for a block under construction; `base` says where in it the block begins. */
export interface Region {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly size: number;
}

/** Varints of the two lengths and the sequence, and the kind, at their longest. */
const ENTRY_HEADER_MOST = 5 + 5 + 1 + 8;

/** Builds blocks of entries one after the other in the same memory. */
export class BlockWriter {
  bytes: Uint8Array;
  #base: number;
  #end: number;
  /** The next free byte. */
  #at: number;
  #offsets = new Uint32Array(512);
  /** Start and end of every HEAD_EVERY-th key. */
  #samples = new Uint32Array(128);
  readonly #preamble: number;
  count = 0;
  firstKeyStart = 0;
  firstKeyEnd = 0;
  lastKeyStart = 0;
  lastKeyEnd = 0;
  lastSeq = 0;

  /** `preamble`: bytes to leave free between header and entries. */
  constructor(region: Region, preamble = 0) {
    this.bytes = region.bytes;
    this.#base = region.base;
    this.#end = region.base + region.size;
    this.#preamble = preamble;
    this.#at = this.#base + HEADER_BYTES + preamble;
  }

  /** An upper bound of what the block would be with one more entry. */
  sizeWith(keyAndValue: number): number {
    return this.#at - this.#base + ENTRY_HEADER_MOST + keyAndValue + trailerBytes(this.count + 1);
  }

  add(bytes: Uint8Array, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number, kind: number, seq: number): void {
    const keyLength = keyEnd - keyStart;
    const valueLength = valueEnd - valueStart;
    let at = this.#beginEntry(keyLength, valueLength, kind, seq);
    const target = this.bytes;
    if (valueStart === keyEnd) {
      copyBytes(target, at, bytes, keyStart, valueEnd);
      at += keyLength + valueLength;
    } else {
      copyBytes(target, at, bytes, keyStart, keyEnd);
      at += keyLength;
      copyBytes(target, at, bytes, valueStart, valueEnd);
      at += valueLength;
    }
    this.#at = at;
  }

  /** An entry of an index or a footer: `lastKey` and `seq` of what it points at, then two numbers and its first key. */
  addPointer(lastKey: Uint8Array, seq: number, first: number, second: number, firstKey: Uint8Array): void {
    let at = this.#beginEntry(lastKey.length, POINTER_BYTES + firstKey.length, 0, seq);
    this.bytes.set(lastKey, at);
    at += lastKey.length;
    writeU32(this.bytes, at, first);
    writeU32(this.bytes, at + 4, second);
    this.bytes.set(firstKey, at + POINTER_BYTES);
    this.#at = at + POINTER_BYTES + firstKey.length;
  }

  /** Position of the key to write. */
  #beginEntry(keyLength: number, valueLength: number, kind: number, seq: number): number {
    const needed = ENTRY_HEADER_MOST + keyLength + valueLength;
    if (this.#at + needed > this.#end) this.#grow(needed);
    if (this.count === this.#offsets.length) this.#offsets = doubled(this.#offsets);
    this.#offsets[this.count] = this.#at - this.#base;
    const target = this.bytes;
    let at = this.#at;
    if (keyLength < 128) target[at++] = keyLength;
    else at = writeVarint(target, at, keyLength);
    if (valueLength < 128) target[at++] = valueLength;
    else at = writeVarint(target, at, valueLength);
    target[at++] = kind;
    at = writeVarint(target, at, seq);
    this.lastKeyStart = at;
    this.lastKeyEnd = at + keyLength;
    this.lastSeq = seq;
    if (this.count % HEAD_EVERY === 0) this.#noteSample(at, at + keyLength);
    if (this.count === 0) {
      this.firstKeyStart = at;
      this.firstKeyEnd = at + keyLength;
    }
    this.count++;
    return at;
  }

  /** Where a key lies whose head will be wanted; from the start of the block. */
  #noteSample(keyStart: number, keyEnd: number): void {
    const at = (this.count / HEAD_EVERY) * 2;
    if (at === this.#samples.length) this.#samples = doubled(this.#samples);
    this.#samples[at] = keyStart - this.#base;
    this.#samples[at + 1] = keyEnd - this.#base;
  }

  firstKey(): Uint8Array {
    return this.bytes.slice(this.firstKeyStart, this.firstKeyEnd);
  }

  lastKey(): Uint8Array {
    return this.bytes.slice(this.lastKeyStart, this.lastKeyEnd);
  }

  /** The finished block in its own memory; the writer is ready for the next one. `preamble` fills what was left free. */
  finish(type: BlockType, blobId: BlobId, number: number, checksum: Checksum, preamble?: Uint8Array): Uint8Array {
    const entriesEnd = this.#at - this.#base;
    const block = new Uint8Array(entriesEnd + trailerBytes(this.count));
    block.set(this.bytes.subarray(this.#base, this.#at));
    if (preamble !== undefined) block.set(preamble, HEADER_BYTES);
    this.#writeTrailer(block, entriesEnd);
    seal(block, type, blobId, number, this.count, checksum);
    this.count = 0;
    this.#at = this.#base + HEADER_BYTES + this.#preamble;
    return block;
  }

  #writeTrailer(block: Uint8Array, entriesEnd: number): void {
    let at = entriesEnd;
    for (let index = 0; index < this.count; index++, at += OFFSET_BYTES) writeU32(block, at, this.#offsets[index]);
    const skip = this.#commonBytes();
    for (let sample = 0; sample * HEAD_EVERY < this.count; sample++, at += HEAD_BYTES) {
      writeU32(block, at, headOf(block, this.#samples[sample * 2] + skip, this.#samples[sample * 2 + 1]));
    }
    block[at] = skip;
    block[at + 1] = skip >>> 8;
  }

  /** Leading bytes that the first and the last key share, and so all between them. */
  #commonBytes(): number {
    const { bytes, firstKeyStart, lastKeyStart } = this;
    const most = Math.min(this.firstKeyEnd - firstKeyStart, this.lastKeyEnd - lastKeyStart);
    let length = 0;
    while (length < most && bytes[firstKeyStart + length] === bytes[lastKeyStart + length]) length++;
    return length;
  }

  /** One large entry takes the block out of its region, for good: correct, and rare. */
  #grow(needed: number): void {
    const used = this.#at - this.#base;
    const grown = new Uint8Array(Math.max(used + needed, 2 * (this.#end - this.#base)));
    grown.set(this.bytes.subarray(this.#base, this.#at));
    this.#at -= this.#base;
    this.firstKeyStart -= this.#base;
    this.firstKeyEnd -= this.#base;
    this.#base = 0;
    this.#end = grown.length;
    this.bytes = grown;
  }
}

/** Writes header and checksum around a body that is in place. */
export function seal(block: Uint8Array, type: BlockType, blobId: BlobId, number: number, count: number, checksum: Checksum): void {
  block[0] = BLOCK_MARK;
  block[1] = type;
  writeU48(block, 2, blobId);
  writeU32(block, 8, number);
  writeU32(block, 12, count);
  const sumAt = block.length - CHECKSUM_BYTES;
  writeU32(block, sumAt, checksum(block.subarray(0, sumAt)));
}

function writeVarint(target: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 128;
  for (; rest > 127; rest >>>= 7) target[at++] = (rest & 127) | 128;
  target[at++] = rest;
  return at;
}

function doubled(full: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(full.length * 2);
  larger.set(full);
  return larger;
}
