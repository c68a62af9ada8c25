import type { ExecutionContext } from 'ava';
import type { LogRecord, NewRecord, SubscribeOptions, Topic } from '../../../index.ts';

const decoder = new TextDecoder();

export const textOf = ({ value }: LogRecord): string => decoder.decode(value);

/** Everything that the topic has now. */
export async function recordsOf(topic: Topic, options: SubscribeOptions = {}): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of topic.subscribe({ idleTimeout: 0, ...options }).batches()) records.push(...batch);
  return records;
}

/** The same as `offset:value` of each. */
export async function shown(topic: Topic, options: SubscribeOptions = {}): Promise<string[]> {
  return (await recordsOf(topic, options)).map((record) => `${record.offset}:${textOf(record)}`);
}

/** `count` records of as many keys as `keys`, with values that say which is which. */
export function records(count: number, { from = 0, keys = count, pad = 0 } = {}): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: BigInt((from + i) % keys),
    value: `value ${from + i}`.padEnd(pad, '.'),
  }));
}

/** Refused with this code, whether it throws or rejects. */
export async function refused(t: ExecutionContext, act: () => unknown, code = 'LITHIFY_INVALID_ARGUMENT', what?: string): Promise<void> {
  await t.throwsAsync(async () => act(), { code }, what);
}
