import { LithifyError } from '../protocol/errors.ts';
import type { Clock, Release } from '../protocol/runtime.ts';
import type { EventHub } from './events.ts';
import { type AttemptEnd, type Failing, FailingWork, type RoomWork } from './failing-work.ts';
import type { Pressure } from './pressure.ts';

interface RoomParts {
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly keepAlive: () => Release;
  /** How long what makes room may fail before those who wait for it are refused. */
  readonly timeoutMs: number;
  /** Of all memtables. */
  readonly memory: () => { readonly bytes: number; readonly limitBytes: number };
}

/** What writers stand still for. */
export interface StandingLook {
  readonly reason: string;
  readonly waitedMs: number;
  /** Work that would make room; empty: nobody's but the one's who has the writer for itself. */
  readonly clearedBy: readonly { readonly work: RoomWork; readonly failing?: FailingFor }[];
}

export interface FailingFor {
  readonly forMs: number;
  readonly error: LithifyError;
}

/** What writers are told to wait for. */
type Why = Pick<Pressure, 'cause' | 'reason'>;

/** Where writers stand still until there is room. Nobody waits for ever: see `wait`. */
export class WritersRoom {
  readonly #parts: RoomParts;
  readonly #work: FailingWork;
  #changed: PromiseWithResolvers<void> | undefined;
  #standing: { readonly since: number; readonly why: Why } | undefined;
  /** What was in the way when it was looked at last. */
  #pressure: Pressure | undefined;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#work = new FailingWork(() => parts.clock.now());
  }

  /** What writers wait for; undefined: they do not. */
  get reason(): string | undefined {
    return this.#standing?.why.reason;
  }

  /** For how long this work has been failing; undefined: it has not, or has succeeded since. */
  failing(work: RoomWork): FailingFor | undefined {
    const failing = this.#work.of(work);
    return failing && { forMs: this.#parts.clock.now() - failing.since, error: failing.error };
  }

  /** undefined: nobody was said to wait. */
  look(): StandingLook | undefined {
    if (this.#standing === undefined) return undefined;
    const now = this.#parts.clock.now();
    const clearedBy = (this.#pressure?.clearedBy ?? []).map((work) => {
      const failing = this.failing(work);
      return { work, ...(failing && { failing }) };
    });
    return { reason: this.#pressure?.reason ?? this.#standing.why.reason, waitedMs: now - this.#standing.since, clearedBy };
  }

  /** Who waits looks again. */
  wake(): void {
    this.#changed?.resolve();
  }

  /** Work that makes room begins; what it gives is to be called when it has ended. */
  began(work: RoomWork): (how: AttemptEnd) => void {
    this.#work.began(work);
    return (how) => {
      this.#work.ended(work, how);
      this.wake();
    };
  }

  succeeded(work: RoomWork): void {
    this.#work.succeeded(work);
    this.wake();
  }

  /** Why this work has failed, if it has not succeeded since. */
  failureOf(work: RoomWork): LithifyError | undefined {
    return this.#work.among([work])?.error;
  }

  /**
   * Resolves when nothing is in the way any more, or when the signal says that nobody waits. Rejects with the error of
   * the work that should make room, once that has been failing for the time-out without a success in between and is not
   * being tried at this moment: a slow compaction refuses nobody.
   */
  async wait(look: () => Promise<Pressure | undefined>, signal: AbortSignal): Promise<void> {
    const letGo = this.#parts.keepAlive();
    const since = this.#parts.clock.now();
    signal.addEventListener('abort', () => this.wake(), { once: true });
    try {
      for (;;) {
        // Made before looking, so that no change is missed.
        this.#changed = Promise.withResolvers();
        const pressure = await look();
        this.#pressure = pressure;
        if (pressure === undefined || signal.aborted) return;
        await this.#change(pressure, since, this.#changed.promise);
      }
    } finally {
      letGo();
      this.#changed = undefined;
      this.#pressure = undefined;
    }
  }

  announceWaiting({ cause, reason }: Why): void {
    const { clock, hub, memory } = this.#parts;
    const { bytes, limitBytes: limit } = memory();
    this.#standing = { since: clock.now(), why: { cause, reason } };
    hub.emit({ type: 'writersWaiting', cause, reason, bytes, limit });
  }

  /** Says nothing if nobody was said to wait. */
  announceResumed(): void {
    const { clock, hub } = this.#parts;
    if (this.#standing === undefined) return;
    const { since, why } = this.#standing;
    this.#standing = undefined;
    hub.emit({ type: 'writersResumed', ...why, waitedMs: clock.now() - since });
  }

  /** Waits until something happens, or until failures have lasted for too long. */
  async #change({ reason, clearedBy }: Pressure, since: number, changed: Promise<void>): Promise<void> {
    const { clock, timeoutMs } = this.#parts;
    const failing = this.#work.among(clearedBy);
    if (failing === undefined || failing.isBeingTried) return changed;
    const now = clock.now();
    const leftMs = failing.since + timeoutMs - now;
    if (leftMs <= 0) throw refusal(failing, { reason, waitedMs: now - since, failingMs: now - failing.since });
    const timer = clock.setTimer(() => this.wake(), leftMs);
    await changed;
    clock.clearTimer(timer);
  }
}

/** The failure's own code and details; its message tells what the writer needs to know. */
function refusal({ error }: Failing, at: { reason: string; waitedMs: number; failingMs: number }): LithifyError {
  const { reason, waitedMs, failingMs } = at;
  const advice = error.code === 'LITHIFY_DISK_FULL' ? 'Make room on the disk' : 'See to the fault';
  const message = `Not written after waiting ${Math.round(waitedMs)} ms (${reason}): what makes room has failed for ${Math.round(failingMs)} ms. ${advice}; writing works again by itself then. ${error.message}`;
  return new LithifyError(error.code, message, { cause: error, details: error.details });
}
