import { EntryKind } from '../entry.ts';
import type { Block } from './block.ts';
import { corruption } from './damage.ts';

/**
 * Where the parts of one entry lie. Cursors extend it, so that decoding writes the fields that others read and no
 * entry is ever an object.
 */
export class EntryView {
  bytes: Uint8Array = NOTHING;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  kind = 0;
  seq = 0;
  /** Added to the sequence that stands in the block; see `seqBaseOf`. */
  seqBase = 0;

  /** Decodes the entry with this index. Never points outside the block's entries, whatever its bytes are. */
  decode(block: Block, index: number): void {
    const bytes = block.bytes;
    let at = block.offset(index);
    let keyLength = bytes[at++];
    if (keyLength > 127) {
      keyLength = readVarint(bytes, at - 1);
      at = varintEnd;
    }
    let valueLength = bytes[at++];
    if (valueLength > 127) {
      valueLength = readVarint(bytes, at - 1);
      at = varintEnd;
    }
    const kind = bytes[at++];
    // Sequences of one to three bytes are unrolled: those of the first two million writes, and a good start for the rest.
    let seq = bytes[at++];
    if (seq > 127) {
      const second = bytes[at++];
      seq = (seq & 127) | ((second & 127) << 7);
      if (second > 127) {
        const third = bytes[at++];
        seq |= (third & 127) << 14;
        if (third > 127) {
          seq += readVarint(bytes, at) * 2 ** 21;
          at = varintEnd;
        }
      }
    }
    this.bytes = bytes;
    this.kind = kind;
    this.seq = seq + this.seqBase;
    this.keyStart = at;
    this.keyEnd = this.valueStart = at + keyLength;
    this.valueEnd = at + keyLength + valueLength;
    // Said so that a NaN, which is what reading past the end gives, is refused as well.
    if (!(at + keyLength + valueLength <= block.limit)) throw overrun(block, index);
    if (kind > EntryKind.delete) throw unknownKind(block, index, kind);
  }

  key(): Uint8Array {
    return this.bytes.slice(this.keyStart, this.keyEnd);
  }

  /** A view, not a copy. */
  value(): Uint8Array {
    return this.bytes.subarray(this.valueStart, this.valueEnd);
  }
}

const NOTHING = new Uint8Array(0);

/** Where the varint read last ended; a second result without an object. */
let varintEnd = 0;

function readVarint(bytes: Uint8Array, start: number): number {
  let value = 0;
  let unit = 1;
  let at = start;
  let byte: number;
  do {
    byte = bytes[at++];
    value += (byte & 127) * unit;
    unit *= 128;
  } while (byte > 127 && at - start < 8);
  varintEnd = at;
  return value;
}

function overrun(block: Block, index: number): Error {
  return corruption(block.blobId, block.number, `entry ${index} of ${block.count} does not lie inside the block`, {
    offset: block.offset(index) - block.base,
  });
}

function unknownKind(block: Block, index: number, kind: number): Error {
  const known = Object.entries(EntryKind).find(([, value]) => value === kind);
  const what = known ? `entry ${index} is a '${known[0]}', which this version cannot read` : `entry ${index} is of an unknown kind`;
  return corruption(block.blobId, block.number, what, { expected: 'put or delete', found: kind });
}
