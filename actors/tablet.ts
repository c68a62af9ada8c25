import { fromPromise } from 'xstate';
import { type TabletEvent, tabletMachine } from '../machines/tablet.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { BlobId, CompactionKind, CompactionReport, MajorCompactionReport, MemtableNumber } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { AgeJob, FlushJob, MergeJob, WriteResult } from '../storage/jobs/job.ts';
import { type LogCatalog, type LogEdit, logBytes } from '../storage/log/catalog.ts';
import type { PartitionId } from '../storage/log/part.ts';
import type { Memtable } from '../storage/memtable/memtable.ts';
import type { RangeDelete } from '../storage/range-deletes/range-deletes.ts';
import type { TableShape } from '../storage/sst/table.ts';
import type { TableReader } from '../storage/sst/table-reader.ts';
import type { Garbage, LeasedRange, MajorPlan, Order, Planned, VersionEdit } from '../storage/tablet/contract.ts';
import { EMPTY_EDIT } from '../storage/tablet/manifest-state.ts';
import { referredTo, sweptBlobs } from '../storage/tablet/new-blobs.ts';
import { bytesOf } from '../storage/tablet/ranges.ts';
import type { Collectable, TabletState } from '../storage/tablet/tablet-state.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { EventHub } from './events.ts';
import { isMuchGarbage } from './noticing.ts';
import type { Load } from './pressure.ts';
import { idsOf, RunningOrders } from './running-orders.ts';
import type { Store } from './store.ts';

interface TabletParts {
  readonly state: TabletState;
  readonly store: Store;
  readonly tables: TableReader;
  readonly hub: EventHub;
  readonly options: EngineOptions;
  readonly shape: TableShape;
  /** Sequences that somebody reads at, ascending. */
  readonly snapshots: () => readonly number[];
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** When the newest record of a partition came in; ms since 1970. */
  readonly arrivedAt: (id: PartitionId) => number;
  /** Blobs that are gone: nobody needs their blocks in memory. */
  readonly forget: (ids: readonly BlobId[]) => void;
  /** This is durable, and what readers see until now is about to be replaced. */
  readonly onReplacing: (edit: VersionEdit) => void;
  /** The tree changed: there may be work. */
  readonly onCommitted: () => void;
  readonly onFailure: (error: LithifyError) => void;
  /** To the tablet's chart. */
  readonly send: (event: TabletEvent) => void;
}

interface PendingCommit {
  /** A function is asked when its turn has come: what it says may depend on the commits before. */
  readonly edit: VersionEdit | (() => VersionEdit);
  readonly settled: { resolve(): void; reject(error: unknown): void };
}

/** What a flush settles beside its table. */
interface FlushedMemtable {
  readonly memtable: MemtableNumber;
  readonly walFloor: number;
  readonly lastSequence: number;
  readonly rangeDeletes: readonly RangeDelete[];
  readonly log?: LogEdit;
}

/** Deleting tables makes garbage too, but costs no room. */
const GARBAGE_FIRST = ['garbage is being deleted first'];

/** Sole writer of the manifest. The chart is `machines/tablet.ts`; the memory is `storage/tablet/tablet-state.ts`. */
export class Tablet {
  readonly #parts: TabletParts;
  readonly #commits = new Map<number, PendingCommit>();
  readonly #orders: RunningOrders;
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
    const { state, tables, options, shape, snapshots } = parts;
    this.#orders = new RunningOrders({
      ...{ state, tables, options, shape, snapshots },
      commit: (edit, what) => this.commit(edit, what),
      onCommitted: () => parts.onCommitted(),
      onRead: (bytes) => (this.bytesRead += bytes),
      onDone: ({ kind, reason, move }, report) => this.#announce(kind, reason, report, move),
    });
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
    const isBeingPaid = deletableBytes > 0 || state.orders.ids.length > 0 || state.planNext(this.#parts.snapshots()).order !== undefined;
    return { version: state.version, deletableBytes, isBeingPaid };
  }

  planNext(): Planned {
    const planned = this.planFor(this.#parts.snapshots());
    if (!isSame(planned.notPicked, this.notPicked))
      this.#parts.hub.decide({ type: 'notPicked', actor: 'tablet', reasons: planned.notPicked });
    this.notPicked = planned.notPicked;
    return planned;
  }

  /**
   * What is next, with these sequences held; asking changes nothing. Nothing that writes while there is much garbage: it is
   * deleted before more of it is made, or disk would grow without need.
   */
  planFor(snapshots: readonly number[]): Planned {
    const { state } = this;
    const garbageBytes = bytesOf(state.collectable().deletable);
    const isMuch = isMuchGarbage(garbageBytes, this.liveBytes, this.#parts.options);
    const order = isMuch ? state.planDrop(snapshots) : undefined;
    return isMuch ? { ...(order && { order }), notPicked: GARBAGE_FIRST } : state.planNext(snapshots);
  }

  planMajor(range: KeyRange | undefined): MajorPlan {
    return this.state.planMajor(range ? { range } : {}, this.#parts.snapshots());
  }

  /** An open order that holds one of these places and ranges. */
  orderHolding(_blockedBy: readonly LeasedRange[]): number | undefined {
    return this.state.orders.ids[0];
  }

  /** Leases the order's inputs and outputs and cuts it; a move, or a drop, has no slices. */
  open(order: Order): Promise<{ orderId: number; slices: readonly number[] }> {
    const { kind, reason, target, bytes, inputs, move } = order;
    const tables = inputs.map(({ table }) => table.id);
    this.#parts.hub.decide({ type: 'orderChosen', actor: 'tablet', kind, reason, target, bytes, tables, move, notPicked: this.notPicked });
    return this.#orders.open(order);
  }

  /** The next slice of the order that waits, as a job. */
  startSlice(orderId: number): { slice: number; job: MergeJob; reason: string } {
    return this.#orders.startSlice(orderId);
  }

  /** See RunningOrders. */
  finishSlice(orderId: number, slice: number, result: WriteResult): Promise<{ more: readonly number[]; isComplete: boolean }> {
    return this.#orders.finishSlice(orderId, slice, result);
  }

  /** All outputs that are not committed yet in one batch; a refused order's become garbage. */
  commitOrder(orderId: number): Promise<MajorCompactionReport> {
    return this.#orders.commit(orderId);
  }

  /** Lets go of the order's leases; what it wrote and did not commit becomes garbage. */
  abandon(orderId: number): Promise<void> {
    return this.#orders.abandon(orderId);
  }

  flushJob({ shared, rangeDeletes, lastSequence }: Memtable): FlushJob {
    const { snapshots, shape } = this.#parts;
    return { kind: 'flush', memtable: shared, snapshots: snapshots(), rangeDeletes: rangeDeletes.list, appliedTo: lastSequence, shape };
  }

  /** Oldest table first. */
  ageJob(tables: AgeJob['tables'], ranges: AgeJob['ranges']): AgeJob {
    const { shape, wall, arrivedAt } = this.#parts;
    const timed = ranges.map((range) => ({ ...range, at: arrivedAt(range) }));
    return { kind: 'age', tables, ranges: timed, blockBytes: shape.blockBytes, at: wall() };
  }

  /** `log`: what the memtable held of topics, as parts. */
  async commitFlush(result: WriteResult, { memtable, log, ...marks }: FlushedMemtable): Promise<void> {
    const edit = this.state.editForFlush(result.outputs[0], { ...marks, memtableFloor: memtable + 1 });
    await this.commit({ ...edit, ...(log && { log }) }, `flush of memtable ${memtable}`);
    this.#announce('flush', `memtable ${memtable} was sealed`, { ...result, inputBlobs: [], outputBlobs: idsOf(result) }, false);
  }

  get logs(): LogCatalog {
    return this.state.version.logs;
  }

  /** A change of topics; what it leaves without a use is garbage of the same commit. A function sees the commits before. */
  async commitLog(log: LogEdit | (() => LogEdit), what: string): Promise<void> {
    await this.commit(() => ({ ...EMPTY_EDIT, log: typeof log === 'function' ? log() : log }), what);
    this.#parts.onCommitted();
  }

  /** After a flush: the memtable has gone too, so what there is to do can be told. */
  noticeWork(): void {
    this.#parts.onCommitted();
  }

  /** Blobs that a job has written and nobody will use. */
  async discardBlobs(blobs: readonly Garbage[]): Promise<void> {
    await this.commit({ ...EMPTY_EDIT, garbage: blobs }, `${blobs.length} blobs that nobody will use`);
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
    await this.commit(this.state.editForCollected(ids), `${ids.length} blobs collected`);
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
    this.#orders.forgetAll();
  }

  /** One edit, in its turn; a function sees the commits before. */
  commit(edit: PendingCommit['edit'], what: string): Promise<void> {
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
    const isSound = await this.#parts.store.settleWrites();
    const edit = this.#editOf(commit);
    if (edit === undefined) return;
    try {
      if (!isSound && referredTo(edit).length > 0) throw lostWrites();
      await this.#parts.store.manifest.commit(edit);
      this.#parts.onReplacing(edit);
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
      const { state } = this;
      const asked = typeof edit === 'function' ? edit() : edit;
      const swept = sweptBlobs(asked, this.#parts.store.state);
      if (swept.length > 0) throw lostBlobs(swept);
      return state.withRetired(state.withLogGarbage(asked), this.#parts.snapshots());
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

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

/** LevelDB said OK to writes behind one that failed: they may be gone. */
function lostWrites(): LithifyError {
  return new LithifyError(
    'LITHIFY_BLOB_STORE',
    'A write of blobs failed, so none of those beside it can be relied on; LevelDB is opened again.',
  );
}

function lostBlobs(blobIds: readonly BlobId[]): LithifyError {
  return new LithifyError('LITHIFY_BLOB_STORE', 'LevelDB was opened again meanwhile, and what was written before is gone; try again.', {
    details: { blobIds },
  });
}

function closed(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The tablet is closed; open the engine again.');
}
