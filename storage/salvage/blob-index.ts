import type { BlobId } from '../../protocol/messages.ts';
import type { BlobSize } from '../blobs/blob-store.ts';
import { BLOB_PREFIX, blobIdOf, blockKey, SEAL_BLOCK } from '../blobs/keys.ts';
import { decodeSeal } from '../blobs/seal.ts';
import type { Checksum } from '../jobs/job.ts';
import { openBlock } from '../sst/block.ts';
import type { BlockType } from '../sst/format.ts';
import type { BlockPlace, LevelEntry } from './leveldb/entry.ts';

/** Where a block of a blob is: in a table file of LevelDB, or, if a log has it, here. */
export type StoredValue = { readonly file: string; readonly block: BlockPlace; readonly start: number; readonly end: number } | Uint8Array;

/** What one number costs in memory matters: there is one for every 32 KiB. */
interface Blob {
  /** By block: index of its value, plus one; 0 or nothing: there is none. */
  readonly values: number[];
  /** How many of them are there: asked for at every block that is missing. */
  present: number;
  /** As its seal says. */
  size: BlobSize | undefined;
  sealSequence: number;
}

const NONE = -1;
const IN_MEMORY = -2;
const KEY_BYTES = blockKey(0, 0).length;
/** 128 GiB in blocks of 32 KiB: whoever claims more would have everybody count up to it. */
const MOST_BLOCKS = 2 ** 22;

/** Which blocks of which blobs can be found in the files of a LevelDB, and where. */
export class BlobIndex {
  readonly #checksum: Checksum;
  readonly #blobs = new Map<BlobId, Blob>();
  readonly #files: string[] = [];
  readonly #fileNumbers = new Map<string, number>();
  readonly #kept: Uint8Array[] = [];
  /** By value, in columns: its file, its LevelDB block there, its place in that block's content, LevelDB's sequence. */
  readonly #file: number[] = [];
  readonly #offset: number[] = [];
  readonly #size: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #sequence: number[] = [];
  /** The longest block. */
  maxBytes = 0;

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  /** Takes what a scan finds. What LevelDB's checksum does not vouch for must be what its key says by its own. */
  add(entry: LevelEntry, file: string, place: BlockPlace | undefined): void {
    const { key } = entry;
    if (key.length !== KEY_BYTES || key[0] !== BLOB_PREFIX) return;
    const id = blobIdOf(key);
    const number = new DataView(key.buffer, key.byteOffset).getUint32(9);
    if (number >= MOST_BLOCKS && number !== SEAL_BLOCK) return;
    if (!entry.isSound && !this.#provesItself(entry, id, number)) return;
    const blob = this.#blobOf(id);
    if (number === SEAL_BLOCK) return this.#addSeal(blob, entry, id);
    const known = blob.values[number] ?? 0;
    if (known > 0 && this.#sequence[known - 1] >= entry.sequence) return;
    if (this.#isThere(known)) blob.present--;
    blob.values[number] = this.#remember(entry, file, place);
    if (entry.isPut) blob.present++;
    if (entry.isPut) this.maxBytes = Math.max(this.maxBytes, entry.valueEnd - entry.valueStart);
  }

  /** Every blob of which something is there, ascending. */
  get ids(): BlobId[] {
    return [...this.#blobs]
      .filter(([, { present }]) => present > 0)
      .map(([id]) => id)
      .sort((a, b) => a - b);
  }

  has(id: BlobId): boolean {
    return (this.#blobs.get(id)?.present ?? 0) > 0;
  }

  /** As its seal says; undefined: that is missing or damaged, or the blob was never closed. */
  sealOf(id: BlobId): BlobSize | undefined {
    return this.#blobs.get(id)?.size;
  }

  /** Of the blocks that are there, ascending: whoever counts up to the last one counts what a forged number says. */
  numbersOf(id: BlobId): number[] {
    const values = this.#blobs.get(id)?.values ?? [];
    const numbers = Object.keys(values).map(Number);
    return numbers.filter((number) => this.#isThere(values[number]));
  }

  /** How many blocks the blob has: as its seal says, or one above the last that is there. */
  blocksOf(id: BlobId): number {
    return this.sealOf(id)?.blocks ?? (this.numbersOf(id).at(-1) ?? -1) + 1;
  }

  valueOf(id: BlobId, number: number): StoredValue | undefined {
    const at = (this.#blobs.get(id)?.values[number] ?? 0) - 1;
    if (at < 0 || this.#file[at] === NONE) return undefined;
    if (this.#file[at] === IN_MEMORY) return this.#kept[this.#offset[at]];
    const block = { offset: this.#offset[at], size: this.#size[at] };
    return { file: this.#files[this.#file[at]], block, start: this.#start[at], end: this.#end[at] };
  }

  #isThere(value: number | undefined): boolean {
    return value !== undefined && value > 0 && this.#file[value - 1] !== NONE;
  }

  #blobOf(id: BlobId): Blob {
    let blob = this.#blobs.get(id);
    if (blob === undefined) this.#blobs.set(id, (blob = { values: [], present: 0, size: undefined, sealSequence: -1 }));
    return blob;
  }

  #addSeal(blob: Blob, entry: LevelEntry, id: BlobId): void {
    if (blob.sealSequence >= entry.sequence) return;
    blob.sealSequence = entry.sequence;
    blob.size = entry.isPut ? this.#seal(entry, id) : undefined;
  }

  #remember(entry: LevelEntry, file: string, place: BlockPlace | undefined): number {
    const { bytes, valueStart, valueEnd } = entry;
    const isKept = entry.isPut && place === undefined;
    this.#file.push(!entry.isPut ? NONE : isKept ? IN_MEMORY : this.#fileNumber(file));
    this.#offset.push(isKept ? this.#kept.push(bytes.slice(valueStart, valueEnd)) - 1 : (place?.offset ?? 0));
    this.#size.push(place?.size ?? 0);
    this.#start.push(valueStart);
    this.#end.push(valueEnd);
    return this.#sequence.push(entry.sequence);
  }

  #fileNumber(file: string): number {
    let number = this.#fileNumbers.get(file);
    if (number === undefined) this.#fileNumbers.set(file, (number = this.#files.push(file) - 1));
    return number;
  }

  #provesItself(entry: LevelEntry, id: BlobId, number: number): boolean {
    if (!entry.isPut) return false;
    if (number === SEAL_BLOCK) return this.#seal(entry, id) !== undefined;
    const value = entry.bytes.subarray(entry.valueStart, entry.valueEnd);
    // A block says of what type it is; its checksum is over that too.
    const place = { blobId: id, number, type: value[1] as BlockType };
    return succeeds(() => openBlock(value, place, this.#checksum)) !== undefined;
  }

  #seal({ bytes, valueStart, valueEnd }: LevelEntry, id: BlobId): BlobSize | undefined {
    const size = succeeds(() => decodeSeal(id, bytes.subarray(valueStart, valueEnd), this.#checksum));
    return size !== undefined && size.blocks <= MOST_BLOCKS ? size : undefined;
  }
}

function succeeds<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
