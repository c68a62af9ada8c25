import type { Outcome } from '../../machines/mailbox/ticket.ts';
import type { MessageRange } from '../../protocol/messages.ts';
import { bytesOfKey } from '../../protocol/validate.ts';
import type { KeyRange } from '../../storage/entry.ts';
import type { Order } from '../../storage/tablet/contract.ts';
import { NOTHING_COMPACTED, type TicketContext } from './context.ts';

const NOTHING: Outcome = { type: 'done', report: { type: 'MajorCompaction', slices: 0, ...NOTHING_COMPACTED } };

/** The most urgent background work, if there is any. */
export async function planBackground(context: TicketContext): Promise<Outcome> {
  const { order } = context.tablet.planNext();
  return order === undefined ? NOTHING : start(context, order);
}

/** A major over a range; waits, off the compactor, until the orders that hold what it needs have ended. */
export async function planMajor(context: TicketContext, range: MessageRange | undefined): Promise<Outcome> {
  const plan = context.tablet.planMajor(range && keyRange(range));
  if (plan.kind === 'nothing') return NOTHING;
  if (plan.kind === 'wait') return { type: 'again', afterOrder: context.tablet.orderHolding(plan.blockedBy) };
  return start(context, plan.order);
}

/** Opens the order and cuts it; a move has nothing to merge and is committed at once. */
async function start({ tablet }: TicketContext, order: Order): Promise<Outcome> {
  const { orderId, slices } = await tablet.open(order);
  if (slices.length > 0) return { type: 'split', orderId, slices };
  return { type: 'done', report: await tablet.commitOrder(orderId) };
}

/** One slice of an open order; the last one commits what is left of it, in one batch with the inputs from above. */
export async function runSlice({ tablet, job: run }: TicketContext, orderId: number): Promise<Outcome> {
  const { slice, job, reason } = tablet.startSlice(orderId);
  const { more, isComplete } = await tablet.finishSlice(orderId, slice, await run(job, reason));
  if (!isComplete) return { type: 'part', more };
  return { type: 'done', report: await tablet.commitOrder(orderId) };
}

function keyRange({ gte, lt }: MessageRange): KeyRange {
  return { ...(gte !== undefined && { gte: bytesOfKey(gte) }), ...(lt !== undefined && { lt: bytesOfKey(lt) }) };
}
