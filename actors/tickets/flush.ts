import type { Outcome } from '../../machines/mailbox/ticket.ts';
import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { CompactionReport, MemtableNumber } from '../../protocol/messages.ts';
import type { LiveMemtable } from '../memtables.ts';
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

async function flushOne(context: TicketContext, live: LiveMemtable, report: CompactionReport): Promise<CompactionReport> {
  const { memtables, tablet, writer } = context;
  const { memtable } = live;
  const result = await context.job(tablet.flushJob(memtable.shared), `memtable ${memtable.number} is sealed`);
  const floor = memtables.floorAfterOldest();
  await tablet.commitFlush(result, { memtable: memtable.number, walFloor: floor, lastSequence: memtable.lastSequence });
  writer.flushed(floor);
  tablet.noticeWork();
  return withResult(report, result);
}

function unknownMemtable(target: number, newest: number): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `There is no memtable ${target} yet; the newest is ${newest}.`, {
    details: { memtable: target, newest },
  });
}
