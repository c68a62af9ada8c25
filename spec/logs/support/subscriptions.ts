import type { ExecutionContext } from 'ava';
import type { PartitionSource } from '../../../actors/logs/partition-source.ts';
import type { SubscribeOptions } from '../../../actors/logs/subscribe-options.ts';
import { type Subscription, subscribe } from '../../../actors/logs/subscription.ts';
import type { LogRecord, Offset } from '../../../protocol/log.ts';
import { ManualRuntime } from './manual-runtime.ts';

export function subscription(
  sources: readonly PartitionSource[],
  options: SubscribeOptions = {},
  runtime = new ManualRuntime(),
  committed: (group: string, topic: string, partition: number) => Offset | undefined = () => undefined,
): Subscription {
  return subscribe(sources, options, { runtime, committed });
}

/** Everything up to the end, which the options must bring. */
export async function all(records: AsyncIterable<LogRecord>): Promise<LogRecord[]> {
  const seen: LogRecord[] = [];
  for await (const record of records) seen.push(record);
  return seen;
}

export function offsetsOf(records: readonly (LogRecord | undefined)[]): (Offset | undefined)[] {
  return records.map((record) => record?.offset);
}

/** The offsets of everything that is there now. */
export async function offsetsNow(sources: readonly PartitionSource[], options: SubscribeOptions = {}): Promise<(Offset | undefined)[]> {
  return offsetsOf(await all(subscription(sources, { ...options, idleTimeout: 0 })));
}

/** The next `count` offsets, one pull after the other. */
export async function take(from: AsyncIterator<LogRecord>, count: number): Promise<(Offset | undefined)[]> {
  const seen: (LogRecord | undefined)[] = [];
  while (seen.length < count) {
    const { done, value } = await from.next();
    if (done) break;
    seen.push(value);
  }
  return offsetsOf(seen);
}

/** What a pull's promise says now, without waiting for it. */
export function watched<T>(promise: Promise<T>): { readonly settled: boolean; readonly promise: Promise<T> } {
  const state = { settled: false, promise };
  promise.then(
    () => {
      state.settled = true;
    },
    () => {
      state.settled = true;
    },
  );
  return state;
}

export async function rejectsWith(t: ExecutionContext, promise: Promise<unknown>, code: string): Promise<void> {
  await t.throwsAsync(promise, { code });
}
