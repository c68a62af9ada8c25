import { LithifyError } from '../../protocol/errors.ts';
import type { BlobId, CompactionKind } from '../../protocol/messages.ts';
import type { KeyRange } from '../entry.ts';
import { logBlobs } from '../log/catalog.ts';
import { logGarbage } from '../log/log-garbage.ts';
import type { RangeDelete } from '../range-deletes/range-deletes.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Garbage, MajorPlan, MajorRequest, Order, Place, Planned, PlanOptions, PlanView, Version, VersionEdit } from './contract.ts';
import type { Holder, LeaseStats, Obsolete, VersionLease } from './leases.ts';
import { VersionLeases } from './leases.ts';
import type { OrderId } from './ledger.ts';
import { OrderLedger } from './ledger.ts';
import type { ManifestState } from './manifest-state.ts';
import { applyToState, EMPTY_EDIT, knownBlobs } from './manifest-state.ts';
import type { OrderEdit } from './order-edit.ts';
import { garbageOf, orderEdit, partialEdit } from './order-edit.ts';
import { plan } from './plan.ts';
import { dropOrder } from './plan-cleared.ts';
import { planMajor } from './plan-major.ts';
import { bytesOf } from './ranges.ts';
import { needlessRangeDeletes } from './retiring.ts';
import { allTables, applyEdit } from './version.ts';

export interface TabletOptions {
  readonly state: ManifestState;
  readonly plan: PlanOptions;
  /** Monotonic ms, for the age of leases. */
  readonly now: () => number;
  /** Blobs whose last lease just let go: a DeleteBlob for each is due. */
  readonly onDeletable?: (blobs: readonly Garbage[]) => void;
}

/** What may be deleted of what was asked for. */
export interface Collectable {
  readonly deletable: readonly Garbage[];
  /** Garbage that a leased version can see. */
  readonly pinned: readonly BlobId[];
  /** Live: LITHIFY_BLOB_IN_USE. */
  readonly inUse: readonly BlobId[];
  /** Neither live nor garbage: gone already, or not committed yet. Never to be touched. */
  readonly unknown: readonly BlobId[];
}

export interface FlushMarks {
  readonly walFloor?: number;
  readonly lastSequence?: number;
  readonly memtableFloor?: number;
  /** Those of the memtable. */
  readonly rangeDeletes?: readonly RangeDelete[];
}

/** How a table came into the tree. */
export interface Origin {
  /** The first version that has it. */
  readonly version: number;
  /** 'reopening': its commit had seemed to fail, and LevelDB, opened again, has it. */
  readonly by: CompactionKind | 'ingest' | 'reopening';
  /** Monotonic ms. */
  readonly at: number;
}

export interface TabletStats extends LeaseStats {
  readonly minors: { readonly tables: number; readonly bytes: number };
  readonly levels: readonly { readonly tables: number; readonly bytes: number; readonly entries: number; readonly tombstones: number }[];
  readonly garbage: { readonly blobs: number; readonly bytes: number; readonly pinned: number };
  readonly compactions: Readonly<Record<CompactionKind, number>>;
  readonly flushedBytes: number;
  readonly ingestedBytes: number;
  readonly compactedBytes: number;
}

/**
 * The tablet's memory: which tables there are, who works on what, who reads what. No I/O and no waiting: its actor
 * commits each edit to the manifest first and then calls `applied`, edit by edit in the order of the commits.
 */
export class TabletState {
  /** The orders under way; opened by `openOrder`, closed by `applied`. */
  readonly orders = new OrderLedger();
  readonly #options: TabletOptions;
  readonly #leases: VersionLeases;
  /** Orders that an edit settles once it is applied. */
  readonly #settles = new Map<VersionEdit, OrderId>();
  /** How each table came; those that were there at open are not in here. */
  readonly #origins = new Map<BlobId, Origin>();
  readonly #compactions: Record<CompactionKind, number> = { flush: 0, minor: 0, regular: 0, major: 0 };
  #state: ManifestState;
  #flushedBytes = 0;
  #ingestedBytes = 0;

  constructor(options: TabletOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#leases = new VersionLeases(options.now, options.onDeletable);
    for (const garbage of options.state.garbage) this.#leases.retire(garbage, 0, 0);
  }

  get version(): Version {
    return this.#state.version;
  }

  get state(): ManifestState {
    return this.#state;
  }

  acquire(owner: string): VersionLease {
    return this.#leases.acquire(this.version, owner);
  }

  /** `snapshots`: sequences that somebody reads at, ascending. Plan again when one goes. */
  planNext(snapshots: readonly number[] = []): Planned {
    return plan(this.#view(snapshots), this.#options.plan);
  }

  /** The only order that writes nothing: tables in which everything is deleted go. */
  planDrop(snapshots: readonly number[] = []): Order | undefined {
    return dropOrder(this.#view(snapshots));
  }

  planMajor(request: MajorRequest, snapshots: readonly number[] = []): MajorPlan {
    return planMajor(this.#view(snapshots), request);
  }

  openOrder(order: Order, slices?: readonly KeyRange[]): OrderId {
    return this.orders.open(order, slices);
  }

  /**
   * The edit with the garbage that its change of logs makes. To be asked when it is written, not before: parts share
   * blobs, and which one is the last of a blob depends on the edits before.
   */
  withLogGarbage(edit: VersionEdit): VersionEdit {
    if (edit.log === undefined) return edit;
    return { ...edit, garbage: [...edit.garbage, ...logGarbage(this.version.logs, edit.log)] };
  }

  /**
   * The edit without the range deletes that nobody needs once it is applied. To be asked when it is written, not before: it
   * depends on all tables that there are then.
   */
  withRetired(edit: VersionEdit, snapshots: readonly number[] = []): VersionEdit {
    const { rangeDeletes } = this.version;
    if (rangeDeletes.size === 0 && edit.rangeDeletes === undefined) return edit;
    if (edit.added.length + edit.removed.length === 0 && edit.rangeDeletes === undefined) return edit;
    const needless = needlessRangeDeletes(applyEdit(this.version, edit), snapshots);
    if (needless.size === 0) return edit;
    const added = (edit.rangeDeletes?.added ?? []).filter(({ seq }) => !needless.has(seq));
    const retired = rangeDeletes.list.flatMap(({ seq }) => (needless.has(seq) ? [seq] : []));
    const removed = [...(edit.rangeDeletes?.removed ?? []), ...retired];
    const smaller = { ...edit, rangeDeletes: { added, removed } };
    const id = this.#settles.get(edit);
    if (id !== undefined) this.#settles.set(smaller, id);
    this.#settles.delete(edit);
    return smaller;
  }

  /** undefined: nothing of the memtable was left to write; the marks move, and its range deletes come into the version. */
  editForFlush(table: TableMeta | undefined, { rangeDeletes = [], ...marks }: FlushMarks): VersionEdit {
    const added: VersionEdit['added'] = table === undefined ? [] : [{ place: 'minor', table }];
    const lastSequence = Math.max(this.#state.lastSequence, table?.maxSeq ?? 0, marks.lastSequence ?? 0);
    const cleared = rangeDeletes.length === 0 ? {} : { rangeDeletes: { added: rangeDeletes, removed: [] } };
    return { ...EMPTY_EDIT, added, ...marks, lastSequence, ...cleared };
  }

  /** What is left of a complete order in one edit, or why it must not be committed: then abandon it. */
  editForOrder(id: OrderId): OrderEdit {
    if (!this.orders.isComplete(id))
      throw new LithifyError('LITHIFY_INTERNAL', `Order ${id} has slices that are not done; it cannot be committed.`);
    const result = orderEdit(this.version, this.orders.order(id), this.orders.outputs(id), this.orders.inputs(id));
    if (result.kind === 'edit') this.#settles.set(result.edit, id);
    return result;
  }

  /**
   * Done slices of a running order that can take the place of tables of its target now, so that these can be deleted
   * before the order ends; to be committed before any later edit of this order. What it holds counts as committed.
   */
  editsForDone(id: OrderId): VersionEdit[] {
    const { target } = this.orders.order(id);
    return this.orders.committable(id).flatMap((stretch) => {
      const result = partialEdit(this.version, target, stretch.replaced, this.orders.outputs(id, stretch.slices));
      // Then the order as a whole will be refused.
      if (result.kind === 'refused') return [];
      this.orders.commit(id, stretch);
      return [result.edit];
    });
  }

  /** Blobs that were written but never came into a version. */
  editForAbandoned(outputs: readonly TableMeta[]): VersionEdit {
    return { ...EMPTY_EDIT, garbage: outputs.map(garbageOf) };
  }

  editForCollected(ids: readonly BlobId[]): VersionEdit {
    return { ...EMPTY_EDIT, collected: ids };
  }

  /** The edit is durable: from here on this is the version that new readers see. */
  applied(edit: VersionEdit): void {
    const before = this.#state;
    this.#state = applyToState(before, edit);
    this.#retire(edit);
    this.#leases.forget(edit.collected);
    const id = this.#settles.get(edit);
    if (id !== undefined) this.#settle(edit, id);
    else this.#countFlushes(edit);
  }

  /**
   * After a failed commit and a reopened manifest: what is on disk counts. Orders are given up (the sweep deletes what
   * they wrote); leases go on, and still pin what they see.
   */
  reopened(state: ManifestState): void {
    const { number } = state.version;
    const before = liveBlobs(this.version);
    for (const id of this.orders.ids) this.orders.abandon(id);
    this.#settles.clear();
    this.#state = state;
    for (const { id } of allTables(state.version)) {
      if (!before.has(id)) this.#origins.set(id, { version: number, by: 'reopening', at: this.#options.now() });
    }
    this.#leases.retainOnly(new Set(state.garbage.map(({ id }) => id)));
    for (const garbage of state.garbage) {
      if (!this.#leases.has(garbage.id)) this.#leases.retire(garbage, before.has(garbage.id) ? this.#addedAt(garbage.id) : number, number);
    }
  }

  /** What of these, or of all garbage, may be deleted now. */
  collectable(ids?: readonly BlobId[]): Collectable {
    if (ids === undefined)
      return { deletable: this.#leases.deletable(), pinned: this.#leases.pinned().map(({ id }) => id), inUse: [], unknown: [] };
    const wanted = new Set(ids);
    const live = liveBlobs(this.version);
    const known = knownBlobs(this.#state);
    return {
      deletable: this.#leases.deletable().filter(({ id }) => wanted.has(id)),
      pinned: [...wanted].filter((id) => this.#leases.isPinned(id)),
      inUse: [...wanted].filter((id) => live.has(id)),
      unknown: [...wanted].filter((id) => !known.has(id)),
    };
  }

  /** Who reads which version. */
  holders(): Holder[] {
    return this.#leases.holders();
  }

  /** Garbage, with the versions that can see it; undefined: it is none. */
  obsolete(id: BlobId): Obsolete | undefined {
    return this.#leases.obsolete(id);
  }

  /** How a table of the version came into it; undefined: it was there when the store was opened. */
  originOf(id: BlobId): Origin | undefined {
    return this.#origins.get(id);
  }

  stats(): TabletStats {
    const { minors, levels } = this.version;
    const { garbage } = this.#state;
    const leases = this.#leases.stats();
    return {
      ...leases,
      minors: { tables: minors.length, bytes: bytesOf(minors) },
      levels: levels.map(levelStats),
      garbage: { blobs: garbage.length, bytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0), pinned: leases.pinnedBlobs },
      compactions: { ...this.#compactions },
      flushedBytes: this.#flushedBytes,
      ingestedBytes: this.#ingestedBytes,
      compactedBytes: this.orders.bytesWritten,
    };
  }

  #view(snapshots: readonly number[]): PlanView {
    const { version, pointers } = this.#state;
    return { version, leased: this.orders.leased, pointers, snapshots };
  }

  #retire(edit: VersionEdit): void {
    const { number } = this.version;
    const removed = new Set(edit.removed.map(({ id }) => id));
    for (const { place, table } of edit.added) {
      if (!removed.has(table.id))
        this.#origins.set(table.id, { version: number, by: this.#makerOf(edit, place, table), at: this.#options.now() });
    }
    for (const garbage of edit.garbage) {
      // Blobs of logs may be as old as any version: what reads one now is waited for.
      const wasLive = removed.has(garbage.id) || edit.log !== undefined;
      const addedAt = wasLive ? this.#addedAt(garbage.id) : number;
      this.#origins.delete(garbage.id);
      this.#leases.retire(garbage, addedAt, number);
    }
  }

  #addedAt(id: BlobId): number {
    return this.#origins.get(id)?.version ?? 0;
  }

  /** What is committed ahead of its order's end belongs to the only order that holds its place and keys. */
  #makerOf(edit: VersionEdit, place: Place, table: TableMeta): Origin['by'] {
    if (table.ingested) return 'ingest';
    if (place === 'minor') return 'flush';
    const id = this.#settles.get(edit) ?? this.orders.holding(place, table);
    return id === undefined ? 'regular' : this.orders.order(id).kind;
  }

  #settle(edit: VersionEdit, id: OrderId): void {
    this.#settles.delete(edit);
    this.#compactions[this.orders.order(id).kind]++;
    this.orders.close(id);
  }

  #countFlushes(edit: VersionEdit): void {
    for (const { place, table } of edit.added) {
      if (table.ingested) this.#ingestedBytes += table.bytes;
      if (table.ingested || place !== 'minor') continue;
      this.#compactions.flush++;
      this.#flushedBytes += table.bytes;
    }
  }
}

function liveBlobs(version: Version): Set<BlobId> {
  const live = new Set<BlobId>();
  for (const { id } of allTables(version)) live.add(id);
  for (const { id } of logBlobs(version.logs)) live.add(id);
  return live;
}

function levelStats(tables: readonly TableMeta[]): TabletStats['levels'][number] {
  const sum = { tables: tables.length, bytes: 0, entries: 0, tombstones: 0 };
  for (const { bytes, entries, tombstones } of tables) {
    sum.bytes += bytes;
    sum.entries += entries;
    sum.tombstones += tombstones;
  }
  return sum;
}
