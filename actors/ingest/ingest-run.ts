import type { SharedPairs } from '../../storage/ingest/packed-pairs.ts';
import type { WriteResult } from '../../storage/jobs/job.ts';
import { garbageOf } from '../../storage/tablet/order-edit.ts';
import type { Core } from '../core.ts';
import { PairIntake, type RawPair } from './pair-intake.ts';
import { TableCommit } from './table-commit.ts';
import { TableFeed } from './table-feed.ts';

/** What was ingested. */
export interface IngestReport {
  /** Pairs that were taken in. */
  readonly entries: number;
  /** Of the tables that were written. */
  readonly bytes: number;
  /** How many were written; 0: there were no pairs. */
  readonly tables: number;
}

interface IngestRunParts {
  readonly core: Core;
  readonly chunkBytes: () => number;
  readonly maxPairBytes: number;
  readonly write: (pairs: SharedPairs, signal: AbortSignal) => Promise<WriteResult>;
}

/** One ingest, from its first pair to its report: tables are written while pairs come, and belong to nobody until all are there. */
export class IngestRun {
  readonly #parts: IngestRunParts;
  readonly #aborter = new AbortController();
  readonly #feed: TableFeed;
  #commit: TableCommit | undefined;
  /** The opening of LevelDB that the tables are written to: another one sweeps them away. */
  #epoch = 0;

  constructor(parts: IngestRunParts) {
    const { chunkBytes, write } = parts;
    this.#parts = parts;
    this.#feed = new TableFeed({
      chunkBytes,
      write: (pairs) => write(pairs, this.#aborter.signal),
      onFailure: (error) => this.#aborter.abort(error),
    });
  }

  /** Pairs are still coming; from then on only the commit is left, which nobody takes back. */
  get isTaking(): boolean {
    return this.#commit === undefined;
  }

  /** Written so far. */
  get tables(): TableFeed['tables'] {
    return this.#feed.tables;
  }

  /** Gives up, unless it is being committed already. */
  abort(error: unknown): void {
    if (this.isTaking) this.#aborter.abort(error);
  }

  async run(pairs: AsyncIterable<RawPair>): Promise<IngestReport> {
    const { core, maxPairBytes } = this.#parts;
    const { runtime, store, hub } = core;
    const since = runtime.clock.now();
    try {
      await store.ready();
      this.#epoch = store.state.epoch;
      await new PairIntake({ feed: this.#feed, maxPairBytes, runtime, signal: this.#aborter.signal }).run(pairs);
      const tables = await this.#feed.finish();
      const report = { entries: this.#feed.entries, bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0), tables: tables.length };
      if (tables.length === 0) return report;
      const { minors } = await this.#commitAll();
      const { entries, bytes } = report;
      hub.emit({ type: 'ingested', entries, bytes, blobs: tables.map(({ id }) => id), minors, ms: runtime.clock.now() - since });
      core.tablet.noticeWork();
      return report;
    } catch (error) {
      this.abort(error);
      await this.#discard();
      throw error;
    }
  }

  async #commitAll(): Promise<{ minors: number }> {
    const { core } = this.#parts;
    this.#aborter.signal.throwIfAborted();
    this.#commit = new TableCommit(core, this.#feed.tables, this.#epoch);
    await core.ingests.flushMemory();
    return this.#commit.run();
  }

  /** Nobody will know of the tables. What cannot be given back now is swept when LevelDB is opened again. */
  async #discard(): Promise<void> {
    await this.#feed.settled();
    const { store, tablet } = this.#parts.core;
    const { tables } = this.#feed;
    if (tables.length === 0 || this.#commit?.isOnItsWay === true) return;
    try {
      if (store.state.epoch === this.#epoch) await tablet.discardBlobs(tables.map(garbageOf));
    } catch {
      // LevelDB is closed, or being opened again.
    }
  }
}
