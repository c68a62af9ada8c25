import type { Subscription, Topic } from '../../../index.ts';
import { measure } from '../../measure.ts';
import type { Context, Workload } from '../workload.ts';
import { LARGE_VALUE, LOG_KEY_BYTES } from './records.ts';

/** From the call of produce until a subscriber that waits at the end has the record; one record at a time. */
export const wakeUp: Workload = {
  name: 'wake-up',
  rows: ['wake-up'],
  durabilities: ['fsync', 'os'],
  subjects: ['lithify'],
  async run(context) {
    const { openEngine, report } = context;
    const engine = await openEngine();
    const topic = await engine.topic('bench').make();
    const subscription = topic.subscribe();
    const times: number[] = [];
    const measured = await measure(() => deliver(topic, subscription, context, times));
    const figures = [
      { name: 'median', value: percentile(times, 0.5), unit: 'ms' },
      { name: '99th percentile', value: percentile(times, 0.99), unit: 'ms' },
    ] as const;
    report('wake-up', measured, LOG_KEY_BYTES + LARGE_VALUE, figures);
    await subscription.return();
    await engine.close();
  },
};

async function deliver(topic: Topic, subscription: Subscription, { data, sizes }: Context, times: number[]): Promise<number> {
  const end = performance.now() + sizes.limitMs;
  for (let n = 0; n < sizes.entries && performance.now() < end; n++) {
    const record = data.record(n, LARGE_VALUE);
    const arrived = subscription.next();
    const start = performance.now();
    const acknowledged = topic.produce(record);
    const { value } = await arrived;
    times.push(performance.now() - start);
    if (value?.offset !== (await acknowledged)) throw new Error(`Record ${n} was not the one that arrived.`);
  }
  return times.length;
}

/** Of values in any order, which it sorts. */
function percentile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}
