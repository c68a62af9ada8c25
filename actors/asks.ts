import { LithifyError } from '../protocol/errors.ts';
import type { Envelope, Message, MessageType, Reply, ReportOf } from '../protocol/messages.ts';
import type { Clock } from '../protocol/runtime.ts';

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

/** The asker's side: who waits for which reply. Each entry leaves with its one reply, or when the engine has ended. */
export class Asks {
  readonly #pending = new Map<string, Ask>();
  readonly #clock: Clock;
  #next = 1;
  #ended: LithifyError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  envelope<M extends Message>(message: M, replyTo: string | undefined): Envelope<M> {
    return { id: `m${this.#next++}`, message, ...(replyTo !== undefined && { replyTo }) };
  }

  /** Sends through `send` and resolves with the report; rejects with the reply's error. */
  async wait<M extends Message>(
    envelope: Envelope<M>,
    options: AskOptions,
    send: () => void,
    cancel: (error: LithifyError) => void,
  ): Promise<ReportOf[M['type']]> {
    if (this.#ended !== undefined) throw this.#ended;
    options.signal?.throwIfAborted();
    const replied = new Promise<Reply>((resolve) => {
      this.#pending.set(envelope.id, { resolve, since: this.#clock.now(), type: envelope.message.type });
    });
    const stopWatching = this.#watch(options, cancel);
    send();
    try {
      const reply = await replied;
      if (!reply.ok) throw reply.error;
      // A message is answered with its own type's report: the mailbox hands tickets only to jobs that make it.
      return reply.report as ReportOf[M['type']];
    } finally {
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

  /** Nothing will be answered any more. */
  end(error: LithifyError): void {
    this.#ended = error;
    for (const [id, ask] of this.#pending) ask.resolve({ id, ok: false, error });
    this.#pending.clear();
  }

  #watch({ signal, timeoutMs }: AskOptions, cancel: (error: LithifyError) => void): () => void {
    const onAbort = () => cancel(new LithifyError('LITHIFY_ABORTED', 'The request was aborted by its sender.', { cause: signal?.reason }));
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
