import { messageOf } from '../../protocol/errors.ts';
import type { BlobSize } from '../blobs/blob-store.ts';
import { compareBytes, compareRanges } from '../entry.ts';
import type { Checksum, Damage } from '../jobs/job.ts';
import { readU32 } from '../little-endian.ts';
import { commonPrefix } from '../merge/merge-cursor.ts';
import { type Block, openBlock } from './block.ts';
import { mayContain } from './bloom.ts';
import { EntryView } from './entry-view.ts';
import { decodeTotals } from './footer.ts';
import { BlockType, HEAD_EVERY, headOf, POINTER_BYTES } from './format.ts';
import { seqBaseOf, type TableMeta } from './table.ts';

/** What a pointer to a block or a partition must say. */
interface Part {
  readonly first: number;
  readonly second: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  readonly lastSeq: number;
}

/**
 * Takes the blocks of one table in their order and checks each by itself, then against what stands before it: the order
 * of keys and sequences, filters against keys, indexes against blocks, the footer against partitions, all of it against
 * what the manifest says. Never throws for damage.
 */
export class TableVerifier {
  readonly #table: TableMeta;
  readonly #checksum: Checksum;
  readonly #damage: Damage[] = [];
  readonly #view = new EntryView();
  /** The manifest's sequences, as they stand in the blocks. */
  readonly #minSeqThere: number;
  readonly #maxSeqThere: number;
  /** Of the partition under way. */
  #data: Block[] = [];
  #parts: Part[] = [];
  #firstBlock = 0;
  readonly #partitions: Part[] = [];
  /** Some block could not be read: what is counted over the whole table says nothing. */
  #isPartial = false;
  /** The same of the partition under way. */
  #partitionIsPartial = false;
  #lastKey: Uint8Array | undefined;
  #lastSeq = 0;
  #minKey: Uint8Array | undefined;
  #tombstones = 0;
  #minSeq = Number.MAX_SAFE_INTEGER;
  #maxSeq = 0;
  blocks = 0;
  entries = 0;
  bytes = 0;

  constructor(table: TableMeta, checksum: Checksum) {
    this.#table = table;
    this.#checksum = checksum;
    this.#minSeqThere = table.minSeq - seqBaseOf(table);
    this.#maxSeqThere = table.maxSeq - seqBaseOf(table);
  }

  take(number: number, bytes: Uint8Array): void {
    this.blocks++;
    this.bytes += bytes.length;
    const isLast = number === this.#table.blocks - 1;
    const claimed = bytes[1];
    const type = isLast ? BlockType.footer : claimed === BlockType.index || claimed === BlockType.filter ? claimed : BlockType.data;
    const block = openBlock(bytes, { blobId: this.#table.id, number, type }, this.#checksum);
    if (type === BlockType.data) this.#takeData(block);
    else if (type === BlockType.filter) this.#takeFilter(block);
    else if (type === BlockType.index) this.#takeIndex(block);
    else this.#takeFooter(block);
  }

  /** A block, or the blob as a whole, that could not be read or opened. */
  unreadable(block: number | undefined, error: unknown): void {
    this.#isPartial = this.#partitionIsPartial = true;
    this.#report(block, messageOf(error));
  }

  takeSize(size: BlobSize | undefined): void {
    const { blocks, bytes } = this.#table;
    if (size === undefined) return this.#report(undefined, 'the blob is missing');
    this.#expect(undefined, 'blocks of the blob', blocks, size.blocks);
    this.#expect(undefined, 'bytes of the blob', bytes, size.bytes);
  }

  finish(): readonly Damage[] {
    if (!this.#isPartial) this.#expect(undefined, 'bytes in all blocks', this.#table.bytes, this.bytes);
    return this.#damage;
  }

  #takeData(block: Block): void {
    const view = this.#view;
    let expected = block.start;
    for (let index = 0; index < block.count; index++) {
      if (block.offset(index) !== expected) this.#report(block.number, `entry ${index} does not begin where the one before ends`);
      view.decode(block, index);
      expected = view.valueEnd;
      this.#takeEntry(block, index);
    }
    if (block.count === 0) return this.#report(block.number, 'a data block without entries');
    if (expected !== block.limit) this.#report(block.number, 'bytes after the last entry');
    this.#checkHeads(block);
    this.#data.push(block);
    view.decode(block, 0);
    const firstKey = view.key();
    this.#parts.push({ first: block.number, second: block.count, firstKey, lastKey: this.#lastKey ?? firstKey, lastSeq: this.#lastSeq });
  }

  /** A wrong head, or a wrong skip, would hide entries from searches. */
  #checkHeads(block: Block): void {
    const view = this.#view;
    view.decode(block, 0);
    const first = view.key();
    view.decode(block, block.count - 1);
    const skip = commonPrefix(first, view.key());
    this.#expect(block.number, 'common bytes', skip, block.skip);
    for (let head = 0; head < block.heads; head++) {
      view.decode(block, head * HEAD_EVERY);
      this.#expect(block.number, `head ${head}`, headOf(view.bytes, view.keyStart + skip, view.keyEnd), block.head(head));
    }
  }

  #takeEntry(block: Block, index: number): void {
    const { bytes, keyStart, keyEnd, kind, seq } = this.#view;
    const last = this.#lastKey;
    const order = last === undefined ? 1 : compareRanges(bytes, keyStart, keyEnd, last, 0, last.length);
    if (order < 0 || (order === 0 && seq >= this.#lastSeq)) this.#report(block.number, `entry ${index} does not come after the one before`);
    if (order !== 0) this.#lastKey = this.#view.key();
    this.#minKey ??= this.#lastKey;
    this.#lastSeq = seq;
    this.#minSeq = Math.min(this.#minSeq, seq);
    this.#maxSeq = Math.max(this.#maxSeq, seq);
    this.#tombstones += kind;
    this.entries++;
  }

  #takeFilter(filter: Block): void {
    const view = this.#view;
    for (const block of this.#data) {
      for (let index = 0; index < block.count; index++) {
        view.decode(block, index);
        if (mayContain(filter, view.bytes, view.keyStart, view.keyEnd)) continue;
        this.#report(filter.number, `the filter denies a key of block ${block.number}`);
        break;
      }
    }
    this.#data = [];
  }

  #takeIndex(index: Block): void {
    if (!this.#partitionIsPartial) this.#comparePointers(index, this.#parts);
    const first = this.#parts[0];
    const last = this.#parts.at(-1);
    if (first !== undefined && last !== undefined) {
      const { lastKey, lastSeq } = last;
      this.#partitions.push({ first: index.number, second: this.#firstBlock, firstKey: first.firstKey, lastKey, lastSeq });
    }
    this.#parts = [];
    this.#data = [];
    this.#firstBlock = index.number + 1;
    this.#partitionIsPartial = false;
  }

  #takeFooter(footer: Block): void {
    const totals = decodeTotals(footer);
    const table = this.#table;
    const expected = { entries: table.entries, tombstones: table.tombstones, minSeq: this.#minSeqThere, maxSeq: this.#maxSeqThere };
    for (const name of ['entries', 'tombstones', 'minSeq', 'maxSeq'] as const)
      this.#expect(footer.number, `${name} in the footer`, expected[name], totals[name]);
    if (this.#isPartial) return;
    this.#comparePointers(footer, this.#partitions);
    this.#expect(undefined, 'entries', table.entries, this.entries);
    this.#expect(undefined, 'tombstones', table.tombstones, this.#tombstones);
    this.#expect(undefined, 'lowest sequence', this.#minSeqThere, this.#minSeq);
    this.#expect(undefined, 'highest sequence', this.#maxSeqThere, this.#maxSeq);
    if (!isSame(this.#minKey, table.minKey)) this.#report(undefined, 'the first key is not the one that the manifest names');
    if (!isSame(this.#lastKey, table.maxKey)) this.#report(undefined, 'the last key is not the one that the manifest names');
  }

  #comparePointers(block: Block, parts: readonly Part[]): void {
    const view = this.#view;
    if (block.count > 0) this.#checkHeads(block);
    this.#expect(block.number, 'pointers', parts.length, block.count);
    for (let at = 0; at < Math.min(parts.length, block.count); at++) {
      view.decode(block, at);
      const { first, second, firstKey, lastKey, lastSeq } = parts[at];
      const value = view.value();
      const agrees =
        value.length >= POINTER_BYTES &&
        readU32(value, 0) === first &&
        readU32(value, 4) === second &&
        isSame(value.subarray(POINTER_BYTES), firstKey) &&
        isSame(view.key(), lastKey) &&
        view.seq === lastSeq;
      if (!agrees) this.#report(block.number, `pointer ${at} does not agree with what it points at`);
    }
  }

  #expect(block: number | undefined, what: string, expected: number, found: number): void {
    if (expected !== found) this.#report(block, `${what}: expected ${expected}, found ${found}`);
  }

  #report(block: number | undefined, reason: string): void {
    this.#damage.push({ blobId: this.#table.id, ...(block !== undefined && { block }), reason });
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && compareBytes(a, b) === 0;
}
