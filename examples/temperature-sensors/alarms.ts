import type { Topic } from 'lithify';
import { eventOf } from './events.ts';

export const GROUP = 'alarms';
const LOW = 5;

export interface Alarms {
  /** Offset of the first record that was read; undefined: there was none. */
  readonly from: number | undefined;
  readonly records: number;
  readonly lowBatteries: number;
}

/** A consumer group: reads on behind what it has committed, to the end of the log or until it has seen `limit` records. */
export async function readAlarms(topic: Topic, limit = Number.POSITIVE_INFINITY): Promise<Alarms> {
  let [from, records, lowBatteries]: [number | undefined, number, number] = [undefined, 0, 0];
  for await (const batch of topic.subscribe({ group: GROUP, idleTimeout: 0 }).batches()) {
    for (const record of batch) {
      const event = eventOf(record);
      if (event?.type === 'BatteryLevelSensed' && event.level < LOW) lowBatteries++;
    }
    from ??= batch[0].offset;
    records += batch.length;
    // After the work, so that a crash in between repeats some of it, and loses none.
    await topic.commit(GROUP, batch[batch.length - 1].offset);
    if (records >= limit) break;
  }
  return { from, records, lowBatteries };
}
