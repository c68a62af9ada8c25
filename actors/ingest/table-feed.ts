import { PackedPairs, packedBytes, type SharedPairs } from '../../storage/ingest/packed-pairs.ts';
import type { WriteResult } from '../../storage/jobs/job.ts';
import type { TableMeta } from '../../storage/sst/table.ts';

interface TableFeedParts {
  /** How large the next table is to be, in bytes of packed pairs. */
  readonly chunkBytes: () => number;
  readonly write: (pairs: SharedPairs) => Promise<WriteResult>;
  /** A table could not be written; called at once, also while nothing is being added. */
  readonly onFailure: (error: unknown) => void;
}

/** Packs pairs; while one table's are being written the next table's are collected. So it holds two at most. */
export class TableFeed {
  readonly #parts: TableFeedParts;
  readonly #tables: TableMeta[] = [];
  #filling: PackedPairs | undefined;
  /** Was written, and is free again. */
  #spare: PackedPairs | undefined;
  #writing: Promise<void> | undefined;
  entries = 0;

  constructor(parts: TableFeedParts) {
    this.#parts = parts;
  }

  /** Written so far, ascending. */
  get tables(): readonly TableMeta[] {
    return this.#tables;
  }

  /** A returned promise is back-pressure, or an earlier error: await it before the next call. Both are copied by then. */
  add(key: Uint8Array, value: Uint8Array): Promise<void> | undefined {
    this.#filling ??= this.#fresh(packedBytes(key, value));
    if (!this.#filling.add(key, value)) return this.#addToNext(key, value);
    this.entries++;
    return undefined;
  }

  /** All tables, durable; they are nobody's until they are committed. */
  async finish(): Promise<readonly TableMeta[]> {
    await this.#handOver();
    await this.#writing;
    return this.#tables;
  }

  /** Resolves when nothing is being written any more; never rejects. */
  async settled(): Promise<void> {
    await this.#writing?.catch(() => undefined);
  }

  async #addToNext(key: Uint8Array, value: Uint8Array): Promise<void> {
    await this.#handOver();
    await this.add(key, value);
  }

  async #handOver(): Promise<void> {
    await this.#writing;
    const pairs = this.#filling;
    if (pairs === undefined) return;
    this.#filling = undefined;
    this.#writing = this.#write(pairs);
    this.#writing.catch(this.#parts.onFailure);
  }

  async #write(pairs: PackedPairs): Promise<void> {
    const { outputs } = await this.#parts.write(pairs.shared);
    this.#tables.push(...outputs);
    this.#spare = pairs;
  }

  /** As large as it should be now, or as its first pair needs it to be. */
  #fresh(needed: number): PackedPairs {
    const wanted = Math.max(this.#parts.chunkBytes(), needed);
    const spare = this.#spare?.capacity === wanted ? this.#spare : new PackedPairs(wanted);
    this.#spare = undefined;
    spare.reset();
    return spare;
  }
}
