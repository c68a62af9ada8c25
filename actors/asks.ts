import { LithifyError } from '../protocol/errors.ts';
import type { Envelope, Message, MessageType, Reply, ReportOf, ShutdownReport } from '../protocol/messages.ts';
import type { Clock, Release, Runtime } from '../protocol/runtime.ts';
import { AskTracing } from './ask-tracing.ts';

/** What `ask` takes; all of it may be left out. */
export interface AskOptions {
  /** Takes a waiting request out; running work is aborted only if nobody else waits for it. */
  signal?: AbortSignal;
  /** Like an abort, after so many milliseconds, with LITHIFY_TIMEOUT. */
  timeoutMs?: number;
}

interface Ask {
  resolve(reply: Reply): void;
  readonly since: number;
  readonly type: MessageType;
}

/** How one request gets to the mailbox, and out of it again. */
interface Route {
  send(): void;
  cancel(error: LithifyError): void;
}

/** The asker's side: who waits for which reply. Each entry leaves with its one reply, or when the engine has ended. */
export class Asks {
  readonly #pending = new Map<string, Ask>();
  readonly #clock: Clock;
  readonly #keepAlive: () => Release;
  readonly #tracing: AskTracing;
  #next = 1;
  #ended: LithifyError | undefined;

  /** `location`: of the store, for who traces. */
  constructor(runtime: Pick<Runtime, 'clock' | 'keepAlive' | 'channel'>, location: () => string) {
    this.#clock = runtime.clock;
    this.#keepAlive = runtime.keepAlive;
    this.#tracing = new AskTracing(runtime, location);
  }

  envelope<M extends Message>(message: M, replyTo: string | undefined): Envelope<M> {
    return { id: `m${this.#next++}`, message, ...(replyTo !== undefined && { replyTo }) };
  }

  /** Sends on this route and resolves with the report; rejects with the reply's error. */
  wait<M extends Message>(envelope: Envelope<M>, options: AskOptions, route: Route): Promise<ReportOf[M['type']]> {
    return this.#tracing.trace(envelope, () => this.#wait(envelope, options, route));
  }

  async #wait<M extends Message>(envelope: Envelope<M>, options: AskOptions, route: Route): Promise<ReportOf[M['type']]> {
    assertTimeout(options.timeoutMs);
    if (this.#ended !== undefined) throw this.#ended;
    if (options.signal?.aborted) throw aborted(options.signal);
    const replied = new Promise<Reply>((resolve) => {
      this.#pending.set(envelope.id, { resolve, since: this.#clock.now(), type: envelope.message.type });
    });
    const stopWatching = this.#watch(options, (error) => route.cancel(error));
    const letGo = this.#keepAlive();
    route.send();
    try {
      const reply = await replied;
      if (!reply.ok) throw reply.error;
      // A message is answered with its own type's report: the mailbox hands tickets only to jobs that make it.
      return reply.report as ReportOf[M['type']];
    } finally {
      letGo();
      stopWatching();
    }
  }

  /** Returns how long the asker waited; undefined when nobody waits for this reply. */
  settle(reply: Reply): { waitedMs: number; type: MessageType } | undefined {
    const ask = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    ask?.resolve(reply);
    return ask && { waitedMs: this.#clock.now() - ask.since, type: ask.type };
  }

  /** Nothing will be answered any more. `shutdown`: how it ended, for those who asked for just that. */
  end(error: LithifyError, shutdown?: ShutdownReport): void {
    this.#ended = error;
    for (const [id, ask] of this.#pending) {
      ask.resolve(ask.type === 'Shutdown' && shutdown ? { id, ok: true, report: shutdown } : { id, ok: false, error });
    }
    this.#pending.clear();
  }

  #watch({ signal, timeoutMs }: AskOptions, cancel: (error: LithifyError) => void): () => void {
    const onAbort = () => cancel(aborted(signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.#clock.setTimer(
            () => cancel(new LithifyError('LITHIFY_TIMEOUT', `No reply within ${timeoutMs} ms; the request was taken back.`)),
            timeoutMs,
          );
    return () => {
      signal?.removeEventListener('abort', onAbort);
      if (timer !== undefined) this.#clock.clearTimer(timer);
    };
  }
}

function aborted(signal: AbortSignal | undefined): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', 'The request was aborted by its sender.', { cause: signal?.reason });
}

function assertTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs >= 0) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `timeoutMs is ${String(timeoutMs)}; it must be a number of milliseconds from 0.`, {
    details: { option: 'timeoutMs' },
  });
}
