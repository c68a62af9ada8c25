import type { ExecutionContext } from 'ava';
import { type LogRecord, type NewRecord, open } from 'lithify';
import { lithify } from '../../support/cli.ts';

/** Appends records without the command. */
export async function produce(db: string, topic: string, records: readonly NewRecord[], partitions?: number): Promise<void> {
  await using engine = await open(db);
  await engine.topic(topic, partitions === undefined ? {} : { partitions }).produceMany(records);
}

/** Everything in a topic, without the command. */
export async function recordsIn(db: string, topic: string): Promise<LogRecord[]> {
  await using engine = await open(db, { createIfMissing: false });
  const records: LogRecord[] = [];
  for await (const record of engine.topic(topic).subscribe({ idleTimeout: 0 })) records.push(record);
  return records;
}

/** What the command prints on stdout; it must end well. */
export async function stdoutOf(t: ExecutionContext, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await lithify(args, input === undefined ? {} : { input });
  t.is(code, 0, stderr);
  t.is(stderr, '');
  return stdout;
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

export function texts(records: readonly LogRecord[]): string[] {
  return records.map(({ value }) => Buffer.from(value).toString());
}

export function numbered(count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({ key: BigInt(i), value: `v${i}`, timestamp: 1_700_000_000_000 + 1000 * i }));
}
