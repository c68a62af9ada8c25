import { fromPromise } from 'xstate';
import { type TabletEvent, tabletMachine } from '../machines/tablet.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { BlobId, CompactionKind, CompactionReport, MajorCompactionReport, MemtableNumber } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { AgeJob, FlushJob, MergeJob, WriteResult } from '../storage/jobs/job.ts';
import { type LogCatalog, type LogEdit, logBytes } from '../storage/log/catalog.ts';
import type { PartitionId } from '../storage/log/part.ts';
import type { SharedMemtable } from '../storage/memtable/memtable.ts';
import { boundariesOf } from '../storage/sst/boundaries.ts';
import type { TableShape } from '../storage/sst/table.ts';
import type { TableReader } from '../storage/sst/table-reader.ts';
import type { Garbage, LeasedRange, MajorPlan, Order, Planned, VersionEdit } from '../storage/tablet/contract.ts';
import { EMPTY_EDIT } from '../storage/tablet/manifest-state.ts';
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
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** When the newest record of a partition came in; ms since 1970. */
  readonly arrivedAt: (id: PartitionId) => number;
  /** Blobs that are gone: nobody needs their blocks in memory. */
  readonly forget: (ids: readonly BlobId[]) => void;
  /** The tree changed: there may be work. */
  readonly onCommitted: () => void;
  readonly onFailure: (error: LithifyError) => void;
  /** To the tablet's chart. */
  readonly send: (event: TabletEvent) => void;
}

interface PendingCommit {
  /** A function is asked when its turn has come: what it says may depend on the commits before. */
  readonly edit: VersionEdit | (() => VersionEdit);
  readonly settled: PromiseWithResolvers<void>;
}

/** What a flush settles beside its table. */
interface FlushedMemtable {
  readonly memtable: MemtableNumber;
  readonly walFloor: number;
  readonly lastSequence: number;
  readonly log?: LogEdit;
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
  /** The chart that writes has ended. */
  #hasEnded = false;
  /** Reasons of the last planning, for those who ask why nothing happens. */
  notPicked: readonly string[] = [];
  /** What jobs have read since open. */
  bytesRead = 0;
  /** What compactions of logs have written since open. */
  logBytesWritten = 0;

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
    return bytesOf(allTables(this.state.version)) + logBytes(this.logs);
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

  /** Oldest table first. */
  ageJob(tables: AgeJob['tables'], ranges: AgeJob['ranges']): AgeJob {
    const { shape, wall, arrivedAt } = this.#parts;
    const timed = ranges.map((range) => ({ ...range, at: arrivedAt(range) }));
    return { kind: 'age', tables, ranges: timed, blockBytes: shape.blockBytes, at: wall() };
  }

  /** `log`: what the memtable held of topics, as parts. */
  async commitFlush(result: WriteResult, { memtable, walFloor, lastSequence, log }: FlushedMemtable): Promise<void> {
    const edit = this.state.editForFlush(result.outputs[0], { walFloor, lastSequence, memtableFloor: memtable + 1 });
    await this.#commit({ ...edit, ...(log && { log }) }, `flush of memtable ${memtable}`);
    this.#announce('flush', `memtable ${memtable} was sealed`, { ...result, inputBlobs: [], outputBlobs: idsOf(result) }, false);
  }

  get logs(): LogCatalog {
    return this.state.version.logs;
  }

  /** A change of topics; what it leaves without a use is garbage of the same commit. A function sees the commits before. */
  async commitLog(log: LogEdit | (() => LogEdit), what: string): Promise<void> {
    await this.#commit(() => ({ ...EMPTY_EDIT, log: typeof log === 'function' ? log() : log }), what);
    this.#parts.onCommitted();
  }

  /** After a flush: the memtable has gone too, so what there is to do can be told. */
  noticeWork(): void {
    this.#parts.onCommitted();
  }

  /** Blobs that a job has written and nobody will use. */
  async discardBlobs(blobs: readonly Garbage[]): Promise<void> {
    await this.#commit({ ...EMPTY_EDIT, garbage: blobs }, `${blobs.length} blobs that nobody will use`);
    this.#parts.onCommitted();
  }

  /** What a job of a log's compaction has moved. */
  countLog({ bytesRead, bytesWritten }: { bytesRead: number; bytesWritten: number }): void {
    this.bytesRead += bytesRead;
    this.logBytesWritten += bytesWritten;
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

  /** The engine has ended: what waits for the manifest, or comes later, will never be written. */
  end(): void {
    this.#hasEnded = true;
    for (const commitId of [...this.#commits.keys()]) this.#take(commitId)?.settled.reject(closed());
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

  #commit(edit: PendingCommit['edit'], what: string): Promise<void> {
    if (this.#hasEnded) return Promise.reject(closed());
    const commitId = this.#nextCommit++;
    const settled = Promise.withResolvers<void>();
    this.#commits.set(commitId, { edit, settled });
    this.#parts.send({ type: 'Commit', commitId, what });
    return settled.promise;
  }

  async #write(commitId: number): Promise<void> {
    const commit = this.#commits.get(commitId);
    if (commit === undefined) throw new LithifyError('LITHIFY_INTERNAL', `There is no commit ${commitId}.`);
    const edit = this.#editOf(commit);
    if (edit === undefined) return;
    try {
      await this.#parts.store.manifest.commit(edit);
      this.state.applied(edit);
    } catch (error) {
      const failure = asLithifyError(error, 'LITHIFY_BLOB_STORE', 'Writing the manifest');
      this.#parts.onFailure(failure);
      throw failure;
    }
  }

  /** undefined: what is there now refuses it, which is nobody's fault but the caller's. */
  #editOf({ edit, settled }: PendingCommit): VersionEdit | undefined {
    try {
      return this.state.withLogGarbage(typeof edit === 'function' ? edit() : edit);
    } catch (error) {
      settled.reject(error);
      return undefined;
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
