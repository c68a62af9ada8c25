import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { BlobId } from '../../protocol/messages.ts';
import type { BlobStore, BlobWriter } from '../blobs/blob-store.ts';
import { compareRanges, EntryKind, MAX_KEY_BYTES } from '../entry.ts';
import type { Checksum } from '../jobs/job.ts';
import type { Region } from './block-writer.ts';
import type { TableMeta, TableShape } from './table.ts';
import { TableBuilder } from './table-builder.ts';

export interface TableWriterOptions {
  readonly blobs: BlobStore;
  readonly checksum: Checksum;
  readonly shape: TableShape;
  nextBlobId(): BlobId;
  /** Memory for the block under construction; copying is fastest when the entries lie in the same. */
  readonly region?: Region;
}

/**
 * Writes entries, which come in entry order, as one table or several: a table ends before the first user key at which
 * its finished blocks have reached `tableBytes`, so that all versions of a key stay together. No entries: no table and no blob.
 */
export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #builder: TableBuilder;
  readonly #tables: TableMeta[] = [];
  #blob: BlobWriter | undefined;
  /** What the store has not taken yet; the caller waits for it before it goes on. */
  #pending: Promise<void> | undefined;
  #lastSeq = 0;

  constructor(options: TableWriterOptions) {
    this.#options = options;
    this.#builder = new TableBuilder(options.shape, options.checksum, (block) => this.#append(block), options.region);
  }

  /**
   * A returned promise is back-pressure, or an earlier error: await it before the next call. Throws LITHIFY_SST when the
   * entry does not come after the one before, or cannot be stored at all.
   */
  add(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    kind: number,
    seq: number,
  ): Promise<void> | undefined {
    const builder = this.#builder;
    this.#pending = undefined;
    if (kind > EntryKind.delete || keyEnd - keyStart > MAX_KEY_BYTES) throw unstorable(kind, keyEnd - keyStart);
    let newKey = true;
    if (this.#blob !== undefined) {
      const order = compareRanges(bytes, keyStart, keyEnd, builder.lastKeyBytes, builder.lastKeyStart, builder.lastKeyEnd);
      if (order < 0 || (order === 0 && seq >= this.#lastSeq)) throw unordered(bytes.slice(keyStart, keyEnd), seq);
      newKey = order > 0;
      if (newKey && builder.bytes >= this.#options.shape.tableBytes) this.#finishTable();
    }
    if (this.#blob === undefined) this.#begin();
    builder.add(newKey, bytes, keyStart, keyEnd, valueStart, valueEnd, kind, seq);
    this.#lastSeq = seq;
    return this.#pending;
  }

  /** Makes the last table durable; all of them, ascending. */
  async finish(): Promise<TableMeta[]> {
    this.#pending = undefined;
    if (this.#blob !== undefined) this.#finishTable();
    await this.#pending;
    return this.#tables;
  }

  /** Deletes every table that was written or begun; never rejects (the sweep at the next open gets what is left). */
  async abort(): Promise<void> {
    await this.#pending?.catch(() => undefined);
    await this.#blob?.abort();
    this.#blob = undefined;
    for (const table of this.#tables.splice(0)) {
      await this.#options.blobs.delete(table.id, table.blocks).catch(() => undefined);
    }
  }

  #begin(): void {
    const id = this.#options.nextBlobId();
    this.#blob = this.#options.blobs.create(id);
    this.#builder.begin(id);
  }

  #finishTable(): void {
    const blob = this.#openBlob();
    const totals = this.#builder.finish();
    this.#blob = undefined;
    this.#pending = this.#close(blob, totals, this.#pending);
  }

  async #close(blob: BlobWriter, totals: ReturnType<TableBuilder['finish']>, before: Promise<void> | undefined): Promise<void> {
    try {
      await before;
      const { blocks, bytes } = await blob.close();
      this.#tables.push({ id: blob.id, blocks, bytes, ...totals });
    } catch (error) {
      await blob.abort();
      throw asLithifyError(error, 'LITHIFY_SST', `Table ${blob.id} could not be written`, { blobIds: [blob.id] });
    }
  }

  #append(block: Uint8Array): void {
    const blob = this.#openBlob();
    const before = this.#pending;
    this.#pending = before === undefined ? blob.append(block) : before.then(() => blob.append(block));
  }

  #openBlob(): BlobWriter {
    if (this.#blob === undefined) throw new LithifyError('LITHIFY_INTERNAL', 'A table writer has no table under way.');
    return this.#blob;
  }
}

function unstorable(kind: number, keyLength: number): LithifyError {
  return new LithifyError('LITHIFY_SST', `An entry of kind ${kind} with a key of ${keyLength} bytes cannot be stored.`, {
    details: { kind, keyLength },
  });
}

function unordered(key: Uint8Array, seq: number): LithifyError {
  return new LithifyError('LITHIFY_SST', `Entries out of order: key [${key}] at sequence ${seq} does not come after the one before.`, {
    details: { key: [...key], sequence: seq },
  });
}
