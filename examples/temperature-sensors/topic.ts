import type { CompactionOptions, Engine, NewRecord, Topic } from 'lithify';
import { type Observable, reduce } from 'rxjs';
import { eventOf, recordOf, type SensorEvent, sensorOf } from './events.ts';

const MiB = 1024 * 1024;
const BATCH = 1000;

/** The functions of the strategy run in a worker thread, which loads them itself. A built program has a .js there. */
const COMPACTION: CompactionOptions = {
  strategy: { module: new URL('./strategy.ts', import.meta.url), export: 'sensorRetention' },
  // By itself a run starts at this size. It is 64 KiB unless said otherwise; here so much that one can look before and after.
  compactionThreshold: 64 * MiB,
};

/** How a topic is compacted is not stored: say it again whenever the engine is opened. */
export function sensorTopic(engine: Engine, compaction: CompactionOptions = {}): Topic {
  return engine.topic('temp-sensor-events', { compaction: { ...COMPACTION, ...compaction } });
}

/** In batches: each is one wait for the disk. */
export async function produceEvents(topic: Topic, events: Iterable<SensorEvent>): Promise<void> {
  let batch: NewRecord[] = [];
  for (const event of events) {
    if (batch.push(recordOf(event)) < BATCH) continue;
    await topic.produceMany(batch);
    batch = [];
  }
  await topic.produceMany(batch);
}

export interface SensorState {
  readonly name?: string;
  readonly battery?: number;
  /** The last ten, oldest first. */
  readonly temperatures: readonly number[];
}

/** A sensor as its events tell it, from the first that is left to the last that is there now. */
export function sensorState$(topic: Topic, sensor: number): Observable<SensorState> {
  const nothing: SensorState = { temperatures: [] };
  return topic.records$({ from: 'beginning', idleTimeout: 0 }).pipe(
    reduce((state, record) => {
      const event = sensorOf(record.key) === sensor ? eventOf(record) : undefined;
      return event === undefined ? state : applied(state, event);
    }, nothing),
  );
}

function applied(state: SensorState, event: SensorEvent): SensorState {
  if (event.type === 'NameChanged') return { ...state, name: event.name };
  if (event.type === 'BatteryLevelSensed') return { ...state, battery: event.level };
  return { ...state, temperatures: [...state.temperatures, event.temperature].slice(-10) };
}
