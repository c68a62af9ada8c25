import { type EngineMachineEvent, logCompactorName } from '../../machines/engine.ts';
import type { LogCompactorContext } from '../../machines/log-compactor.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { EngineEvent } from '../../protocol/events.ts';
import type { Clock, Release, TimerId } from '../../protocol/runtime.ts';
import type { LogCompactorStats } from '../../protocol/stats.ts';
import type { PartitionId } from '../../storage/log/part.ts';
import type { EventHub } from '../events.ts';
import type { PartitionStorage } from './partition-storage.ts';
import { Phases } from './phases.ts';
import { ProducersRoom } from './producers-room.ts';
import { RunWaiters } from './run-waiters.ts';
import { type LastRun, type LogLoad, mustWait, nextDue, notAhead, type Rules, whyCompact } from './when-to-compact.ts';

export interface RegistrationParts {
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly keepAlive: () => Release;
  /** To the root actor, which starts the actors and passes events on to them. */
  readonly send: (event: Extract<EngineMachineEvent, { type: 'Compact' | 'Relay' }>) => void;
  /** LevelDB is being opened again: nothing can make room meanwhile. */
  readonly isStorageDown: () => boolean;
}

/** The wall clock may be set: a timer that waits for it looks again after so long. */
const LONGEST_TIMER_MS = 600_000;
const ASKED = 'compact() asked for it';
const NOTHING: LogLoad = { dirtyBytes: 0, totalBytes: 0 };

/**
 * A topic partition that is compacted, from `register` to `unregister`: decides when a run begins, and tells those who
 * wait how it went. The runs themselves are the chart of machines/log-compactor.ts, whose actions report here.
 */
export class Registration {
  readonly number: number;
  readonly id: PartitionId;
  readonly name: string;
  readonly phases: Phases;
  readonly #storage: PartitionStorage;
  readonly #rules: Rules;
  readonly #parts: RegistrationParts;
  readonly #room: ProducersRoom;
  readonly #waiters: RunWaiters;
  readonly #gone = Promise.withResolvers<void>();
  /**
   * blocked: an earlier registration of the partition still has something running. ending: its run is over, its actor is
   * about to go.
   */
  #state: 'blocked' | 'idle' | 'running' | 'backingOff' | 'ending' = 'idle';
  /** Why no further run begins, for good. */
  #over: LithifyError | undefined;
  /** A defect ended the last run: another begins only when somebody asks for it. */
  #isBroken = false;
  #recovered = false;
  #runs = 0;
  #completed = 0;
  #passes = 0;
  #failures = 0;
  #reason: string | undefined;
  #since = 0;
  #bytesBefore = 0;
  #coveredBytes = 0;
  #last: LastRun | undefined;
  #timer: TimerId | undefined;

  constructor(of: { number: number; id: PartitionId; storage: PartitionStorage; rules: Rules }, parts: RegistrationParts) {
    this.number = of.number;
    this.id = of.id;
    this.name = logCompactorName(of.id.topic, of.id.partition);
    this.phases = new Phases(of.storage);
    this.#storage = of.storage;
    this.#rules = of.rules;
    this.#parts = parts;
    this.#room = new ProducersRoom({ topic: of.storage.topic, partition: of.id.partition, ...parts });
    this.#waiters = new RunWaiters(parts.keepAlive);
  }

  /** Resolves when it is over and nothing of it runs any more. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Its actor is there, or on its way. */
  get isAlive(): boolean {
    return this.#state === 'running' || this.#state === 'backingOff' || this.#state === 'ending';
  }

  /** Why no further phase may begin; undefined: it may. */
  get over(): LithifyError | undefined {
    return this.#over;
  }

  /** Nothing begins before this has settled. */
  blockUntil(before: Promise<void>): void {
    this.#state = 'blocked';
    void before.then(() => this.#rest());
  }

  /** Something was committed: is a run due? */
  look(): void {
    if (this.#state !== 'idle' || this.#over !== undefined || this.#isBroken) return;
    const load = this.#load();
    const now = this.#parts.clock.wall();
    this.#last = notAhead(this.#last, now);
    const reason = whyCompact(load, this.#rules, now, this.#last);
    if (reason !== undefined) this.#start(reason);
    else if (this.#timer === undefined) this.#arm(nextDue(load, this.#rules, this.#last));
  }

  /** A run that begins after this call; resolves when it has ended, rejects with its error. */
  compact(): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const done = this.#waiters.wait(this.#runs + 1);
    if (this.#state === 'idle') this.#start(ASKED);
    else if (this.#state !== 'blocked') this.#again();
    return done;
  }

  /** Would a producer have to wait now? */
  get isHoldingBack(): boolean {
    return this.#state === 'running' && this.#over === undefined && this.#mustWait(this.#load());
  }

  /** undefined: the producer may go on. */
  waitForRoom(): Promise<void> | undefined {
    if (!this.isHoldingBack) return undefined;
    return this.#room.wait(this.#load().dirtyBytes - this.#coveredBytes, this.#rules.compactionThreshold);
  }

  releaseProducers(reason: string): void {
    this.#room.release(reason);
  }

  /** Gives up what runs; resolves when it has stopped. */
  leave(): Promise<void> {
    this.#finish(unregisteredError(this.#storage.topic));
    if (this.#state === 'running' || this.#state === 'backingOff') this.#relay('Unregister');
    return this.gone;
  }

  /** Lets the phase that runs finish and begins no other; resolves when it has. */
  close(error: LithifyError): Promise<void> {
    this.#finish(error);
    if (this.#state === 'backingOff') this.#relay('Unregister');
    return this.gone;
  }

  /** The engine has ended, and every actor with it. */
  end(error: LithifyError): void {
    this.#finish(error);
    this.#waiters.rejectAll(this.#over ?? error);
    this.#gone.resolve();
  }

  /** The chart: a run begins. */
  started({ runs, failures }: LogCompactorContext): void {
    const { dirtyBytes, totalBytes } = this.#load();
    this.#state = 'running';
    this.#runs = runs;
    this.#failures = failures;
    this.#since = this.#parts.clock.now();
    this.#bytesBefore = totalBytes;
    this.#coveredBytes = dirtyBytes;
    this.#emit({ type: 'logCompactionStarted', reason: this.#reason ?? ASKED, dirtyBytes, totalBytes });
    this.#reason = undefined;
  }

  recovered(): void {
    this.#recovered = true;
  }

  /** What is there now, the pass that begins takes in. */
  ages(): void {
    this.#passes += 1;
    this.#coveredBytes = this.#load().dirtyBytes;
    this.#giveRoom();
  }

  /** The chart: the end of the pass is known. */
  passing({ pass, from, end }: LogCompactorContext): void {
    if (end !== undefined) this.#emit({ type: 'logPass', pass, from, end });
  }

  /** The chart: what the pass took in is dirty no more. */
  swapped(): void {
    this.#coveredBytes = 0;
    this.#giveRoom();
  }

  /** The chart: the run has ended well. */
  compacted({ runs, pass: passes, end }: LogCompactorContext): void {
    const { clock } = this.#parts;
    const { totalBytes: bytesAfter, oldest } = this.#load();
    this.#state = 'ending';
    this.#completed += 1;
    this.#failures = 0;
    this.#last = { at: clock.wall(), totalBytes: bytesAfter, ...(oldest?.tombstone !== undefined && { tombstone: oldest.tombstone }) };
    this.#emit({ type: 'logCompacted', passes, end, bytesBefore: this.#bytesBefore, bytesAfter, ms: clock.now() - this.#since });
    this.#room.release('the compaction is done');
    this.#waiters.resolve(runs);
  }

  /** The chart: the run has failed, and will be begun anew. */
  failed({ runs, failures, backOffMs: retryMs, error }: LogCompactorContext): void {
    this.#state = 'backingOff';
    this.#failures = failures;
    this.#reason = 'the run before it failed';
    this.phases.endRun();
    if (error !== undefined) this.#reportFailure(runs, error, this.#over === undefined ? { retryMs } : {});
    if (this.#over !== undefined) this.#relay('Unregister');
  }

  /** The chart: its actor goes. */
  idled({ runs, error }: LogCompactorContext): void {
    const isComplete = this.#state === 'ending';
    this.#state = 'ending';
    this.phases.endRun();
    if (!isComplete) this.#waiters.reject(runs, this.#over ?? error ?? unregisteredError(this.#storage.topic));
    // In a moment: the root still has to let go of it.
    void Promise.resolve().then(() => this.#rest());
  }

  /** A defect ended its actor. */
  broke(error: LithifyError): void {
    this.#isBroken = true;
    this.#state = 'ending';
    this.phases.abort();
    this.phases.endRun();
    this.#reportFailure(this.#runs, error, {});
    void this.phases.settled.then(() => this.#rest());
  }

  stats(context: LogCompactorContext | undefined, state: string): LogCompactorStats {
    const { dirtyBytes, totalBytes } = this.#amount();
    const { pass = 0, from = 0, end, error } = context ?? {};
    return {
      ...{ topic: this.#storage.topic, partition: this.id.partition, state },
      ...{ runs: this.#completed, passes: this.#passes, pass, from, ...(end !== undefined && { end }) },
      ...{ failures: this.#failures, ...(error !== undefined && { error }) },
      ...{ dirtyBytes, totalBytes, waiting: this.#room.waiting, asking: this.#waiters.size },
    };
  }

  /** Nothing of it runs: what next? */
  #rest(): void {
    this.#state = 'idle';
    if (this.#over !== undefined) this.#depart();
    else if (this.#waiters.size > 0) this.#start(ASKED);
    else this.look();
  }

  #start(reason: string): void {
    this.#clearTimer();
    this.phases.renew();
    this.#state = 'running';
    this.#isBroken = false;
    this.#reason = reason;
    this.#coveredBytes = this.#load().dirtyBytes;
    const input = { registration: this.number, ...this.id, runs: this.#runs, recovered: this.#recovered };
    this.#parts.send({ type: 'Compact', id: this.name, input });
  }

  #again(): void {
    if (this.#state === 'backingOff') this.#reason = ASKED;
    this.#relay('Again');
  }

  #relay(type: 'Again' | 'Unregister'): void {
    this.#parts.send({ type: 'Relay', to: this.name, event: { type } });
  }

  #finish(error: LithifyError): void {
    this.#over ??= error;
    this.#clearTimer();
    this.#room.release('the log is not compacted any more');
    if (this.#state === 'idle') this.#depart();
  }

  #depart(): void {
    this.#waiters.rejectAll(this.#over ?? unregisteredError(this.#storage.topic));
    void this.phases.settled.then(() => this.#gone.resolve());
  }

  #reportFailure(run: number, error: LithifyError, retry: { retryMs?: number }): void {
    this.#emit({ type: 'logCompactionFailed', phase: this.phases.current, error, ...retry });
    this.#room.release(`the compaction failed (${error.code}); producers do not wait for one that fails`);
    // What ends a run that must end may be what had to be done to end it.
    this.#waiters.reject(run, this.#over ?? error);
  }

  /** Charts ask for it, and must not break: a topic that has been dropped meanwhile has nothing. */
  #load(): LogLoad {
    try {
      return this.#storage.load();
    } catch {
      return NOTHING;
    }
  }

  #amount(): Pick<LogLoad, 'dirtyBytes' | 'totalBytes'> {
    try {
      return this.#storage.amount();
    } catch {
      return NOTHING;
    }
  }

  #mustWait(load: LogLoad): boolean {
    if (this.#parts.isStorageDown()) return false;
    const run = { isGoing: this.#state === 'running', failures: this.#failures, coveredBytes: this.#coveredBytes };
    return mustWait(load, this.#rules, run);
  }

  #giveRoom(): void {
    if (this.#room.waiting > 0 && !this.#mustWait(this.#load())) this.#room.release('there is room');
  }

  #arm(due: number | undefined): void {
    if (due === undefined) return;
    const { clock } = this.#parts;
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, due - clock.wall()));
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      this.look();
    }, ms);
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #emit(event: LogEvent): void {
    this.#parts.hub.emit({ topic: this.#storage.topic, partition: this.id.partition, ...event });
  }
}

/** What is said of one partition; which one, is added here. */
type OfPartition = Extract<EngineEvent, { partition: number }>;
type LogEvent = OfPartition extends infer E ? (E extends OfPartition ? Omit<E, 'topic' | 'partition'> : never) : never;

function unregisteredError(topic: string): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', `Topic ${topic} is not registered for compaction any more; its records are all there.`);
}
