import type { ActorRef, Snapshot } from 'xstate';
import type { Engine } from '../../kv/engine.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { EngineEvent } from '../../protocol/events.ts';
import type { Message, MessageType, ReportOf, ShutdownReport } from '../../protocol/messages.ts';
import type { OpenOptions } from '../../protocol/options.ts';
import { validateMessage } from '../../protocol/validate.ts';

/** With what an `engineLogic` actor is made. */
export interface EngineLogicInput {
  /** The store's directory, as for `open`. */
  readonly location: string;
  /** As for `open`. */
  readonly options?: OpenOptions;
}

/** One of the five messages, and who wants to know. */
export type EngineRequest = Message & {
  /** Comes back in the reply. */
  readonly id?: string;
  /** Gets the one reply, as an event of type `lithify.reply`. */
  readonly replyTo?: ActorRef<Snapshot<unknown>, EngineReply>;
};

/** How a request ended; `to` is the type of its message. */
export type EngineAnswer = { readonly id: string | undefined } & (
  | { [T in MessageType]: { readonly to: T; readonly ok: true; readonly report: ReportOf[T] } }[MessageType]
  | { readonly to: MessageType; readonly ok: false; readonly error: LithifyError }
);
/** Exactly one for every request. */
export type EngineReply = { readonly type: 'lithify.reply' } & EngineAnswer;

/** What observers of the actor hear: everything that the engine tells, and every reply, whoever it was for. */
export type EngineLogicEmitted = EngineEvent | ({ readonly type: 'reply' } & EngineAnswer);

/** What the keeper tells the chart; not for others to send. */
export type KeeperEvent =
  | { readonly type: 'lithify.opened'; readonly engine: Engine }
  | { readonly type: 'lithify.told'; readonly event: EngineEvent }
  | { readonly type: 'lithify.answered'; readonly answer: EngineAnswer; readonly replyTo: EngineRequest['replyTo'] }
  | { readonly type: 'lithify.closed'; readonly report: ShutdownReport }
  | { readonly type: 'lithify.failed'; readonly error: LithifyError };

/** The request without its address; LITHIFY_INVALID_ARGUMENT: message or address is malformed. */
export function messageIn({ id, replyTo, ...message }: EngineRequest): Message {
  if (replyTo !== undefined && !isReceiver(replyTo)) throw invalid('replyTo', 'an actor');
  if (id !== undefined && typeof id !== 'string') throw invalid('id', 'text');
  return validateMessage(message);
}

export function isSound(request: EngineRequest): boolean {
  try {
    messageIn(request);
    return true;
  } catch {
    return false;
  }
}

/** undefined: nobody is named, or what is named can get nothing. */
export function receiverOf({ replyTo }: EngineRequest): EngineRequest['replyTo'] {
  return isReceiver(replyTo) ? replyTo : undefined;
}

export function replyOf(answer: EngineAnswer): EngineReply {
  return { type: 'lithify.reply', ...answer };
}

function isReceiver(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'send' in given && 'sessionId' in given;
}

function invalid(field: string, wanted: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `The request's ${field} must be ${wanted}, or absent.`, { details: { field } });
}
