import type { OrderInfo } from '../../../protocol/shape.ts';
import type { Reason } from '../../../protocol/why.ts';
import { reason } from './explanation.ts';
import { bytesText, countText, withoutCapital, withoutStop } from './words.ts';

/** A compaction under way. Pure. */
export function orderRuns(order: OrderInfo): Reason {
  const { id, kind, reason: why, inputs, target, bytes, slices, done } = order;
  const how = slices === 0 ? 'is being committed' : `has done ${done} of ${countText(slices, 'slice')}`;
  const sentence = `Order ${id} (${kind}) compacts ${countText(inputs.length, 'table')}, ${bytesText(bytes)}, into level ${target} and ${how}: ${withoutCapital(withoutStop(why))}`;
  return reason('order-running', sentence, { order: id, kind, why, target, bytes, slices, done });
}
