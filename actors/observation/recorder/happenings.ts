import { logCompactorName } from '../../../machines/engine.ts';
import type { EngineEvent } from '../../../protocol/events.ts';
import type { RecorderEntry } from '../../../protocol/recorder.ts';

/** Events by which the engine tells what it has made up its mind to. */
const DECISIONS: ReadonlySet<EngineEvent['type']> = new Set([
  'backingOff',
  'groupHoldsLog',
  'producersWaiting',
  'writersSlowed',
  'writersWaiting',
]);

export function kindOf({ type }: EngineEvent): RecorderEntry['kind'] {
  return DECISIONS.has(type) ? 'decision' : 'event';
}

/** Name of the actor that an event happened in, as in ActorInfo.id; undefined: whoever is at work just now. */
export function actorOf(event: EngineEvent, topicIdOf: (name: string) => number | undefined): string | undefined {
  switch (event.type) {
    case 'jobStarted':
    case 'jobSettled':
      return `${event.compactor}/job`;
    case 'backingOff':
      return event.compactor;
    case 'workerStarted':
    case 'workerDied':
      return event.worker;
    case 'memtableSealed':
    case 'writersSlowed':
    case 'writersWaiting':
    case 'writersResumed':
      return 'writer';
    case 'compacted':
    case 'ingested':
    case 'collected':
      return 'tablet';
    case 'logCompactionStarted':
    case 'logPass':
    case 'logCompacted':
    case 'logCompactionFailed':
    case 'groupHoldsLog':
      return logCompactor(topicIdOf(event.topic), event.partition);
    default:
      return undefined;
  }
}

/** A topic that has been dropped meanwhile has no number any more. */
function logCompactor(topic: number | undefined, partition: number): string | undefined {
  return topic === undefined ? undefined : logCompactorName(topic, partition);
}
