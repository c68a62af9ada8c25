import type { AnyActorRef } from 'xstate';
import type { ActorInfo } from '../../protocol/inspection.ts';

export function actorsOf(_root: AnyActorRef): ActorInfo[] {
  return [];
}
