import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore, BlobWriter } from '../blobs/blob-store.ts';
import type { Checksum } from '../jobs/job.ts';
import type { BlobExtent, LogPart, PartitionId, StagedValue } from './part.ts';
import { PartBuilder } from './part-builder.ts';
import type { RecordView } from './record.ts';

export interface PartWriterOptions {
  readonly blobs: BlobStore;
  readonly checksum: Checksum;
  /** A block is at most this long, but for one with a single, larger record. */
  readonly blockBytes: number;
  nextBlobId(): BlobId;
}

export interface PartNotes {
  /** Wall clock, ms. */
  readonly agedAt: number;
  readonly compacted: boolean;
  readonly oldestTombstone?: number;
}

/** A part whose blob is not closed yet. */
export type UnplacedPart = Omit<LogPart, 'blob'>;

/**
 * Writes records as parts, one part after the other, into one blob until `close`; then, if there is more, into another.
 * A part without records is none, and a blob without parts is never made.
 */
export class PartWriter {
  readonly #options: PartWriterOptions;
  readonly #builder: PartBuilder;
  #parts: UnplacedPart[] = [];
  readonly #closed: BlobExtent[] = [];
  #blob: BlobWriter | undefined;
  /** What the store has not taken yet. */
  #pending: Promise<void> | undefined;
  /** The caller has got it, and has waited for it before it calls again. */
  #isPendingKnown = false;

  constructor(options: PartWriterOptions) {
    this.#options = options;
    this.#builder = new PartBuilder(options.blockBytes, options.checksum, (block) => this.#append(block));
  }

  /** Of the blob under way, with the block under construction. */
  get bytes(): number {
    return this.#blob === undefined ? 0 : this.#builder.bytes;
  }

  /** Finished blocks of the blob under way. */
  get blocks(): number {
    return this.#blob === undefined ? 0 : this.#builder.blocks;
  }

  /** Of the blobs that were closed. */
  get bytesWritten(): number {
    return this.#closed.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A part of this partition comes next. */
  begin(partition: PartitionId): void {
    this.#builder.begin(partition);
  }

  /**
   * Copies bytes[start, end), a record that the view points at, without the staged reference that may follow it. Offsets
   * ascend. A returned promise is back-pressure, or an earlier error: await it before the next call.
   */
  add(bytes: Uint8Array, start: number, end: number, staged: StagedValue | undefined, view: RecordView): Promise<void> | undefined {
    if (this.#isPendingKnown) this.#forgetPending();
    if (this.#blob === undefined) this.#open();
    this.#builder.add(bytes, start, end, staged, view);
    this.#isPendingKnown = this.#pending !== undefined;
    return this.#pending;
  }

  /** Ends the part; undefined: it has no records, and is none. What the store does not take at once, the next call waits for. */
  endPart(notes: PartNotes): UnplacedPart | undefined {
    if (this.#isPendingKnown) this.#forgetPending();
    const built = this.#builder.endPart();
    if (built === undefined) return undefined;
    const part = { ...built, ...notes };
    this.#parts.push(part);
    return part;
  }

  /** Makes the blob durable; its parts in the order in which they ended. */
  async close(): Promise<LogPart[]> {
    this.#builder.mustBeBetweenParts();
    const blob = this.#blob;
    if (blob === undefined) return [];
    try {
      await this.#pending;
      this.#forgetPending();
      const extent = { id: blob.id, ...(await blob.close()) };
      this.#blob = undefined;
      this.#closed.push(extent);
      return this.#parts.splice(0).map((part) => ({ blob: extent, ...part }));
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_BLOB_STORE', `Blob ${blob.id} of log parts could not be written`, { blobIds: [blob.id] });
    }
  }

  /** Deletes every blob that was written or begun; never rejects (the sweep at the next open gets what is left). */
  async abort(): Promise<void> {
    await this.#pending?.catch(() => undefined);
    await this.#blob?.abort();
    this.#blob = undefined;
    this.#parts = [];
    for (const { id, blocks } of this.#closed.splice(0)) await this.#options.blobs.delete(id, blocks).catch(() => undefined);
  }

  #open(): void {
    const id = this.#options.nextBlobId();
    this.#blob = this.#options.blobs.create(id);
    this.#builder.beginBlob(id);
  }

  #forgetPending(): void {
    this.#pending = undefined;
    this.#isPendingKnown = false;
  }

  #append(block: Uint8Array): void {
    const blob = this.#blob;
    if (blob === undefined) throw new LithifyError('LITHIFY_INTERNAL', 'A part writer has no blob under way.');
    this.#pending = this.#pending === undefined ? blob.append(block) : this.#pending.then(() => blob.append(block));
    // Whoever waits for it sees the error; it must not count as unhandled before somebody does.
    this.#pending?.catch(() => undefined);
  }
}
