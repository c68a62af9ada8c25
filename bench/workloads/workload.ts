import type { Engine } from '../../index.ts';
import type { Data } from '../data.ts';
import type { Figure } from '../figure.ts';
import type { Measured } from '../measure.ts';
import type { LogStore } from '../subjects/log.ts';
import type { Durability, Store, SubjectName } from '../subjects/subject.ts';

/** Sizes of a run. */
export interface Sizes {
  readonly entries: number;
  /** Of each of the runs that are merged. */
  readonly runEntries: number;
  /** Of the burst that a log's compaction is measured with. */
  readonly records: number;
  /** That a strategy's tables are filled with. */
  readonly keys: number;
  /** A measurement ends after so long, however little is done by then. */
  readonly limitMs: number;
}

export const RUNS = 8;
export const IN_FLIGHT = 100;
export const BATCH = 1000;

export interface Context {
  readonly sizes: Sizes;
  readonly data: Data;
  /** Rows that are asked for; the others need not be measured. */
  wants(row: string): boolean;
  /** A fresh store; `runEntries`: it is for the compaction. */
  open(options?: { readonly runEntries: number }): Promise<Store>;
  /** A fresh, empty log. */
  openLog(): Promise<LogStore>;
  /** For what only lithify has: a fresh store with the durability of the row. */
  openEngine(): Promise<Engine>;
  /** Where the store is. */
  readonly location: string;
  /** `bytes`: keys and values that one operation moves. */
  report(row: string, measured: Measured, bytes: number, figures?: readonly Figure[]): void;
}

/** What one child process does for one subject: one or several rows of the report. */
export interface Workload {
  readonly name: string;
  readonly rows: readonly string[];
  /** 'none': the rows are not about acknowledged writes. */
  readonly durabilities: readonly (Durability | 'none')[];
  readonly subjects: readonly SubjectName[];
  run(context: Context): Promise<void>;
}

/** Fills a store with the first `entries` pairs, and has it settle. */
export async function load(store: Store, { data, sizes }: Context): Promise<void> {
  for (let at = 0; at < sizes.entries; at += BATCH) await store.batch(data.pairs(at, Math.min(BATCH, sizes.entries - at)));
  await store.compact?.();
}
