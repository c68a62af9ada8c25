import { messageOf } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { Files } from '../../protocol/runtime.ts';
import type { Checksum } from '../jobs/job.ts';
import { type Block, openBlock } from '../sst/block.ts';
import type { BlockType } from '../sst/format.ts';
import type { BlobIndex, StoredValue } from './blob-index.ts';
import { BLOCK_TRAILER_BYTES, openLevelBlock } from './leveldb/table-file.ts';
import { readLeniently } from './read-file.ts';

/** Files are read in stretches of at least so much, of which so many stay in memory. */
const WINDOW_BYTES = 256 * 1024;
const WINDOWS = 64;

interface Window {
  readonly file: string;
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Why a block cannot be had. */
export interface Flaw {
  readonly flaw: string;
}
export type Salvaged = Block | Flaw;

export function isFlaw(salvaged: Salvaged): salvaged is Flaw {
  return 'flaw' in salvaged;
}

/** Blocks of blobs out of LevelDB's files, each checked: what is given is what was written there. */
export class SalvageBlocks {
  readonly index: BlobIndex;
  readonly #files: Files;
  readonly #checksum: Checksum;
  /** Least recently used first. */
  readonly #windows: Window[] = [];
  /** The LevelDB block that was unpacked last: small values stand together in one. */
  #content: { readonly file: string; readonly offset: number; readonly bytes: Uint8Array } | undefined;
  bytesRead = 0;

  constructor(index: BlobIndex, files: Files, checksum: Checksum) {
    this.index = index;
    this.#files = files;
    this.#checksum = checksum;
  }

  /** The block, of whatever type it says that it is: its checksum is over that, and over its place. Never rejects. */
  async open(blobId: BlobId, number: number): Promise<Salvaged> {
    const stored = this.index.valueOf(blobId, number);
    if (stored === undefined) return { flaw: this.index.has(blobId) ? 'the block is missing' : 'the blob is missing' };
    try {
      const bytes = stored instanceof Uint8Array ? stored : await this.#read(stored);
      if (bytes === undefined) return { flaw: 'the block cannot be read' };
      this.bytesRead += bytes.length;
      return openBlock(bytes, { blobId, number, type: bytes[1] as BlockType }, this.#checksum);
    } catch (error) {
      return { flaw: reasonOf(error) };
    }
  }

  async #read({ file, block, start, end }: Exclude<StoredValue, Uint8Array>): Promise<Uint8Array | undefined> {
    const kept = this.#content;
    if (kept?.file === file && kept.offset === block.offset) return kept.bytes.subarray(start, end);
    const size = block.size + BLOCK_TRAILER_BYTES;
    const window = await this.#window(file, block.offset, size);
    const opened = openLevelBlock(window.bytes, { offset: block.offset - window.start, size: block.size });
    if (opened === undefined || end > opened.content.length) return undefined;
    this.#content = { file, offset: block.offset, bytes: opened.content };
    return opened.content.subarray(start, end);
  }

  async #window(file: string, offset: number, size: number): Promise<Window> {
    const windows = this.#windows;
    const at = windows.findIndex((one) => one.file === file && one.start <= offset && offset + size <= one.start + one.bytes.length);
    const found = at < 0 ? await this.#load(file, offset, size) : windows.splice(at, 1)[0];
    windows.push(found);
    if (windows.length > WINDOWS) windows.shift();
    return found;
  }

  async #load(file: string, offset: number, size: number): Promise<Window> {
    const { bytes } = await readLeniently(this.#files, file, offset, Math.max(size, WINDOW_BYTES));
    return { file, start: offset, bytes };
  }
}

/** Which block it is, and that one should have a backup, who salvages it knows. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/^Blob \d+, block \d+: (.*)\. Restore it from a backup\.$/, '$1');
}
