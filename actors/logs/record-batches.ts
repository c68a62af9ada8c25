import type { LogRecord, Offset } from '../../protocol/log.ts';
import { LogBlockCursor } from '../../storage/log/log-block-cursor.ts';
import type { LogTail } from '../../storage/log/log-table.ts';
import type { StagedValue } from '../../storage/log/part.ts';
import { RecordView, toLogRecord } from '../../storage/log/record.ts';
import type { Block } from '../../storage/sst/block.ts';
import { corruption } from '../../storage/sst/damage.ts';
import type { RecordBatch } from './partition-source.ts';

/** Whose records they are. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** A record whose value has still to be fetched. */
export interface StagedRecord {
  readonly view: RecordView;
  readonly staged: StagedValue;
}

/** What one read takes of memory: enough that a batch's own cost does not count, and little to hold. */
const MEMORY_RECORDS = 256;
const MEMORY_BYTES = 64 * 1024;
/** Decoding so much holds the thread for about two milliseconds. */
const RECORDS_PER_TURN = 2_000;
const BYTES_PER_TURN = 1024 * 1024;

/**
 * The block's records from an offset on, `last` being its last one. A staged value is a batch of its own: a block can
 * refer to more of them than memory can hold.
 */
export async function batchOfBlock(
  block: Block,
  { from, last }: { readonly from: Offset; readonly last: Offset },
  { topic, partition }: PartitionName,
  turn: () => Promise<void>,
): Promise<RecordBatch | StagedRecord> {
  const cursor = new LogBlockCursor();
  const view = new RecordView();
  const records: LogRecord[] = [];
  let left = RECORDS_PER_TURN;
  let turnAt = block.start + BYTES_PER_TURN;
  cursor.open(block);
  while (cursor.next(view)) {
    if (--left === 0 || view.end > turnAt) {
      await turn();
      left = RECORDS_PER_TURN;
      turnAt = view.end + BYTES_PER_TURN;
    }
    if (view.offset < from) continue;
    const { staged } = cursor;
    if (staged === undefined) records.push(toLogRecord(view, topic, partition));
    else return records.length > 0 ? batchOf(records) : { view, staged };
  }
  if (cursor.offset !== last) throw corruption(block.blobId, block.number, 'last offset', { expected: last, found: cursor.offset });
  return batchOf(records);
}

/** A stretch of memory's records from an index on, those below `next`; undefined: that one is not below it. */
export function batchOfTail(
  tail: LogTail,
  first: number,
  next: Offset,
  { topic, partition }: PartitionName,
): RecordBatch | StagedRecord | undefined {
  const view = new RecordView();
  const records: LogRecord[] = [];
  const end = Math.min(tail.records, first + MEMORY_RECORDS);
  let bytes = 0;
  for (let index = first; index < end && bytes < MEMORY_BYTES; index++) {
    const staged = tail.view(index, view);
    if (view.offset >= next) break;
    if (staged !== undefined && records.length === 0) return { view, staged };
    if (staged !== undefined) break;
    records.push(toLogRecord(view, topic, partition));
    bytes += view.end - view.start;
  }
  return records.length > 0 ? batchOf(records) : undefined;
}

/** At least one, ascending. */
export function batchOf(records: readonly LogRecord[]): RecordBatch {
  return { records, next: records[records.length - 1].offset + 1 };
}
