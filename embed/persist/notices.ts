import type { AnyActorRef, AnyEventObject } from 'xstate';
import type { Step } from './step.ts';

/** What a keeper tells its actor, through the actor's own mailbox. */
export type Notice =
  | { readonly type: 'ready' }
  | { readonly type: 'durable'; readonly step: Step }
  | { readonly type: 'failed'; readonly error: unknown };

/** By the events that carry them: nobody else can make one. */
const notices = new WeakMap<object, Notice>();

export function notify(actor: AnyActorRef, notice: Notice): void {
  const event = { type: `lithify.${notice.type}` };
  notices.set(event, notice);
  actor.send(event);
}

/** undefined: it carries none. */
export function noticeIn(event: AnyEventObject): Notice | undefined {
  return notices.get(event);
}
