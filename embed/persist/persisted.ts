import type { AnyActorRef, EventFrom, SnapshotFrom } from 'xstate';
import { LithifyError } from '../../protocol/errors.ts';
import type { HistoryEntry, HistoryOptions } from './histories.ts';
import type { Keeper } from './keeper.ts';
import { expectOptions } from './options.ts';
import { keeperOf } from './persist.ts';

/** The same actor, for those who want to know when something is durable. */
export interface PersistedActor<TRef extends AnyActorRef = AnyActorRef> {
  /** Under which it is stored. */
  readonly id: string;
  /** Of the state that is seen: 0 before its first is stored, and one more with each event that is. */
  readonly revision: number;
  /** Events that came and are not done with. Before the actor is started: those that `send` sent. */
  readonly waiting: number;
  /**
   * Sends an event; resolves with the snapshot after it, when that is durable and current. Before the actor is started it waits
   * for that. Rejects with LITHIFY_INVALID_ARGUMENT (no event, or something in it cannot be kept; the actor goes on as it was), LITHIFY_MAILBOX_FULL
   * (`maxWaiting` events wait; nothing was sent), LITHIFY_ABORTED (the actor is done, or was stopped), and what else
   * ended the actor: a write's coded error, or what its machine threw.
   */
  send(event: EventFrom<TRef>): Promise<SnapshotFrom<TRef>>;
  /** Resolves when every event that has come so far is durable and done with; rejects with what ends the actor before. */
  settled(): Promise<void>;
  /** Its last events that are stored, oldest first. It reads through one partition of the topic. */
  history(options?: HistoryOptions): AsyncIterable<HistoryEntry>;
}

/** LITHIFY_INVALID_ARGUMENT: not an actor whose logic `persist` made. Any other error: what kept it from being made, or restored. */
export function persisted<TRef extends AnyActorRef>(actor: TRef): PersistedActor<TRef> {
  return new Handle(keeperOf(actor));
}

class Handle<TRef extends AnyActorRef> implements PersistedActor<TRef> {
  readonly #keeper: Keeper;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  get id(): string {
    return this.#keeper.id;
  }

  get revision(): number {
    return this.#keeper.revision;
  }

  get waiting(): number {
    return this.#keeper.waiting;
  }

  send(event: EventFrom<TRef>): Promise<SnapshotFrom<TRef>> {
    if (!isEvent(event)) return Promise.reject(notAnEvent(event));
    const { id, waiting, maxWaiting, hasEnded } = this.#keeper;
    if (!hasEnded && waiting >= maxWaiting) return Promise.reject(full(id, waiting));
    // The keeper's snapshots are those of the actor's logic.
    return this.#keeper.sends.send(event) as Promise<SnapshotFrom<TRef>>;
  }

  settled(): Promise<void> {
    return this.#keeper.sends.settled();
  }

  async *history(options: HistoryOptions = {}): AsyncGenerator<HistoryEntry, void, undefined> {
    expectOptions('a history', options, ['last']);
    const { last = Number.POSITIVE_INFINITY } = options;
    if (typeof last !== 'number' || !(last >= 0)) throw notACount(last);
    yield* await this.#keeper.store.history(last);
  }
}

/** XState itself takes anything, and the actor would fail. */
function isEvent(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'type' in given && typeof given.type === 'string';
}

function notAnEvent(given: unknown): LithifyError {
  const found = typeof given === 'object' && given !== null ? 'an object without such a type' : String(given);
  return new LithifyError(
    'LITHIFY_INVALID_ARGUMENT',
    `What is sent is ${found}; it must be an event: an object with a type that is text.`,
    {
      details: { option: 'event' },
    },
  );
}

function full(id: string, waiting: number): LithifyError {
  const message = `Actor '${id}' has ${waiting} events waiting, and its maxWaiting allows no more; send it again when some of them are done with.`;
  return new LithifyError('LITHIFY_MAILBOX_FULL', message, { details: { id, waiting } });
}

function notACount(last: unknown): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option last of a history is ${String(last)}; it must be a number from 0.`, {
    details: { option: 'last' },
  });
}
