import type { Offset } from '../../protocol/log.ts';
import { LogBlockCursor } from '../log/log-block-cursor.ts';
import type { LogPart } from '../log/part.ts';
import type { PartReader } from '../log/part-reader.ts';
import { RecordView } from '../log/record.ts';
import { type RecordFilter, Verdict } from '../log/record-filter.ts';
import type { RecordReader } from '../log/strategies/record-reader.ts';
import { aborted } from './compact.ts';
import type { JobContext } from './job.ts';

export interface SizeFloorOptions {
  /** Ascending. */
  readonly parts: readonly LogPart[];
  readonly keepBytes: number;
  readonly filter: RecordFilter;
  readonly reader: PartReader;
  readonly records: RecordReader;
}

/**
 * The offset below which records go so that about `keepBytes` are left of what the filter keeps: counts blocks from the
 * newest until there are so many. Reads about as much as is kept, and nothing when there cannot be too much.
 */
export async function sizeFloor(options: SizeFloorOptions, context: JobContext): Promise<Offset> {
  const parts = options.parts.filter((part) => !options.filter.dropsAll(part));
  let left = options.keepBytes;
  if (parts.reduce((sum, part) => sum + bytesOf(part), 0) <= left) return 0;
  let floor = (parts.at(-1)?.lastOffset ?? -1) + 1;
  for (const part of parts.toReversed()) {
    for (let block = part.blocks - 1; block >= 0; block--) {
      if (left <= 0) return floor;
      const kept = await keptIn(part, block, options, context);
      left -= kept.bytes;
      floor = kept.first;
      await pause(context);
    }
  }
  return 0;
}

function bytesOf({ bytes, staged }: LogPart): number {
  return staged.reduce((sum, value) => sum + value.bytes, bytes);
}

async function keptIn(
  part: LogPart,
  block: number,
  options: SizeFloorOptions,
  context: JobContext,
): Promise<{ first: Offset; bytes: number }> {
  const { filter, reader, records } = options;
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  cursor.open(context.turn === undefined ? reader.loadBlockSync(part, block) : await reader.loadBlock(part, block));
  let first = -1;
  let bytes = 0;
  while (cursor.next(view)) {
    if (first < 0) first = view.offset;
    const { staged } = cursor;
    const verdict = filter.judge(view, staged !== undefined, part.agedAt);
    const final = verdict === Verdict.ask ? filter.answer(await records.of(view, staged), view, part.agedAt) : verdict;
    if (final !== Verdict.drop) bytes += sizeOfFrame(view) + (staged?.bytes ?? 0);
  }
  return { first, bytes };
}

function sizeOfFrame({ start, end }: RecordView): number {
  let size = end - start + 1;
  for (let rest = 2 * (end - start); rest > 127; rest >>>= 7) size++;
  return size;
}

async function pause({ control, turn }: JobContext): Promise<void> {
  if (control.command() === 'abort') throw aborted();
  const pending = turn?.();
  if (pending !== undefined) await pending;
}
