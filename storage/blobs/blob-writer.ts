import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { DatabasePut } from '../database.ts';
import type { BlobSize, BlobWriter } from './blob-store.ts';
import { blockKey, MAX_BLOCKS } from './keys.ts';

/** How a writer reaches the database: each call is one atomic, synced batch. */
export interface BlobSink {
  readonly batchBytes: number;
  write(puts: readonly DatabasePut[]): Promise<void>;
  seal(id: BlobId, size: BlobSize): DatabasePut;
  /** Deletes the seal and these blocks. */
  remove(id: BlobId, blocks: number): Promise<void>;
}

/**
 * Collects blocks into batches. While one batch is being written the next is collected; when that is full too, `append`
 * answers with a promise. So a writer holds about two batches and keeps one write in flight at most.
 */
export class DatabaseBlobWriter implements BlobWriter {
  readonly id: BlobId;
  readonly #sink: BlobSink;
  #blocks = 0;
  #bytes = 0;
  #pending: DatabasePut[] = [];
  #pendingBytes = 0;
  /** Never rejects: what fails is kept in #error. */
  #inFlight: Promise<void> | undefined;
  #turn: Promise<void> | undefined;
  #error: { readonly reason: unknown } | undefined;
  #state: 'open' | 'closing' | 'closed' | 'aborted' = 'open';
  #touched = false;

  constructor(id: BlobId, sink: BlobSink) {
    this.id = id;
    this.#sink = sink;
  }

  get blocks(): number {
    return this.#blocks;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(block: Uint8Array): Promise<void> | undefined {
    this.#check();
    if (this.#blocks >= MAX_BLOCKS)
      throw new LithifyError('LITHIFY_INTERNAL', `Blob ${this.id} has ${MAX_BLOCKS} blocks and takes no more.`);
    this.#pending.push({ key: blockKey(this.id, this.#blocks), value: block });
    this.#blocks++;
    this.#bytes += block.length;
    this.#pendingBytes += block.length;
    if (this.#pendingBytes < this.#sink.batchBytes) return undefined;
    if (this.#inFlight !== undefined) return (this.#turn ??= this.#sendInTurn());
    this.#send();
    return undefined;
  }

  async close(): Promise<BlobSize> {
    this.#check();
    this.#state = 'closing';
    await this.#inFlight;
    this.#checkClosing();
    const size = { blocks: this.#blocks, bytes: this.#bytes };
    this.#pending.push(this.#sink.seal(this.id, size));
    this.#send();
    await this.#inFlight;
    this.#checkClosing();
    this.#state = 'closed';
    return size;
  }

  async abort(): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'aborted') return;
    this.#state = 'aborted';
    this.#pending = [];
    await this.#inFlight;
    if (!this.#touched) return;
    try {
      await this.#sink.remove(this.id, this.#blocks);
    } catch {
      // What is left has no seal, so nobody sees it, and the next opening sweeps it.
    }
  }

  #check(): void {
    if (this.#state !== 'open') throw new LithifyError('LITHIFY_INTERNAL', `The writer of blob ${this.id} is ${this.#state}.`);
    this.#checkError();
  }

  /** An abort meanwhile has dropped blocks: such a blob must not be sealed, or not be taken for closed. */
  #checkClosing(): void {
    if (this.#state === 'aborted') throw new LithifyError('LITHIFY_ABORTED', `The writer of blob ${this.id} was aborted while it closed.`);
    this.#checkError();
  }

  #checkError(): void {
    if (this.#error !== undefined) throw this.#error.reason;
  }

  async #sendInTurn(): Promise<void> {
    await this.#inFlight;
    this.#turn = undefined;
    this.#checkError();
    if (this.#state === 'open') this.#send();
  }

  #send(): void {
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#touched = true;
    this.#inFlight = this.#written(batch);
  }

  async #written(batch: readonly DatabasePut[]): Promise<void> {
    try {
      await this.#sink.write(batch);
    } catch (reason) {
      this.#error ??= { reason };
    }
    this.#inFlight = undefined;
  }
}
