import type { AnyActorRef, AnyEventObject } from 'xstate';
import { relay } from './internals.ts';
import { sendsOf } from './sends.ts';

/**
 * Gives an event to another actor. true: it need not be given again, since an actor that is kept has stored it, any other has it,
 * and who is not there, or is over, will never take it. false: an actor that is kept has failed, and is as it was when it is
 * made again.
 */
export async function handOver(source: AnyActorRef, target: AnyActorRef | undefined, event: AnyEventObject): Promise<boolean> {
  if (target === undefined) return true;
  const sends = target.getSnapshot().status === 'active' ? sendsOf(target) : undefined;
  if (sends === undefined) relay(source.system, source, target, { ...event });
  return sends === undefined || isTaken(target, sends.send(event, source));
}

function isTaken(target: AnyActorRef, sent: Promise<unknown>): Promise<boolean> {
  return sent.then(
    () => true,
    () => target.getSnapshot().status !== 'error',
  );
}
