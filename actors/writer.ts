import { fromPromise } from 'xstate';
import { type CommitResult, type WriterEvent, writerMachine } from '../machines/writer.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { MemtableNumber } from '../protocol/messages.ts';
import type { Release } from '../protocol/runtime.ts';
import type { KeyRange } from '../storage/entry.ts';
import type { FrameBuilder, Numbered } from '../storage/log/frame-builder.ts';
import type { Wal } from '../storage/wal/wal.ts';
import { applyGroup } from './apply-group.ts';
import type { CommitGroup, CommitQueue, Offsets, WriteOperation, WriteSet } from './commit-queue.ts';
import type { EventHub } from './events.ts';
import { ExclusiveMoment } from './exclusive-moment.ts';
import type { AttemptEnd, RoomWork } from './failing-work.ts';
import type { GroupSize, Memtables } from './memtables.ts';
import type { Pressure } from './pressure.ts';
import type { Throttle } from './throttle.ts';
import type { WritersRoom } from './writers-room.ts';

interface WriterParts {
  readonly memtables: Memtables;
  readonly wal: Wal;
  readonly queue: CommitQueue;
  readonly hub: EventHub;
  readonly keepAlive: () => Release;
  /** Acknowledged writes are on disk, not only with the operating system. */
  readonly durable: boolean;
  readonly lastSequence: number;
  readonly room: WritersRoom;
  readonly throttle: Throttle;
  /** Why no further memtable may be begun now; undefined: it may. */
  readonly pressure: () => Pressure | undefined;
  /** Why nothing at all may be written now; undefined: it may. */
  readonly blocked: () => Pressure | undefined;
  /** LevelDB is being opened again. */
  readonly isStorageDown: () => boolean;
  readonly turn: () => Promise<void>;
  /** These records are readable from now on; called before their producers hear of it. */
  readonly onCommitted: (numbered: readonly Numbered[]) => void;
  /** A memtable was sealed: somebody should flush it. */
  readonly onSealed: (memtable: MemtableNumber) => void;
  /** A memtable has gone: readers find it in a table. */
  readonly onFlushed: (memtable: MemtableNumber) => void;
  /** To the writer's chart. */
  readonly send: (event: WriterEvent) => void;
}

/** What was in the way has gone while it was told. */
const ROOM_IS_MADE = { cause: 'memory', reason: 'room is being made' } as const;
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
  readonly #moment: ExclusiveMoment;
  readonly #ended = Promise.withResolvers<void>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#lastSequence = parts.lastSequence;
    this.#moment = new ExclusiveMoment({
      ...parts,
      seal: (reason) => this.#seal(reason, NOTHING),
      wait: (look, signal) => this.#wait(look, signal),
      used: (count) => void (this.#lastSequence += count),
    });
  }

  /** Everything up to here is readable. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  get waiting(): number {
    return this.#parts.queue.length;
  }

  /** Why writers stand still or are slowed; undefined: they are not. */
  get waitingFor(): string | undefined {
    const { room, throttle } = this.#parts;
    return room.reason ?? (this.#moment.isRunning ? this.#moment.why : throttle.reason);
  }

  get isSlowed(): boolean {
    return this.#parts.throttle.reason !== undefined;
  }

  /** For who looks: what writers stand still for, and what fails of the work that makes room. */
  get room(): Pick<WritersRoom, 'look' | 'failing'> {
    return this.#parts.room;
  }

  /** The same: who has, or will have next, the writer for itself. */
  get moment(): Pick<ExclusiveMoment, 'why' | 'isRunning'> {
    return this.#moment;
  }

  /** How much longer commits have taken since open, by what they were slowed for. Milliseconds. */
  get sleptMs(): Throttle['sleptMs'] {
    return this.#parts.throttle.sleptMs;
  }

  /** Of the groups that wait; nothing bounds them but their callers. */
  get waitingBytes(): number {
    return this.#parts.queue.bytes;
  }

  /** The chart with its log; `of` is asked when it runs, since the chart is made before the store is open. */
  static logic(of: () => Writer): typeof writerMachine {
    return writerMachine.provide({
      actors: {
        commitGroup: fromPromise(() => of().#commit()),
        waitForRoom: fromPromise(({ signal }) => of().#waitForRoom(signal)),
        pause: fromPromise(({ signal }) => of().#parts.throttle.sleep(signal)),
        emptyMemory: fromPromise(({ signal }) => of().#moment.empty(signal)),
        runExclusive: fromPromise(() => of().#moment.run(of().#lastSequence + 1)),
        closeLog: fromPromise(() => of().#parts.wal.close()),
      },
      actions: {
        announceWaiting: () => of().#announceWaiting(),
        announceExclusive: () => of().#announceWaiting({ cause: 'exclusive', reason: of().#moment.why ?? ROOM_IS_MADE.reason }),
        announceResumed: () => of().#parts.room.announceResumed(),
        refuseHead: (_, { error }) => void of().#refuseHead(error),
        refuseLate: () => of().#refuseLate(),
        announceClosed: () => of().#ended.resolve(),
        refuseAll: (_, { error }) => of().#parts.queue.refuseAll(error),
      },
      guards: {
        hasGroups: () => of().#hasGroups(),
        // Nobody who wants to close, or to flush, is slowed.
        owes: ({ context }) => !context.closing && of().#sealWanted === undefined && of().#parts.throttle.isDue,
      },
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

  /** Everything in the range, in one entry. */
  deleteRange(range: KeyRange, sync = this.#parts.durable): Promise<void> {
    this.#assertOpen();
    return this.#submitted(this.#parts.queue.deleteRange(range, sync));
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

  /**
   * Runs this between two commits, with everything flushed that was in memory; writers wait meanwhile. Resolves when `run`
   * has, and everything up to the last sequence that it used is readable; rejects with its error, with that of the flushes
   * before it, or with LITHIFY_CLOSED when the engine closes before its turn has come.
   */
  async exclusively(why: string, run: (firstSequence: number) => Promise<number>): Promise<void> {
    this.#assertOpen();
    await this.#submitted(this.#parts.queue.exclusive({ why, run }));
  }

  /** Makes everything durable that was acknowledged. */
  sync(): Promise<void> {
    return this.#parts.wal.sync();
  }

  /** Seals this memtable between two commits; resolves at once when it is sealed already or empty, rejects with LITHIFY_CLOSED when the engine closes first. */
  seal(memtable: MemtableNumber): Promise<void> {
    const { live } = this.#parts.memtables;
    if (live.memtable.number !== memtable || live.isEmpty) return Promise.resolve();
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const wanted = (this.#sealWanted ??= { memtable, settled: Promise.withResolvers() });
    this.#parts.send({ type: 'Submitted' });
    this.#parts.room.wake();
    return wanted.settled.promise;
  }

  /** The oldest sealed memtable is a table now: readers find it there, its log is not needed, its room is free. */
  flushed(floor: number): void {
    const { memtables, wal, room, throttle, onFlushed } = this.#parts;
    const [oldest] = memtables.sealed;
    memtables.dropOldest();
    if (oldest !== undefined) onFlushed(oldest.memtable.number);
    void wal.dropBelow(floor);
    room.succeeded('flush');
    throttle.changed();
  }

  /** A flush or a compaction was committed: who waits for room looks again. */
  roomMade(): void {
    this.#parts.throttle.changed();
    this.#parts.room.wake();
  }

  /** Work that makes room begins; to be told how it ended. Who waits for room is not to wait for what keeps failing. */
  workBegan(work: RoomWork): (how: AttemptEnd) => void {
    const { room, memtables } = this.#parts;
    const ended = room.began(work);
    // A flush that could not even seal its memtable keeps nobody waiting, and is not tried again by itself.
    return (how) => ended(work === 'flush' && memtables.sealed.length === 0 ? 'interrupted' : how);
  }

  /** LevelDB is open again, and this is the last sequence that its manifest knows. */
  reopened(lastSequence: number): void {
    this.#lastSequence = Math.max(this.#lastSequence, lastSequence);
    this.#moment.reopened();
    this.#parts.room.wake();
  }

  /** Commits what was submitted, refuses what comes later, and closes the log. */
  async close(): Promise<void> {
    this.#closed = closedError();
    this.#parts.send({ type: 'Close' });
    await this.#ended.promise;
  }

  /** The chart has ended: what is still queued will never be committed. */
  refuseAll(): void {
    this.#refuseLate();
    this.#ended.resolve();
  }

  /** Nothing is committed, and nothing sealed, any more. */
  #refuseLate(): void {
    this.#closed ??= closedError();
    this.#parts.queue.refuseAll(this.#closed);
    this.#sealWanted?.settled.reject(this.#closed);
    this.#sealWanted = undefined;
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
    if (this.#obstacle() !== undefined) return { more: true, full: true };
    if (head.exclusive !== undefined) return { more: true, full: false, exclusive: true };
    if (!memtables.live.fits(head.builder)) {
      const error = await this.#seal('the memtable is full', head.builder);
      if (error !== undefined) return this.#refuseHead(error);
      // Writes may have joined the group while the log was rotated; it is measured again.
      return { more: true, full: false };
    }
    return this.#commitHead();
  }

  async #commitHead(): Promise<CommitResult> {
    const group = this.#parts.queue.shift();
    if (group === undefined) return { more: false, full: false };
    try {
      return await this.#commitGroup(group);
    } catch (error) {
      // A defect of ours: whoever waits for the group is told, as are those behind it.
      group.reject(asLithifyError(error, 'LITHIFY_INTERNAL', 'Committing a group'));
      throw error;
    }
  }

  async #commitGroup(group: CommitGroup): Promise<CommitResult> {
    const { queue, wal, memtables, turn } = this.#parts;
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
    await applyGroup(memtables.live, builder.group(first), turn);
    this.#lastSequence += builder.count;
    this.#count(builder.count + builder.frames.count, record.length);
    this.#parts.throttle.wrote(record.length);
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
    const { memtables, wal, hub, throttle, onSealed } = this.#parts;
    try {
      const segment = await wal.rotate();
      const { memtable, log, bytes } = memtables.seal(segment, size);
      hub.emit({ type: 'memtableSealed', memtable: memtable.number, entries: memtable.entries + log.records, bytes, reason });
      throttle.changed();
      onSealed(memtable.number);
      return undefined;
    } catch (error) {
      return asLithifyError(error, 'LITHIFY_WAL', 'Rotating the log');
    }
  }

  #hasGroups(): boolean {
    return this.#parts.queue.length > 0 || this.#sealWanted !== undefined;
  }

  /** What keeps the head group from being written now. */
  #obstacle(): Pressure | undefined {
    const { queue, memtables, blocked, pressure } = this.#parts;
    const head = queue.head;
    const needsRoom = head !== undefined && head.exclusive === undefined && !memtables.live.fits(head.builder);
    return this.#moment.unsettled ?? blocked() ?? (needsRoom ? pressure() : undefined);
  }

  #waitForRoom(signal: AbortSignal): Promise<void> {
    return this.#wait(() => this.#obstacle(), signal);
  }

  /** A flush that waits for its memtable to be sealed may be the one that makes room. */
  #wait(look: () => Pressure | undefined, signal: AbortSignal): Promise<void> {
    const sealAndLook = async () => {
      await this.#sealAsWanted();
      return look();
    };
    return this.#parts.room.wait(sealAndLook, signal);
  }

  #announceWaiting(why: Pick<Pressure, 'cause' | 'reason'> = this.#obstacle() ?? ROOM_IS_MADE): void {
    this.#parts.throttle.stop();
    this.#parts.room.announceWaiting(why);
  }
}

/** A write whose expectations cannot be looked at is refused; its caller waits for an answer, whatever it is. */
function conflictIn({ check }: CommitGroup): Promise<LithifyError | undefined> | undefined {
  return check?.().catch((error: unknown) => asLithifyError(error, 'LITHIFY_READER_UNAVAILABLE', 'What a write expects could not be read'));
}

function closedError(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again to write.');
}
