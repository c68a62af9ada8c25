import { BlockSource, type BlockSourceOptions } from './block-source.ts';
import { type FoundEntry, Lookup, mayHold } from './lookup.ts';
import type { TableMeta } from './table.ts';

/** Point reads in tables: key range, then Bloom filter, then index, then one data block. */
export class TableReader {
  /** Runs and scans that share this reader's cache take their blocks from here. */
  readonly source: BlockSource;

  constructor(options: BlockSourceOptions) {
    this.source = new BlockSource(options);
  }

  /**
   * The newest version of `key` with a sequence of at most `seq`; undefined when the table has none. A promise only
   * when a block has to come from the store. Fails with what the store says, or LITHIFY_CORRUPTION.
   */
  get(table: TableMeta, key: Uint8Array, seq: number): FoundEntry | undefined | Promise<FoundEntry | undefined> {
    if (!mayHold(table, key, seq)) return undefined;
    const lookup = new Lookup(table, key, seq);
    return this.#run(lookup) ? lookup.found : this.#finish(lookup);
  }

  getSync(table: TableMeta, key: Uint8Array, seq: number): FoundEntry | undefined {
    if (!mayHold(table, key, seq)) return undefined;
    const lookup = new Lookup(table, key, seq);
    while (!this.#run(lookup)) if (lookup.take(this.source.loadSync(lookup))) break;
    return lookup.found;
  }

  /** As far as blocks in memory lead; true: to the answer. */
  #run(lookup: Lookup): boolean {
    while (true) {
      const block = this.source.cached(lookup);
      if (block === undefined) return false;
      if (lookup.take(block)) return true;
    }
  }

  async #finish(lookup: Lookup): Promise<FoundEntry | undefined> {
    do {
      if (lookup.take(await this.source.load(lookup))) break;
    } while (!this.#run(lookup));
    return lookup.found;
  }
}
