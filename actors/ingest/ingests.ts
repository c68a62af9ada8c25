import { LithifyError } from '../../protocol/errors.ts';
import { MAX_PAIR_BYTES } from '../../storage/ingest/packed-pairs.ts';
import type { TableShape } from '../../storage/sst/table.ts';
import type { Core } from '../core.ts';
import type { Loan } from '../workers.ts';
import { type IngestReport, IngestRun } from './ingest-run.ts';
import type { RawPair } from './pair-intake.ts';
import { TableJobs } from './table-jobs.ts';

/** What ingests need of the engine around the core. */
export interface IngestSurroundings {
  /** A thread, or a place in this one. */
  lend(borrower: string): Promise<Loan>;
  /** Flushes what is in memory now. */
  flush(): Promise<void>;
}

/** Of `memoryBytes`: what all ingests together may hold, about. */
const SHARE_OF_MEMORY = 1 / 4;
/** A table is being written while the next one is collected. */
const CHUNKS_EACH = 2;
/** However many ingests there are. */
const LEAST_CHUNK_BYTES = 256 * 1024;

/** The ingests under way. */
export class Ingests {
  readonly #core: Core;
  readonly #surroundings: IngestSurroundings;
  readonly #shape: TableShape;
  readonly #jobs: TableJobs;
  readonly #running = new Map<IngestRun, Promise<unknown>>();
  #closed: LithifyError | undefined;
  #hasEnded = false;
  #reopened: PromiseWithResolvers<void> | undefined;

  constructor(core: Core, surroundings: IngestSurroundings, shape: TableShape) {
    const { options, runtime, noteFailure } = core;
    this.#core = core;
    this.#surroundings = surroundings;
    this.#shape = shape;
    this.#jobs = new TableJobs({
      clock: runtime.clock,
      lend: (borrower) => surroundings.lend(borrower),
      onFailure: noteFailure,
      places: Math.max(1, options.workers - 1),
    });
  }

  /** Rejects with what the pairs throw, LITHIFY_INVALID_ARGUMENT, _CLOSED, or what a failing disk or thread says. */
  async run(pairs: AsyncIterable<RawPair>): Promise<IngestReport> {
    if (this.#closed !== undefined) throw this.#closed;
    const ingest = new IngestRun({
      core: this.#core,
      chunkBytes: () => this.#chunkBytes(),
      maxPairBytes: Math.min(MAX_PAIR_BYTES, this.#memoryBytes),
      write: (pairs, signal) => this.#jobs.run({ kind: 'ingest', pairs, shape: this.#shape }, signal),
    });
    const report = ingest.run(pairs);
    this.#running.set(ingest, report);
    try {
      return await report;
    } finally {
      this.#running.delete(ingest);
    }
  }

  /** The one under way that has written this blob. */
  holding(blob: number): { readonly isTaking: boolean; readonly tables: number } | undefined {
    const found = [...this.#running.keys()].find(({ tables }) => tables.some(({ id }) => id === blob));
    return found && { isTaking: found.isTaking, tables: found.tables.length };
  }

  /** So that the moment in which writers wait has little left to flush. */
  async flushMemory(): Promise<void> {
    const { live, sealed } = this.#core.memtables;
    // Whatever it met, it is met again by the commit, which says so.
    if (!live.isEmpty || sealed.length > 0) await this.#surroundings.flush().catch(() => undefined);
  }

  /** Gives up those that still take pairs, and resolves when they have given back what they wrote. The others are being committed. */
  async close(error: LithifyError): Promise<void> {
    this.#closed ??= error;
    const taking = [...this.#running].filter(([ingest]) => ingest.isTaking);
    for (const [ingest] of taking) ingest.abort(this.#closed);
    await Promise.allSettled(taking.map(([, report]) => report));
  }

  /** The engine has ended, however that came. */
  end(error: LithifyError): void {
    this.#closed ??= error;
    for (const ingest of this.#running.keys()) ingest.abort(this.#closed);
    this.#hasEnded = true;
    this.#reopened?.reject(unknownOutcome());
  }

  /** Resolves when LevelDB has been opened again: then what is on disk is known. */
  reopened(): Promise<void> {
    if (this.#hasEnded) return Promise.reject(unknownOutcome());
    this.#reopened ??= Promise.withResolvers();
    return this.#reopened.promise;
  }

  noteReopened(): void {
    this.#reopened?.resolve();
    this.#reopened = undefined;
  }

  get #memoryBytes(): number {
    return Math.floor(this.#core.options.memoryBytes * SHARE_OF_MEMORY);
  }

  #chunkBytes(): number {
    const share = Math.floor(this.#memoryBytes / (CHUNKS_EACH * Math.max(1, this.#running.size)));
    return Math.min(this.#core.options.tableBytes, Math.max(LEAST_CHUNK_BYTES, share));
  }
}

function unknownOutcome(): LithifyError {
  return new LithifyError(
    'LITHIFY_CLOSED',
    'The engine was closed after the commit of an ingest had failed, before LevelDB could tell whether it is on disk; open it again and look.',
  );
}
