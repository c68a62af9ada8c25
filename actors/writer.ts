import { fromPromise } from 'xstate';
import { type CommitResult, type WriterEvent, writerMachine } from '../machines/writer.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { MemtableNumber } from '../protocol/messages.ts';
import type { Clock, Release } from '../protocol/runtime.ts';
import type { FrameBuilder, Numbered } from '../storage/log/frame-builder.ts';
import type { Group } from '../storage/wal/group.ts';
import type { Wal } from '../storage/wal/wal.ts';
import type { CommitGroup, CommitQueue, Offsets, WriteOperation, WriteSet } from './commit-queue.ts';
import type { EventHub } from './events.ts';
import type { GroupSize, Memtables } from './memtables.ts';

interface WriterParts {
  readonly memtables: Memtables;
  readonly wal: Wal;
  readonly queue: CommitQueue;
  readonly hub: EventHub;
  readonly clock: Clock;
  readonly keepAlive: () => Release;
  /** Acknowledged writes are on disk, not only with the operating system. */
  readonly durable: boolean;
  readonly lastSequence: number;
  /** Why no further memtable may be begun now; undefined: it may. */
  readonly pressure: () => string | undefined;
  readonly turn: () => Promise<void>;
  /** Why nothing may be written at this moment; undefined: it may. */
  readonly refusal: () => LithifyError | undefined;
  /** These records are readable from now on; called before their producers hear of it. */
  readonly onCommitted: (numbered: readonly Numbered[]) => void;
  /** A memtable was sealed: somebody should flush it. */
  readonly onSealed: (memtable: MemtableNumber) => void;
  /** To the writer's chart. */
  readonly send: (event: WriterEvent) => void;
}

/** Applying so many entries holds the event loop for about a millisecond. */
const ENTRIES_PER_TURN = 2_000;
const RECORDS_PER_TURN = 10_000;
const NOTHING: GroupSize = { bytes: 0, count: 0, logBytes: 0 };

/**
 * The writer: WAL, then memtable, then acknowledgement, one group at a time. The chart is `machines/writer.ts`; this
 * class is what its actors do, and the only one that changes the memtables.
 */
export class Writer {
  readonly #parts: WriterParts;
  readonly counters = { acknowledged: 0, bytes: 0, commits: 0 };
  #lastSequence: number;
  #closed: LithifyError | undefined;
  #sealWanted: { memtable: MemtableNumber; settled: PromiseWithResolvers<void> } | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #waitingSince = 0;
  readonly #ended = Promise.withResolvers<void>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#lastSequence = parts.lastSequence;
  }

  /** Everything up to here is readable. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  get waiting(): number {
    return this.#parts.queue.length;
  }

  get isWaitingForRoom(): boolean {
    return this.#room !== undefined;
  }

  /** The chart with its log; `of` is asked when it runs, since the chart is made before the store is open. */
  static logic(of: () => Writer): typeof writerMachine {
    return writerMachine.provide({
      actors: {
        commitGroup: fromPromise(() => of().#commit()),
        waitForRoom: fromPromise(() => of().#waitForRoom()),
        closeLog: fromPromise(() => of().#parts.wal.close()),
      },
      actions: {
        announceWaiting: () => of().#announceWaiting(),
        announceResumed: () => of().#announceResumed(),
        refuseLate: () => of().#parts.queue.refuseAll(closedError()),
        announceClosed: () => of().#ended.resolve(),
        refuseAll: (_, { error }) => of().#parts.queue.refuseAll(error),
      },
      guards: { hasGroups: () => of().#parts.queue.length > 0 || of().#sealWanted !== undefined },
    });
  }

  put(key: Uint8Array, value: Uint8Array, sync = this.#parts.durable): Promise<void> {
    this.#assertOpen();
    return this.#submitted(this.#parts.queue.put(key, value, sync));
  }

  delete(key: Uint8Array, sync = this.#parts.durable): Promise<void> {
    this.#assertOpen();
    return this.#submitted(this.#parts.queue.delete(key, sync));
  }

  batch(operations: readonly WriteOperation[], sync = this.#parts.durable): Promise<void> {
    this.#assertOpen();
    return this.#submitted(this.#parts.queue.batch(operations, sync));
  }

  /** Keys, records and groups in one; see WriteSet. */
  write(set: WriteSet, sync = this.#parts.durable): { done: Promise<void>; offsets: Offsets } {
    this.#assertOpen();
    const written = this.#parts.queue.write(set, sync);
    void this.#submitted(written.done);
    return written;
  }

  /** Records that have their offsets already; see `CommitQueue.copy`. */
  copy(frames: FrameBuilder, sync = this.#parts.durable): Promise<void> {
    this.#assertOpen();
    return this.#submitted(this.#parts.queue.copy(frames, sync));
  }

  /** Makes everything durable that was acknowledged. */
  sync(): Promise<void> {
    return this.#parts.wal.sync();
  }

  /** Seals this memtable between two commits; resolves at once when it is sealed already or empty. */
  seal(memtable: MemtableNumber): Promise<void> {
    const { live } = this.#parts.memtables;
    if (live.memtable.number !== memtable || live.isEmpty) return Promise.resolve();
    const wanted = (this.#sealWanted ??= { memtable, settled: Promise.withResolvers() });
    this.#parts.send({ type: 'Submitted' });
    return wanted.settled.promise;
  }

  /** The oldest sealed memtable is a table now: readers find it there, its log is not needed, its room is free. */
  flushed(floor: number): void {
    this.#parts.memtables.dropOldest();
    void this.#parts.wal.dropBelow(floor);
    this.roomMade();
  }

  /** A flush or a compaction was committed: who waits for room looks again. */
  roomMade(): void {
    this.#room?.resolve();
  }

  /** Who waits for room must not wait for work that fails: they get its error, and may try again. */
  workFailed(error: LithifyError): void {
    this.#room?.reject(error);
  }

  /** Commits what was submitted, refuses what comes later, and closes the log. */
  async close(): Promise<void> {
    this.#closed = closedError();
    this.#parts.send({ type: 'Close' });
    await this.#ended.promise;
  }

  /** The chart has ended: what is still queued will never be committed. */
  refuseAll(): void {
    this.#closed ??= closedError();
    this.#parts.queue.refuseAll(this.#closed);
    this.#ended.resolve();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }

  #submitted(done: Promise<void>): Promise<void> {
    if (this.#parts.queue.length === 1) this.#parts.send({ type: 'Submitted' });
    return done;
  }

  /** One round of the chart: seals when asked or when the head group does not fit, then commits the head group. */
  async #commit(): Promise<CommitResult> {
    const { queue, memtables } = this.#parts;
    await this.#sealAsWanted();
    const head = queue.head;
    if (head === undefined) return { more: false, full: false };
    const refusal = this.#parts.refusal();
    if (refusal !== undefined) return this.#refuseHead(refusal);
    if (!memtables.live.fits(head.builder)) {
      if (this.#parts.pressure() !== undefined) return { more: true, full: true };
      const error = await this.#seal('the memtable is full', head.builder);
      if (error !== undefined) return this.#refuseHead(error);
      // Writes may have joined the group while the log was rotated; it is measured again.
      return { more: true, full: false };
    }
    return this.#commitHead();
  }

  async #commitHead(): Promise<CommitResult> {
    const { queue, wal } = this.#parts;
    const group = queue.shift();
    if (group === undefined) return { more: false, full: false };
    const conflict = await conflictIn(group);
    if (conflict !== undefined) return this.#refused(group, conflict, false);
    const { builder } = group;
    const first = this.#lastSequence + 1;
    const record = builder.seal(first);
    try {
      await wal.append(record, group.sync);
    } catch (error) {
      return this.#refused(group, asLithifyError(error, 'LITHIFY_WAL', 'Writing the log'), true);
    }
    await this.#apply(builder.group(first));
    this.#lastSequence += builder.count;
    this.#count(builder.count + builder.frames.count, record.length);
    this.#parts.onCommitted(builder.frames.numbered);
    group.resolve();
    queue.recycle(group);
    return { more: queue.length > 0, full: false };
  }

  /** `isFault`: the log is to blame, not the write. */
  #refused(group: CommitGroup, error: LithifyError, isFault: boolean): CommitResult {
    const { queue } = this.#parts;
    group.reject(error);
    queue.recycle(group);
    queue.renumber();
    return { more: queue.length > 0, full: false, ...(isFault && { error }) };
  }

  /** A large group comes in by parts; nobody sees it before all of it is in, since reads stop at `lastSequence`. */
  async #apply(group: Group): Promise<void> {
    const { live } = this.#parts.memtables;
    const { records } = group;
    if (group.count > 0) {
      live.memtable.begin(group);
      while (!live.memtable.advance(ENTRIES_PER_TURN)) await this.#parts.turn();
    }
    if (records !== undefined) {
      live.log.begin(records.bytes, records.start, records.end);
      while (!live.log.advance(RECORDS_PER_TURN)) await this.#parts.turn();
    }
    live.noteGroups(group.groups ?? []);
  }

  #refuseHead(error: LithifyError): CommitResult {
    const { queue } = this.#parts;
    const group = queue.shift();
    return group === undefined ? { more: false, full: false, error } : this.#refused(group, error, true);
  }

  #count(entries: number, bytes: number): void {
    this.counters.acknowledged += entries;
    this.counters.bytes += bytes;
    this.counters.commits += 1;
  }

  async #sealAsWanted(): Promise<void> {
    const wanted = this.#sealWanted;
    if (wanted === undefined) return;
    this.#sealWanted = undefined;
    const isActive = this.#parts.memtables.active.number === wanted.memtable;
    const error = isActive ? await this.#seal('a MinorCompact asked for it', NOTHING) : undefined;
    if (error === undefined) wanted.settled.resolve();
    else wanted.settled.reject(error);
  }

  /** Returns the error when the log could not be rotated; everything then stays as it was. */
  async #seal(reason: string, size: GroupSize): Promise<LithifyError | undefined> {
    const { memtables, wal, hub, onSealed } = this.#parts;
    try {
      const segment = await wal.rotate();
      const { memtable, log, bytes } = memtables.seal(segment, size);
      hub.emit({ type: 'memtableSealed', memtable: memtable.number, entries: memtable.entries + log.records, bytes, reason });
      onSealed(memtable.number);
      return undefined;
    } catch (error) {
      return asLithifyError(error, 'LITHIFY_WAL', 'Rotating the log');
    }
  }

  async #waitForRoom(): Promise<void> {
    // Memory is full, so whoever wanted a memtable sealed has what it wanted; the flush that makes room may be waiting.
    await this.#sealAsWanted();
    const letGo = this.#parts.keepAlive();
    try {
      while (this.#parts.pressure() !== undefined) {
        this.#room = Promise.withResolvers();
        await this.#room.promise;
      }
    } finally {
      letGo();
      this.#room = undefined;
    }
  }

  #announceWaiting(): void {
    const { clock, hub, memtables, pressure } = this.#parts;
    this.#waitingSince = clock.now();
    const { bytes, limitBytes: limit } = memtables;
    hub.emit({ type: 'writersWaiting', reason: pressure() ?? 'room is being made', bytes, limit });
  }

  #announceResumed(): void {
    const { clock, hub } = this.#parts;
    hub.emit({ type: 'writersResumed', reason: 'there is room', waitedMs: clock.now() - this.#waitingSince });
  }
}

/** A write whose expectations cannot be looked at is refused; its caller waits for an answer, whatever it is. */
function conflictIn({ check }: CommitGroup): Promise<LithifyError | undefined> | undefined {
  return check?.().catch((error: unknown) => asLithifyError(error, 'LITHIFY_READER_UNAVAILABLE', 'What a write expects could not be read'));
}

function closedError(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again to write.');
}
