import { LithifyError } from '../protocol/errors.ts';
import type { BlobId, CompactionReport, MajorCompactionReport } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { MergeJob, WriteResult } from '../storage/jobs/job.ts';
import { isUnapplied } from '../storage/range-deletes/coverage.ts';
import type { RangeDelete } from '../storage/range-deletes/range-deletes.ts';
import { boundariesOf } from '../storage/sst/boundaries.ts';
import type { TableMeta, TableShape } from '../storage/sst/table.ts';
import type { TableReader } from '../storage/sst/table-reader.ts';
import type { Order, VersionEdit } from '../storage/tablet/contract.ts';
import { cutSlices, runsOf } from '../storage/tablet/slices.ts';
import { targetInputs } from '../storage/tablet/stretches.ts';
import type { TabletState } from '../storage/tablet/tablet-state.ts';

/** What a running order is for, kept for its events and its report. */
interface OpenOrder {
  readonly order: Order;
  readonly results: WriteResult[];
  slices: number;
  /** The last commit of a part of it, if one is under way. */
  committing: Promise<void>;
}

/** What running orders needs of the tablet. */
export interface RunningOrdersParts {
  readonly state: TabletState;
  readonly tables: TableReader;
  readonly options: Pick<EngineOptions, 'sliceBytes'>;
  readonly shape: TableShape;
  /** Sequences that somebody reads at, ascending. */
  readonly snapshots: () => readonly number[];
  readonly commit: (edit: VersionEdit, what: string) => Promise<void>;
  readonly onCommitted: () => void;
  /** A slice has read so many bytes. */
  readonly onRead: (bytes: number) => void;
  /** An order has ended well. */
  readonly onDone: (order: Order, report: CompactionReport) => void;
}

/** Orders from their opening to their commit: what they lease, how they are cut, what their slices are as jobs. */
export class RunningOrders {
  readonly #parts: RunningOrdersParts;
  readonly #orders = new Map<number, OpenOrder>();

  constructor(parts: RunningOrdersParts) {
    this.#parts = parts;
  }

  /** Leases the order's inputs and outputs and cuts it; a move, or a drop, has no slices. */
  async open(order: Order): Promise<{ orderId: number; slices: readonly number[] }> {
    const { state } = this.#parts;
    if (order.move || order.drop) return this.#opened(state.openOrder(order), order);
    // Leased while the footers are read, so that nobody plans the same tables meanwhile.
    const uncut = state.openOrder(order, [{}]);
    try {
      const slices = await this.#cut(order);
      return this.#opened(state.openOrder(order, slices), order);
    } finally {
      state.orders.abandon(uncut);
    }
  }

  async #cut(order: Order): Promise<KeyRange[]> {
    const { options, shape, tables } = this.#parts;
    // What makes one table is not cut into several: small neighbours would be merged into small neighbours, for ever.
    if (order.bytes <= Math.max(options.sliceBytes, shape.tableBytes)) return [{}];
    const inputs = order.inputs.map(({ table }) => table);
    const anchors = targetInputs(order).map(({ minKey }) => minKey);
    return cutSlices(order, await boundariesOf(inputs, tables), options.sliceBytes, anchors);
  }

  /** The next slice of the order that waits, as a job: with the snapshots and range deletes of this moment. */
  startSlice(orderId: number): { slice: number; job: MergeJob; reason: string } {
    const { state, shape, snapshots } = this.#parts;
    const slice = state.orders.has(orderId) ? state.orders.startSlice(orderId) : undefined;
    if (slice === undefined)
      throw new LithifyError('LITHIFY_ABORTED', `Order ${orderId} was given up, because the storage failed; it is planned again.`);
    const order = state.orders.order(orderId);
    const { dropTombstones, reason } = order;
    const runs = runsOf(order, slice.range);
    const job: MergeJob = {
      kind: 'merge',
      runs,
      ...slice.range,
      snapshots: snapshots(),
      rangeDeletes: rangeDeletesOf(state, runs),
      appliedTo: state.state.lastSequence,
      dropTombstones,
      shape,
    };
    return { slice: slice.index, job, reason };
  }

  /**
   * Commits what can be committed before the rest of the order. `more`: slices that this one left when it yielded. An
   * abandoned order's outputs become garbage.
   */
  async finishSlice(orderId: number, slice: number, result: WriteResult): Promise<{ more: readonly number[]; isComplete: boolean }> {
    const { orders } = this.#parts.state;
    const outcome = orders.finishSlice(orderId, slice, result);
    if (outcome.kind === 'stale') {
      await this.#discard(outcome.outputs);
      throw new LithifyError('LITHIFY_ABORTED', `Order ${orderId} was given up while this slice ran.`);
    }
    this.#orders.get(orderId)?.results.push(result);
    this.#parts.onRead(result.bytesRead);
    // Asked before waiting, so that it is true for one slice only: the one that was the last.
    const isComplete = orders.isComplete(orderId);
    if (!isComplete) await this.#commitDone(orderId);
    return { more: outcome.rest === undefined ? [] : [outcome.rest], isComplete };
  }

  /** Replaced tables can go while the order runs on: its outputs then never need the room of all its inputs again. */
  async #commitDone(orderId: number): Promise<void> {
    const { state, commit, onCommitted } = this.#parts;
    const open = this.#orders.get(orderId);
    const edits = state.editsForDone(orderId);
    if (open === undefined || edits.length === 0) return;
    const { kind, reason } = open.order;
    const committed = Promise.all(edits.map((edit) => commit(edit, `part of ${kind}: ${reason}`)));
    open.committing = committed.then(nothing, nothing);
    await committed;
    onCommitted();
  }

  /** All outputs that are not committed yet in one batch; a refused order's become garbage. */
  async commit(orderId: number): Promise<MajorCompactionReport> {
    const { state, onCommitted, onDone } = this.#parts;
    const open = this.#orders.get(orderId);
    const result = state.editForOrder(orderId);
    if (open === undefined || result.kind === 'refused') {
      await this.abandon(orderId);
      throw new LithifyError(
        'LITHIFY_ABORTED',
        `Order ${orderId} was refused: ${result.kind === 'refused' ? result.reason : 'it is not open'}.`,
      );
    }
    const { order, slices } = open;
    await this.#parts.commit(result.edit, `${order.kind}: ${order.reason}`);
    this.#orders.delete(orderId);
    const report = reportOf(open);
    onDone(order, report);
    onCommitted();
    return { type: 'MajorCompaction', ...report, slices };
  }

  /** Lets go of the order's leases; what it wrote and did not commit becomes garbage. */
  async abandon(orderId: number): Promise<void> {
    // Whoever is planned next must see what is being committed.
    await this.#orders.get(orderId)?.committing;
    this.#orders.delete(orderId);
    await this.#discard(this.#parts.state.orders.abandon(orderId));
  }

  /** Orders do not survive a failed storage: their outputs are swept when LevelDB is opened again. */
  forgetAll(): void {
    this.#orders.clear();
  }

  #opened(orderId: number, order: Order): { orderId: number; slices: readonly number[] } {
    const slices = this.#parts.state.orders.slices(orderId).map(({ index }) => index);
    this.#orders.set(orderId, { order, results: [], slices: slices.length, committing: Promise.resolve() });
    // There may be more work beside what this order holds.
    this.#parts.onCommitted();
    return { orderId, slices };
  }

  async #discard(outputs: WriteResult['outputs']): Promise<void> {
    if (outputs.length === 0) return;
    const { state, commit, onCommitted } = this.#parts;
    await commit(state.editForAbandoned(outputs), `${outputs.length} outputs of an order that was given up`);
    onCommitted();
  }
}

/** Those that something in these tables may be covered by. The others are left out: a worker gets a copy of each. */
function rangeDeletesOf({ version }: TabletState, runs: readonly (readonly TableMeta[])[]): RangeDelete[] {
  if (version.rangeDeletes.size === 0) return [];
  const tables = runs.flat();
  return version.rangeDeletes.list.filter((one) => tables.some((table) => isUnapplied(table, one)));
}

function reportOf({ order, results }: OpenOrder): CompactionReport {
  const sum = (pick: (result: WriteResult) => number) => results.reduce((total, result) => total + pick(result), 0);
  return {
    compacted: true,
    inputBlobs: order.inputs.map(({ table }) => table.id),
    outputBlobs: order.move ? order.inputs.map(({ table }) => table.id) : results.flatMap(idsOf),
    entriesIn: sum((result) => result.entriesIn),
    entriesOut: sum((result) => result.entriesOut),
    bytesRead: sum((result) => result.bytesRead),
    bytesWritten: sum((result) => result.bytesWritten),
  };
}

export function idsOf(result: WriteResult): BlobId[] {
  return result.outputs.map((table) => table.id);
}

function nothing(): void {}
