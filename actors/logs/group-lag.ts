import { LithifyError } from '../../protocol/errors.ts';
import type { Offset, PartitionOffsets } from '../../protocol/log.ts';

/**
 * How many records a group has still to read, counted by offsets from behind what it committed to the end. An upper bound:
 * offsets whose records were compacted away count until the group is behind them, but not those below the first record.
 */
export function lagOf(committed: Offset | undefined, { beginning, end }: Pick<PartitionOffsets, 'beginning' | 'end'>): number {
  if (beginning === undefined || end === undefined) return 0;
  return Math.max(0, end - Math.max(committed ?? -1, beginning - 1));
}

/**
 * "Everything up to and including this offset is consumed." Going back is allowed: it is how a group reads again. What was
 * never given to any record is refused, since the records that get it later would be skipped.
 */
export function checkCommit(offset: Offset, { next }: Pick<PartitionOffsets, 'next'>): Offset {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset < next) return offset;
  const wanted = next === 0 ? 'absent: there has been no record yet' : `a whole number from 0 to ${next - 1}, the last record's`;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `The committed offset is ${String(offset)}; it must be ${wanted}.`, {
    details: { option: 'offset', next },
  });
}
