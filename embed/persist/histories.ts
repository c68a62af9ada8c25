import type { Engine } from '../../kv/engine.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { LogRecord, NewRecord } from '../../protocol/log.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import { type Codec, decoded } from './codec.ts';
import { recordKeyOf } from './keys.ts';

/** An event that an actor took in, with the revision to which it brought it. */
export interface HistoryEntry {
  /** 1 for the first state; one more with each event that was stored. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** As it was stored: errors in it are { name, message, code }. The first of an actor is `xstate.init` with its input. */
  readonly event: {
    /** As the actor was sent it. */
    readonly type: string;
    readonly [name: string]: unknown;
  };
}

/** What `history` takes; all of it may be left out. */
export interface HistoryOptions {
  /** At most so many, the newest. Default: as many as are kept. */
  readonly last?: number;
}

const MiB = 1024 * 1024;
/** What a compaction of a history topic may hold of keys and offsets. */
const RETENTION_BYTES = 64 * MiB;
const BYTES_A_KEY = 32;
const BYTES_AN_OFFSET = 8;
const COMPACTION_THRESHOLD = MiB;
const ID = 'id';
const REVISION = 'revision';

export const DEFAULT_TOPIC = 'lithify.actors';

const utf8 = new TextEncoder();
const registered = new WeakMap<Engine, Map<string, number>>();

/** LITHIFY_INVALID_ARGUMENT: it must be text. */
export function checkedTopic(topic: unknown = DEFAULT_TOPIC): string {
  if (typeof topic === 'string' && topic !== '') return topic;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option topic is ${String(topic)}; it must be the name of a topic.`, {
    details: { option: 'topic' },
  });
}

/** Says once for an engine how a topic of histories is compacted. LITHIFY_INVALID_ARGUMENT: another number was given before. */
export function registerHistory(engine: Engine, topic: string, history: number): void {
  if (history === 0) return;
  const topics = registered.get(engine) ?? new Map<string, number>();
  registered.set(engine, topics);
  const before = topics.get(topic);
  if (before === history) return;
  if (before !== undefined) throw otherHistory(topic, before, history);
  const maxKeys = Math.max(1, Math.floor(RETENTION_BYTES / (BYTES_A_KEY + BYTES_AN_OFFSET * history)));
  const strategy = nthKeyBasedRetention(maxKeys, history, { tombstone: 'empty-value' });
  engine.topic(topic, { compaction: { strategy, compactionThreshold: COMPACTION_THRESHOLD } });
  topics.set(topic, history);
}

/** In place of an event: the actor is forgotten, and what came before goes. */
export const FORGOTTEN = new Uint8Array(0);

export function historyRecord(id: string, revision: number, at: number | undefined, event: Uint8Array): NewRecord {
  const headers = [
    { key: ID, value: utf8.encode(id) },
    { key: REVISION, value: utf8.encode(String(revision)) },
  ];
  return { key: recordKeyOf(id), value: event, headers, ...(at !== undefined && { timestamp: at }) };
}

/** The newest of one actor, oldest first. It reads through the one partition of the topic where they are: there is no index by actor. */
export async function readHistory(engine: Engine, topic: string, id: string, last: number, codec?: Codec): Promise<HistoryEntry[]> {
  const { partitions } = engine.topic(topic);
  if (partitions === undefined || last === 0) return [];
  const key = recordKeyOf(id);
  const ofActor = { from: 'beginning', idleTimeout: 0, partition: Number(key % BigInt(partitions)) } as const;
  let found: LogRecord[] = [];
  for await (const records of engine.topic(topic).subscribe(ofActor).batches()) {
    for (const record of records) {
      if (record.key !== key || header(record, ID) !== id) continue;
      if (record.value.length === 0) found = [];
      else found.push(record);
    }
    if (found.length > 2 * last) found = found.slice(-last);
  }
  return found.slice(-last).map((record) => entryOf(record, id, codec));
}

function entryOf(record: LogRecord, id: string, codec: Codec | undefined): HistoryEntry {
  const revision = Number(header(record, REVISION));
  // It was an event when it was encoded.
  const event = decoded(codec, record.value, `Event ${revision} of actor '${id}'`) as HistoryEntry['event'];
  return { revision, at: record.timestamp ?? 0, event };
}

function header({ headers }: LogRecord, key: string): string | undefined {
  const found = headers.find((one) => one.key === key);
  return found && new TextDecoder().decode(found.value);
}

function otherHistory(topic: string, before: number, history: number): LithifyError {
  const message = `Topic '${topic}' keeps ${before} events of each actor, so this one cannot keep ${history} there; give it a topic of its own.`;
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option: 'history', topic } });
}
