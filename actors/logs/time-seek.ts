import type { Offset } from '../../protocol/log.ts';
import { LogBlockCursor } from '../../storage/log/log-block-cursor.ts';
import type { LogTail } from '../../storage/log/log-table.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { blockForTime } from '../../storage/log/part-index.ts';
import type { PartReader } from '../../storage/log/part-reader.ts';
import { RecordView } from '../../storage/log/record.ts';
import { corruption } from '../../storage/sst/damage.ts';

/** Looking at the time of so many records holds the thread for about two milliseconds. */
const LOOKS_PER_TURN = 20_000;

/** The first part with records from this offset on, one of them at or after this time, ms since 1970. */
export function partForTime(parts: readonly LogPart[], from: Offset, ms: number): LogPart | undefined {
  return parts.find(({ lastOffset, maxTimestamp }) => lastOffset >= from && maxTimestamp !== undefined && maxTimestamp >= ms);
}

/** The first record of a part, which says that it has one, at or after this time: by the index and one log block. */
export async function timeInPart(part: LogPart, ms: number, blocks: PartReader): Promise<Offset> {
  const index = await blocks.loadIndex(part);
  const block = await blocks.loadBlock(part, blockForTime(index, ms));
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  cursor.open(block);
  while (cursor.next(view)) if (view.timestamp >= ms) return view.offset;
  throw corruption(block.blobId, block.number, 'no record is as late as the index says', { expected: ms });
}

/** Memory has no index by time. `next`: where to look on after a turn; neither: there is none. */
export function timeInTails(
  tails: readonly LogTail[],
  { from, next }: { readonly from: Offset; readonly next: Offset },
  ms: number,
): { readonly found?: Offset; readonly next?: Offset } {
  const view = new RecordView();
  let left = LOOKS_PER_TURN;
  for (const tail of tails) {
    for (let index = tail.indexOf(from); index < tail.records; index++) {
      tail.view(index, view);
      if (view.offset >= next) return {};
      if (left-- === 0) return { next: view.offset };
      if (view.timestamp >= ms) return { found: view.offset };
    }
  }
  return {};
}
