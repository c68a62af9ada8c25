import { fromPromise } from 'xstate';
import { type CommitResult, type WriterEvent, writerMachine } from '../machines/writer.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { MemtableNumber } from '../protocol/messages.ts';
import type { Clock, Release } from '../protocol/runtime.ts';
import type { Group } from '../storage/wal/group.ts';
import type { Wal } from '../storage/wal/wal.ts';
import type { CommitQueue, WriteOperation } from './commit-queue.ts';
import type { EventHub } from './events.ts';
import type { Memtables } from './memtables.ts';

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
  /** A memtable was sealed: somebody should flush it. */
  readonly onSealed: (memtable: MemtableNumber) => void;
  /** To the writer's chart. */
  readonly send: (event: WriterEvent) => void;
}

/** Applying so many entries holds the event loop for about a millisecond. */
const ENTRIES_PER_TURN = 2_000;

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

  /** Seals this memtable between two commits; resolves at once when it is sealed already or empty. */
  seal(memtable: MemtableNumber): Promise<void> {
    const { active } = this.#parts.memtables;
    if (active.number !== memtable || active.entries === 0) return Promise.resolve();
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
    if (!memtables.active.fits(head.builder.bytes, head.builder.count)) {
      if (this.#parts.pressure() !== undefined) return { more: true, full: true };
      const error = await this.#seal('the memtable is full', head.builder.bytes, head.builder.count);
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
    const first = this.#lastSequence + 1;
    const record = group.builder.seal(first);
    try {
      await wal.append(record, group.sync);
    } catch (error) {
      const refused = asLithifyError(error, 'LITHIFY_WAL', 'Writing the log');
      group.reject(refused);
      return { more: queue.length > 0, full: false, error: refused };
    }
    await this.#apply(group.builder.group(first));
    this.#lastSequence += group.builder.count;
    this.#count(group.builder.count, record.length);
    group.resolve();
    queue.recycle(group);
    return { more: queue.length > 0, full: false };
  }

  /** A large group comes in by parts; nobody sees it before all of it is in, since reads stop at `lastSequence`. */
  async #apply(group: Group): Promise<void> {
    const { active } = this.#parts.memtables;
    active.begin(group);
    while (!active.advance(ENTRIES_PER_TURN)) await this.#parts.turn();
  }

  #refuseHead(error: LithifyError): CommitResult {
    this.#parts.queue.shift()?.reject(error);
    return { more: this.#parts.queue.length > 0, full: false, error };
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
    const error = isActive ? await this.#seal('a MinorCompact asked for it', 0, 0) : undefined;
    if (error === undefined) wanted.settled.resolve();
    else wanted.settled.reject(error);
  }

  /** Returns the error when the log could not be rotated; everything then stays as it was. */
  async #seal(reason: string, groupBytes: number, count: number): Promise<LithifyError | undefined> {
    const { memtables, wal, hub, onSealed } = this.#parts;
    try {
      const segment = await wal.rotate();
      const { number, entries, bytes } = memtables.seal(segment, groupBytes, count);
      hub.emit({ type: 'memtableSealed', memtable: number, entries, bytes, reason });
      onSealed(number);
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

function closedError(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again to write.');
}
