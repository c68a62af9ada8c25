import type { RecordToWrite, WriteSet } from '../actors/commit-queue.ts';
import type { Core } from '../actors/core.ts';
import { checkCommit } from '../actors/logs/group-lag.ts';
import type { Logs } from '../actors/logs/logs.ts';
import { checkedFlag, checkOptions } from '../actors/logs/options.ts';
import { checkedName, checkedPartition, missingTopic } from '../actors/logs/topic-names.ts';
import { LithifyError } from '../protocol/errors.ts';
import type { Offset } from '../protocol/log.ts';
import { compareBytes } from '../storage/entry.ts';
import type { StoredGroup } from '../storage/log/catalog.ts';
import { getFrom } from '../storage/read/view.ts';
import { Transaction, type Wanted } from './transaction.ts';

/** Fills a transaction and writes it: everything that can be refused is, before anything is written. */
export async function writeAll(core: Core, logs: Logs, fill: (tx: Transaction) => void, options: { sync?: boolean }): Promise<Offset[]> {
  checkOptions(options, ['sync'], 'a write');
  const sync = checkedFlag(options.sync, 'sync');
  const wanted = filled(fill);
  for (const { topic, record } of wanted.records) logs.producer.check(logs.imagined(checkedName(topic)), record);
  const groups = groupsOf(core, logs, wanted);
  const records = recordsAtOnce(logs, wanted) ?? (await recordsOf(logs, wanted));
  const { operations, expectations } = wanted;
  if (operations.length + records.length + groups.length === 0) return checked(core, expectations);
  const set: WriteSet = {
    ...{ operations, records, groups },
    ...(expectations.length > 0 && { check: () => conflictIn(core, expectations) }),
  };
  return logs.producer.write(set, sync);
}

/** Nothing to write, but what is expected must hold all the same. */
async function checked(core: Core, expectations: Wanted['expectations']): Promise<Offset[]> {
  const conflict = await conflictIn(core, expectations);
  if (conflict !== undefined) throw conflict;
  return [];
}

function filled(fill: (tx: Transaction) => void): Wanted {
  const tx = new Transaction();
  const result: unknown = fill(tx);
  const wanted = tx.end();
  // An async callback would go on filling after the write.
  if (result instanceof Promise)
    throw invalid('The callback of a write is async; it must have filled the transaction when it returns.', 'fill');
  return wanted;
}

/** undefined: something takes its time. Otherwise the write takes its place now, before whatever is called after it. */
function recordsAtOnce(logs: Logs, { records }: Wanted): RecordToWrite[] | undefined {
  const writes: RecordToWrite[] = [];
  for (const { topic, record } of records) {
    const known = logs.find(topic, undefined);
    if (known === undefined || logs.ahead.has(topic)) return undefined;
    const write = logs.producer.check(known, record);
    if (logs.mustWait(known, [write])) return undefined;
    writes.push(write);
  }
  return writes;
}

/** They have been checked; what is made here is a topic that is missing, and room. */
async function recordsOf(logs: Logs, { records }: Wanted): Promise<RecordToWrite[]> {
  const writes: RecordToWrite[] = [];
  try {
    for (const { topic, record } of records) {
      const known = await logs.ensure(topic, undefined);
      const write = logs.producer.check(known, record);
      await logs.waitForRoom(known, [write]);
      writes.push(await logs.producer.staged(write));
    }
    return writes;
  } catch (error) {
    await logs.producer.unstage(writes);
    throw error;
  }
}

function groupsOf({ runtime }: Core, logs: Logs, { commits }: Wanted): StoredGroup[] {
  return commits.map(({ group, topic, offset, partition }) => {
    const known = logs.find(checkedName(topic), undefined);
    if (known === undefined) throw missingTopic(topic);
    checkedPartition(partition, known.partitions);
    checkCommit(offset, logs.offsets(known, partition));
    return { topic: known.id, partition, group: checkedName(group, 'consumer group'), offset, committedAt: runtime.clock.wall() };
  });
}

/** Asked by the writer when everything before is readable, and nothing can come between this and the write. */
async function conflictIn(core: Core, expectations: Wanted['expectations']): Promise<LithifyError | undefined> {
  const lease = core.lease('compare and set');
  try {
    for (const { key, value } of expectations) {
      const found = await getFrom(core.view(), core.tables, key, core.writer.lastSequence);
      if (!isSame(found, value)) return conflict(key, value === undefined);
    }
    return undefined;
  } finally {
    lease.release();
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareBytes(a, b) === 0;
}

function conflict(key: Uint8Array, expectedNone: boolean): LithifyError {
  const name = new TextDecoder().decode(key);
  const what = expectedNone ? 'is there, and was expected not to be' : 'has not the value that was expected';
  return new LithifyError('LITHIFY_CONFLICT', `Key '${name}' ${what}; nothing was written. Read it again and decide anew.`, {
    details: { key: name },
  });
}

function invalid(message: string, option: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', message, { details: { option } });
}
