import type { Outcome } from '../../machines/mailbox/ticket.ts';
import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { CompactionReport, MemtableNumber } from '../../protocol/messages.ts';
import type { WriteResult } from '../../storage/jobs/job.ts';
import type { LogEdit } from '../../storage/log/catalog.ts';
import { garbageOf } from '../../storage/tablet/order-edit.ts';
import { rangesToAge } from '../logs/ageing.ts';
import type { LiveMemtable } from '../memtables.ts';
import type { Tablet } from '../tablet.ts';
import { NOTHING_COMPACTED, type TicketContext, withResult } from './context.ts';

/** Flushes sealed memtables in sealing order up to the one that was asked for, sealing that one first if it is active. */
export async function runFlush(context: TicketContext, wanted: MemtableNumber | undefined): Promise<Outcome> {
  const { memtables } = context;
  const newest = memtables.active.number;
  const target = wanted ?? newest;
  if (target > newest) throw unknownMemtable(target, newest);
  const done: MemtableNumber[] = [];
  let report: CompactionReport = NOTHING_COMPACTED;
  try {
    for (let next = await nextUpTo(target, context); next !== undefined; next = await nextUpTo(target, context)) {
      report = await flushOne(context, next, report);
      done.push(next.memtable.number);
    }
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_SST', 'Flushing a memtable');
  }
  return { type: 'done', report: { type: 'MinorCompact', memtables: done, ...report } };
}

/** The active memtable is sealed last, when nothing older is left: by then there is room for another. */
async function nextUpTo(target: MemtableNumber, { memtables, writer }: TicketContext): Promise<LiveMemtable | undefined> {
  if (memtables.sealed.length === 0 && memtables.active.number === target) await writer.seal(target);
  const oldest = memtables.sealed[0];
  return oldest !== undefined && oldest.memtable.number <= target ? oldest : undefined;
}

/** Keys become a table, records parts, and what groups have read goes with them: one commit, then the log may forget all of it. */
async function flushOne(context: TicketContext, live: LiveMemtable, report: CompactionReport): Promise<CompactionReport> {
  const { memtables, tablet, writer } = context;
  const { memtable } = live;
  const reason = `memtable ${memtable.number} is sealed`;
  const result = hasPoints(memtable) ? await context.job(tablet.flushJob(memtable), reason) : NO_ENTRIES;
  const log = await agedLog(context, live, reason).catch((error: unknown) => discarded(result, tablet, error));
  const floor = memtables.floorAfterOldest();
  const lastSequence = memtable.entries === 0 ? tablet.state.state.lastSequence : memtable.lastSequence;
  const rangeDeletes = memtable.rangeDeletes.list;
  await tablet.commitFlush(result, { memtable: memtable.number, walFloor: floor, lastSequence, rangeDeletes, ...(log && { log }) });
  writer.flushed(floor);
  tablet.noticeWork();
  return withResult(report, result);
}

/** Range deletes alone are nothing to write: they come into the version. */
function hasPoints({ entries, rangeDeletes }: LiveMemtable['memtable']): boolean {
  return entries > rangeDeletes.size;
}

const NO_ENTRIES: WriteResult = { outputs: [], entriesIn: 0, entriesOut: 0, bytesRead: 0, bytesWritten: 0 };

/** Everything of all topics that is not in parts yet, as parts of one blob: a quiet topic does not pin the log. */
async function agedLog({ tablet, job }: TicketContext, live: LiveMemtable, reason: string): Promise<LogEdit | undefined> {
  const ranges = rangesToAge(tablet.logs, live.log.tails());
  if (ranges.length === 0 && live.groups.size === 0) return undefined;
  const groups = [...live.groups.values()];
  if (ranges.length === 0) return { groups };
  const aged = await job(tablet.ageJob([live.log.shared], ranges), reason);
  const changes = aged.parts.map(({ topic, partition, part }) => ({
    topic,
    partition,
    removed: [],
    added: [part],
    agedTo: part.lastOffset + 1,
  }));
  return { changes, groups };
}

/** The keys' table is written again with the records: nobody will know of this one. What cannot be said now, the next opening sweeps. */
async function discarded({ outputs }: WriteResult, tablet: Tablet, error: unknown): Promise<never> {
  if (outputs.length > 0) await tablet.discardBlobs(outputs.map(garbageOf)).catch(() => undefined);
  throw error;
}

function unknownMemtable(target: number, newest: number): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `There is no memtable ${target} yet; the newest is ${newest}.`, {
    details: { memtable: target, newest },
  });
}
