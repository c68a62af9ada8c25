import { asLithifyError, codeOf, LithifyError } from '../../protocol/errors.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import type { VersionEdit } from '../../storage/tablet/contract.ts';
import { ingestEdit } from '../../storage/tablet/ingest-edit.ts';
import { allTables } from '../../storage/tablet/version.ts';
import type { Core } from '../core.ts';

const WHY = 'tables are being taken in';

/**
 * Brings tables into the tree, all of them or none, in a moment in which nothing is in memory and nothing is written: so
 * everything in the log is in tables, and the sequences that they get are above all others.
 */
export class TableCommit {
  readonly #core: Core;
  readonly #tables: readonly TableMeta[];
  readonly #epoch: number;
  #edit: VersionEdit | undefined;

  /** `epoch`: the opening of LevelDB in which the tables were written. */
  constructor(core: Core, tables: readonly TableMeta[], epoch: number) {
    this.#core = core;
    this.#tables = tables;
    this.#epoch = epoch;
  }

  /** The manifest may know the tables: whoever wrote them must not delete them any more. */
  get isOnItsWay(): boolean {
    return this.#edit !== undefined;
  }

  /** Resolves with how many of them stand above all levels; rejects, and nothing of them is visible. */
  async run(): Promise<{ minors: number }> {
    try {
      await this.#core.writer.exclusively(WHY, (first) => this.#commit(first));
    } catch (error) {
      // An edit that the tree refuses was not written.
      if (codeOf(error) === 'LITHIFY_INTERNAL') this.#edit = undefined;
      if (this.#edit === undefined) throw error;
      // A write that failed may be on disk all the same.
      await this.#core.ingests.reopened();
      this.#assertLanded(error);
    }
    return { minors: this.#edit?.added.filter(({ place }) => place === 'minor').length ?? 0 };
  }

  /** How many sequences were used. */
  async #commit(first: number): Promise<number> {
    const { tablet, wal } = this.#core;
    // A refused write that a crash brought back would come with sequences that are given here.
    if (wal.isBroken) await wal.sync();
    await tablet.commit(() => this.#makeEdit(first), `${this.#tables.length} tables are taken in`);
    return this.#tables.length;
  }

  #makeEdit(first: number): VersionEdit {
    const { store, tablet } = this.#core;
    if (store.state.epoch !== this.#epoch) throw sweptError();
    const { version, orders } = tablet.state;
    this.#edit = ingestEdit({ version, running: orders.ids.map((id) => orders.order(id)) }, this.#tables, first);
    return this.#edit;
  }

  #assertLanded(error: unknown): void {
    const { added = [] } = this.#edit ?? {};
    const live = new Set(allTables(this.#core.tablet.state.version).map(({ id }) => id));
    if (!added.every(({ table }) => live.has(table.id))) throw asLithifyError(error, 'LITHIFY_BLOB_STORE', 'Taking tables in');
  }
}

function sweptError(): LithifyError {
  const why = 'LevelDB was opened again, after a failed write, while tables for an ingest were written';
  return new LithifyError('LITHIFY_BLOB_STORE', `${why}; nothing was taken in: ingest again.`);
}
