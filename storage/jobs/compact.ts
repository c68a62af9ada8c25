import { asLithifyError, LithifyError } from '../../protocol/errors.ts';
import type { Cursor } from '../merge/cursor.ts';
import { Retention } from '../merge/retention.ts';
import { clearedTo, heldBetween } from '../range-deletes/coverage.ts';
import { RangeDeletes } from '../range-deletes/range-deletes.ts';
import type { Region } from '../sst/block-writer.ts';
import type { TableMeta, TableShape } from '../sst/table.ts';
import { TableWriter } from '../sst/table-writer.ts';
import type { FlushJob, JobCommand, JobContext, MergeJob, WriteResult } from './job.ts';
import { Pump, Stop } from './pump.ts';

export interface Compaction {
  readonly cursor: Cursor;
  readonly snapshots: readonly number[];
  readonly rangeDeletes: RangeDeletes;
  /** See MergeJob. */
  readonly appliedTo?: number;
  readonly dropTombstones: boolean;
  readonly shape: TableShape;
  /** Can it stop half-way when it is asked to? */
  readonly yields: boolean;
  readonly region?: Region;
}

/** What of a job says which versions stay. */
export function retainedBy({ snapshots, rangeDeletes = [], appliedTo }: FlushJob | MergeJob) {
  return { snapshots, rangeDeletes: RangeDeletes.of(rangeDeletes), ...(appliedTo !== undefined && { appliedTo }) };
}

/**
 * Writes what is worth keeping of a cursor's entries as tables: what flush and merge have in common. On any error the
 * tables that it wrote are deleted and the error is thrown with a code.
 */
export async function compact(compaction: Compaction, context: JobContext): Promise<Omit<WriteResult, 'bytesRead'>> {
  const { cursor, snapshots, dropTombstones, shape, region } = compaction;
  const { blobs, checksum } = context;
  const writer = new TableWriter({ blobs, checksum, shape, nextBlobId: () => context.nextBlobId(), ...(region && { region }) });
  const retention = new Retention(snapshots, dropTombstones, compaction.rangeDeletes);
  const pump = new Pump(cursor, retention, writer, shape.blockBytes);
  try {
    await drive(pump, compaction, context);
    const outputs = (await writer.finish()).map((table) => described(table, compaction));
    return {
      outputs,
      entriesIn: pump.entries,
      entriesOut: outputs.reduce((sum, table) => sum + table.entries, 0),
      bytesWritten: outputs.reduce((sum, table) => sum + table.bytes, 0),
      ...(pump.resumeAt && { resumeAt: pump.resumeAt }),
    };
  } catch (error) {
    await writer.abort();
    throw asLithifyError(error, 'LITHIFY_SST', 'The compaction failed and its outputs were deleted');
  }
}

/** With what the planner wants to know of how it was written. */
function described(table: TableMeta, { appliedTo, snapshots }: Compaction): TableMeta {
  return {
    ...table,
    ...(table.shadowed !== undefined && { heldBetween: heldBetween(table, snapshots) }),
    ...(appliedTo !== undefined && { clearedTo: clearedTo(table.minSeq, appliedTo, snapshots) }),
  };
}

async function drive(pump: Pump, { cursor, yields }: Compaction, context: JobContext): Promise<void> {
  const report = progressOf(pump, context);
  if (told(context) === 'yield' && yields) pump.yielding = true;
  for (;;) {
    const stop = pump.run();
    if (stop === Stop.wait) await pump.pending;
    else if (stop === Stop.block && context.turn === undefined) cursor.fillSync();
    else if (stop === Stop.block) await cursor.fill();
    else {
      report();
      if (stop !== Stop.turn) return;
      if (told(context) === 'yield' && yields) pump.yielding = true;
      const turn = context.turn?.();
      if (turn !== undefined) await turn;
    }
  }
}

function told(context: JobContext): JobCommand {
  const command = context.control.command();
  if (command === 'abort') throw aborted();
  return command;
}

export function aborted(): LithifyError {
  return new LithifyError('LITHIFY_ABORTED', 'The job was aborted; what it had written was deleted.');
}

function progressOf(pump: Pump, context: JobContext): () => void {
  let entries = 0;
  let bytes = 0;
  return () => {
    context.control.progress(pump.entries - entries, pump.bytes - bytes);
    entries = pump.entries;
    bytes = pump.bytes;
  };
}
