import { fromPromise } from 'xstate';
import { type TabletEvent, tabletMachine } from '../machines/tablet.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { BlobId, CompactionKind, CompactionReport, MajorCompactionReport, MemtableNumber } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { FlushJob, MergeJob, WriteResult } from '../storage/jobs/job.ts';
import type { SharedMemtable } from '../storage/memtable/memtable.ts';
import { boundariesOf } from '../storage/sst/boundaries.ts';
import type { TableShape } from '../storage/sst/table.ts';
import type { TableReader } from '../storage/sst/table-reader.ts';
import type { LeasedRange, MajorPlan, Order, Planned, VersionEdit } from '../storage/tablet/contract.ts';
import { bytesOf } from '../storage/tablet/ranges.ts';
import { cutSlices, runsOf } from '../storage/tablet/slices.ts';
import { targetInputs } from '../storage/tablet/stretches.ts';
import type { Collectable, TabletState } from '../storage/tablet/tablet-state.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { EventHub } from './events.ts';
import { isMuchGarbage } from './noticing.ts';
import type { Load } from './pressure.ts';
import type { Store } from './store.ts';

interface TabletParts {
  readonly state: TabletState;
  readonly store: Store;
  readonly tables: TableReader;
  readonly hub: EventHub;
  readonly options: EngineOptions;
  readonly shape: TableShape;
  /** Blobs that are gone: nobody needs their blocks in memory. */
  readonly forget: (ids: readonly BlobId[]) => void;
  /** The tree changed: there may be work. */
  readonly onCommitted: () => void;
  readonly onFailure: (error: LithifyError) => void;
  /** To the tablet's chart. */
  readonly send: (event: TabletEvent) => void;
}

interface PendingCommit {
  readonly edit: VersionEdit;
  readonly settled: PromiseWithResolvers<void>;
}

/** What a running order is for, kept for its events and its report. */
interface OpenOrder {
  readonly order: Order;
  readonly results: WriteResult[];
  slices: number;
  /** The last commit of a part of it, if one is under way. */
  committing: Promise<void>;
}

const GARBAGE_FIRST: Planned = { notPicked: ['garbage is being deleted first'] };

/** Sole writer of the manifest. The chart is `machines/tablet.ts`; the memory is `storage/tablet/tablet-state.ts`. */
export class Tablet {
  readonly #parts: TabletParts;
  readonly #commits = new Map<number, PendingCommit>();
  readonly #orders = new Map<number, OpenOrder>();
  #nextCommit = 1;
  /** Reasons of the last planning, for those who ask why nothing happens. */
  notPicked: readonly string[] = [];
  /** What jobs have read since open. */
  bytesRead = 0;

  constructor(parts: TabletParts) {
    this.#parts = parts;
  }

  get state(): TabletState {
    return this.#parts.state;
  }

  /** The chart with its manifest; `of` is asked when it runs, since the chart is made before the store is open. */
  static logic(of: () => Tablet): typeof tabletMachine {
    return tabletMachine.provide({
      actors: { writeManifest: fromPromise(({ input }) => of().#write(input.commitId)) },
      actions: {
        resolveCommit: (_, { commitId }) => of().#take(commitId)?.settled.resolve(),
        rejectAll: (_, { commitIds, error }) => {
          for (const commitId of commitIds) of().#take(commitId)?.settled.reject(error);
        },
        rejectCommit: ({ event, context }) => {
          if (event.type === 'Commit')
            of()
              .#take(event.commitId)
              ?.settled.reject(context.error ?? closed());
        },
      },
    });
  }

  get liveBytes(): number {
    return bytesOf(allTables(this.state.version));
  }

  /** What stands beside the last level, and whether that is being worked on. */
  load(): Pick<Load, 'version' | 'deletableBytes' | 'isBeingPaid'> {
    const { state } = this;
    const deletableBytes = bytesOf(state.collectable().deletable);
    const isBeingPaid = deletableBytes > 0 || state.orders.ids.length > 0 || state.planNext().order !== undefined;
    return { version: state.version, deletableBytes, isBeingPaid };
  }

  /** Nothing while there is much garbage: it is deleted before more of it is made, or disk would grow without need. */
  planNext(): Planned {
    const garbageBytes = bytesOf(this.state.collectable().deletable);
    const planned = isMuchGarbage(garbageBytes, this.liveBytes, this.#parts.options) ? GARBAGE_FIRST : this.state.planNext();
    this.notPicked = planned.notPicked;
    return planned;
  }

  planMajor(range: KeyRange | undefined): MajorPlan {
    return this.state.planMajor(range ? { range } : {});
  }

  /** An open order that holds one of these places and ranges. */
  orderHolding(_blockedBy: readonly LeasedRange[]): number | undefined {
    return this.state.orders.ids[0];
  }

  /** Leases the order's inputs and outputs and cuts it; a move has no slices. */
  async open(order: Order): Promise<{ orderId: number; slices: readonly number[] }> {
    if (order.move) return this.#opened(this.state.openOrder(order), order);
    // Leased while the footers are read, so that nobody plans the same tables meanwhile.
    const uncut = this.state.openOrder(order, [{}]);
    try {
      const slices = await this.#cut(order);
      return this.#opened(this.state.openOrder(order, slices), order);
    } finally {
      this.state.orders.abandon(uncut);
    }
  }

  async #cut(order: Order): Promise<KeyRange[]> {
    const { options, tables } = this.#parts;
    if (order.bytes <= options.sliceBytes) return [{}];
    const inputs = order.inputs.map(({ table }) => table);
    const anchors = targetInputs(order).map(({ minKey }) => minKey);
    return cutSlices(order, await boundariesOf(inputs, tables), options.sliceBytes, anchors);
  }

  /** The next slice of the order that waits, as a job. */
  startSlice(orderId: number): { slice: number; job: MergeJob; reason: string } {
    const slice = this.state.orders.has(orderId) ? this.state.orders.startSlice(orderId) : undefined;
    if (slice === undefined)
      throw new LithifyError('LITHIFY_ABORTED', `Order ${orderId} was given up, because the storage failed; it is planned again.`);
    const order = this.state.orders.order(orderId);
    const { dropTombstones, reason } = order;
    const job: MergeJob = {
      kind: 'merge',
      runs: runsOf(order, slice.range),
      ...slice.range,
      snapshots: [],
      dropTombstones,
      shape: this.#parts.shape,
    };
    return { slice: slice.index, job, reason };
  }

  /**
   * Commits what can be committed before the rest of the order. `more`: slices that this one left when it yielded. An
   * abandoned order's outputs become garbage.
   */
  async finishSlice(orderId: number, slice: number, result: WriteResult): Promise<{ more: readonly number[]; isComplete: boolean }> {
    const outcome = this.state.orders.finishSlice(orderId, slice, result);
    if (outcome.kind === 'stale') {
      await this.#discard(outcome.outputs);
      throw new LithifyError('LITHIFY_ABORTED', `Order ${orderId} was given up while this slice ran.`);
    }
    this.#orders.get(orderId)?.results.push(result);
    this.bytesRead += result.bytesRead;
    // Asked before waiting, so that it is true for one slice only: the one that was the last.
    const isComplete = this.state.orders.isComplete(orderId);
    if (!isComplete) await this.#commitDone(orderId);
    return { more: outcome.rest === undefined ? [] : [outcome.rest], isComplete };
  }

  /** Replaced tables can go while the order runs on: its outputs then never need the room of all its inputs again. */
  async #commitDone(orderId: number): Promise<void> {
    const open = this.#orders.get(orderId);
    const edits = this.state.editsForDone(orderId);
    if (open === undefined || edits.length === 0) return;
    const { kind, reason } = open.order;
    const committed = Promise.all(edits.map((edit) => this.#commit(edit, `part of ${kind}: ${reason}`)));
    open.committing = committed.then(nothing, nothing);
    await committed;
    this.#parts.onCommitted();
  }

  /** All outputs that are not committed yet in one batch; a refused order's become garbage. */
  async commitOrder(orderId: number): Promise<MajorCompactionReport> {
    const open = this.#orders.get(orderId);
    const result = this.state.editForOrder(orderId);
    if (open === undefined || result.kind === 'refused') {
      await this.abandon(orderId);
      throw new LithifyError(
        'LITHIFY_ABORTED',
        `Order ${orderId} was refused: ${result.kind === 'refused' ? result.reason : 'it is not open'}.`,
      );
    }
    await this.#commit(result.edit, `${open.order.kind}: ${open.order.reason}`);
    this.#orders.delete(orderId);
    const report = reportOf(open);
    this.#announce(open.order.kind, open.order.reason, report, open.order.move);
    this.#parts.onCommitted();
    return { type: 'MajorCompaction', ...report, slices: open.slices };
  }

  /** Lets go of the order's leases; what it wrote and did not commit becomes garbage. */
  async abandon(orderId: number): Promise<void> {
    // Whoever is planned next must see what is being committed.
    await this.#orders.get(orderId)?.committing;
    this.#orders.delete(orderId);
    await this.#discard(this.state.orders.abandon(orderId));
  }

  flushJob(memtable: SharedMemtable): FlushJob {
    return { kind: 'flush', memtable, snapshots: [], shape: this.#parts.shape };
  }

  async commitFlush(result: WriteResult, marks: { memtable: MemtableNumber; walFloor: number; lastSequence: number }): Promise<void> {
    const { memtable, walFloor, lastSequence } = marks;
    const edit = this.state.editForFlush(result.outputs[0], { walFloor, lastSequence, memtableFloor: memtable + 1 });
    await this.#commit(edit, `flush of memtable ${memtable}`);
    this.#announce('flush', `memtable ${memtable} was sealed`, { ...result, inputBlobs: [], outputBlobs: idsOf(result) }, false);
  }

  /** After a flush: the memtable has gone too, so what there is to do can be told. */
  noticeWork(): void {
    this.#parts.onCommitted();
  }

  collectable(ids?: readonly BlobId[]): Collectable {
    return this.state.collectable(ids);
  }

  async commitCollected(ids: readonly BlobId[], bytes: number): Promise<void> {
    await this.#commit(this.state.editForCollected(ids), `${ids.length} blobs collected`);
    this.#parts.forget(ids);
    this.#parts.hub.emit({ type: 'collected', blobIds: ids, bytes });
    this.#parts.onCommitted();
  }

  /** Orders do not survive a failed storage: their outputs are swept when LevelDB is opened again. */
  forgetOrders(): void {
    this.#orders.clear();
  }

  #opened(orderId: number, order: Order): { orderId: number; slices: readonly number[] } {
    const slices = this.state.orders.slices(orderId).map(({ index }) => index);
    this.#orders.set(orderId, { order, results: [], slices: slices.length, committing: Promise.resolve() });
    // There may be more work beside what this order holds.
    this.#parts.onCommitted();
    return { orderId, slices };
  }

  async #discard(outputs: WriteResult['outputs']): Promise<void> {
    if (outputs.length === 0) return;
    await this.#commit(this.state.editForAbandoned(outputs), `${outputs.length} outputs of an order that was given up`);
    this.#parts.onCommitted();
  }

  #commit(edit: VersionEdit, what: string): Promise<void> {
    const commitId = this.#nextCommit++;
    const settled = Promise.withResolvers<void>();
    this.#commits.set(commitId, { edit, settled });
    this.#parts.send({ type: 'Commit', commitId, what });
    return settled.promise;
  }

  async #write(commitId: number): Promise<void> {
    const commit = this.#commits.get(commitId);
    if (commit === undefined) throw new LithifyError('LITHIFY_INTERNAL', `There is no commit ${commitId}.`);
    try {
      await this.#parts.store.manifest.commit(commit.edit);
      this.state.applied(commit.edit);
    } catch (error) {
      const failure = asLithifyError(error, 'LITHIFY_BLOB_STORE', 'Writing the manifest');
      this.#parts.onFailure(failure);
      throw failure;
    }
  }

  #take(commitId: number): PendingCommit | undefined {
    const commit = this.#commits.get(commitId);
    this.#commits.delete(commitId);
    return commit;
  }

  #announce(
    kind: CompactionKind,
    reason: string,
    report: Pick<CompactionReport, 'inputBlobs' | 'outputBlobs' | 'bytesRead' | 'bytesWritten'>,
    moved: boolean,
  ): void {
    const { inputBlobs, outputBlobs, bytesRead, bytesWritten } = report;
    this.#parts.hub.emit({ type: 'compacted', kind, reason, inputBlobs, outputBlobs, bytesRead, bytesWritten, moved });
  }
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

function idsOf(result: WriteResult): BlobId[] {
  return result.outputs.map((table) => table.id);
}

function nothing(): void {}

function closed(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The tablet is closed; open the engine again.');
}
