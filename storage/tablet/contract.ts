import type { BlobId, CompactionKind } from '../../protocol/messages.ts';
import type { KeyRange } from '../entry.ts';
import type { LogCatalog, LogEdit } from '../log/catalog.ts';
import type { RangeDelete, RangeDeletes } from '../range-deletes/range-deletes.ts';
import type { TableMeta } from '../sst/table.ts';

/** One consistent shape of the tree. Immutable: every commit makes a new one. */
export interface Version {
  /** Ascends by one with every commit. */
  readonly number: number;
  /** Flushed memtables, newest first; they may overlap. */
  readonly minors: readonly TableMeta[];
  /** `levels[0]` is the shallowest; inside a level tables are disjoint and ascending. LEVELS of them. */
  readonly levels: readonly (readonly TableMeta[])[];
  readonly logs: LogCatalog;
  /**
   * Those of flushed memtables that may still cover something in a table (docs/decisions/0011): they stand here, not in
   * tables, so that neither bounds nor filters of tables know of them.
   */
  readonly rangeDeletes: RangeDeletes;
}
export const LEVELS = 7;

/** A table's place: 'minor', or the index of its level. */
export type Place = 'minor' | number;

/** One change of the tree, committed as one atomic, synced batch. */
export interface VersionEdit {
  readonly added: readonly { readonly place: Place; readonly table: TableMeta }[];
  readonly removed: readonly { readonly place: Place; readonly id: BlobId }[];
  /** Garbage from here on; a removed table that is not added elsewhere (a move) must be in here. */
  readonly garbage: readonly Garbage[];
  /** No longer garbage: deleted, space given back. */
  readonly collected: readonly BlobId[];
  /** WAL segments below this number are not needed any more. */
  readonly walFloor?: number;
  /** The highest sequence number that the tables hold. */
  readonly lastSequence?: number;
  /** Memtables below this number are tables by now; the next one gets at least this number. */
  readonly memtableFloor?: number;
  /** Written once by every open, before the first blob id is given out. */
  readonly epoch?: number;
  /** Where the Regular orders of these levels ended. */
  readonly pointers?: readonly { readonly level: number; readonly key: Uint8Array }[];
  /** Topics, their parts and their groups. */
  readonly log?: LogEdit;
  /** `removed`: their sequences; every sequence is one range delete's. */
  readonly rangeDeletes?: { readonly added: readonly RangeDelete[]; readonly removed: readonly number[] };
  /** Topics get ids from here on; only in snapshots, where the last ones given may have been dropped. */
  readonly nextTopic?: number;
}

export interface Garbage {
  readonly id: BlobId;
  readonly blocks: number;
  readonly bytes: number;
}

/** Work to do: which tables, where to, and why. */
export interface Order {
  readonly kind: Exclude<CompactionKind, 'flush'>;
  /** A sentence for people: what made this the most urgent work. */
  readonly reason: string;
  readonly inputs: readonly { readonly place: Place; readonly table: TableMeta }[];
  readonly target: number;
  /** Smallest and largest user key of all inputs, both inclusive: what is leased on all places involved. */
  readonly minKey: Uint8Array;
  readonly maxKey: Uint8Array;
  readonly dropTombstones: boolean;
  /** Nothing overlaps in the target: the table only changes its place. */
  readonly move: boolean;
  /** Range deletes cover everything in the inputs: they go, and nothing is read or written. */
  readonly drop?: boolean;
  readonly bytes: number;
}

export interface Planned {
  readonly order?: Order;
  /** For everything that looked like work and was not picked: why not. */
  readonly notPicked: readonly string[];
}

export interface PlanOptions {
  /** Minors that start a Minor order. */
  readonly minorTrigger: number;
  readonly tableBytes: number;
  /** Up to about this size a level is rewritten whole by new minors; above it the level before comes into use. */
  readonly baseLevelBytes: number;
  /** Each level's target is this many times the one above. */
  readonly levelFactor: number;
}

/** A place and a range of user keys, both ends inclusive, that a running order holds. */
export interface LeasedRange {
  readonly place: Place;
  readonly minKey: Uint8Array;
  readonly maxKey: Uint8Array;
}

/** What `plan` looks at. */
export interface PlanView {
  readonly version: Version;
  /** (place, key range) pairs that running orders hold, inputs and outputs. */
  readonly leased: readonly LeasedRange[];
  /**
   * Sequences that somebody reads at, ascending. What they keep alive is not worth an order, which would only write the
   * same table again, without end.
   */
  readonly snapshots: readonly number[];
  /** Where the last Regular order of each level ended, so that the next goes on from there. */
  readonly pointers: readonly (Uint8Array | undefined)[];
}

export interface MajorRequest {
  readonly range?: KeyRange;
}

/** `wait`: ask again when one of the orders that hold `blockedBy` has settled. */
export type MajorPlan =
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string; readonly blockedBy: readonly LeasedRange[] };
