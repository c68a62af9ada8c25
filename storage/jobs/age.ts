import { asLithifyError } from '../../protocol/errors.ts';
import { LogTable, type LogTail } from '../log/log-table.ts';
import type { LogPart } from '../log/part.ts';
import { PartWriter } from '../log/part-writer.ts';
import { RecordView } from '../log/record.ts';
import { aborted } from './compact.ts';
import type { AgeJob, AgeResult, JobContext } from './job.ts';

/** Records to index between two looks at what the job is told: about a block's worth of work. */
const INDEX_AT_ONCE = 1024;

/** Writes the ranges' records as one part each, all into one blob; none: no blob. Asked to yield, it goes on. */
export async function runAge(job: AgeJob, context: JobContext): Promise<AgeResult> {
  const writer = new PartWriter({ ...context, blockBytes: job.blockBytes, nextBlobId: () => context.nextBlobId() });
  try {
    const tables = await indexed(job, context);
    const partitions: AgeJob['ranges'][number][] = [];
    for (const range of job.ranges) {
      writer.begin(range);
      for (const table of tables) {
        const tail = table.tail(range.topic, range.partition);
        if (tail !== undefined) await copy(tail, range, writer, context);
      }
      if (writer.endPart({ agedAt: range.at ?? job.at, compacted: false }) === undefined) continue;
      partitions.push(range);
      await pause(context);
    }
    return resultOf(partitions, await writer.close());
  } catch (error) {
    await writer.abort();
    throw asLithifyError(error, 'LITHIFY_BLOB_STORE', 'Records could not be aged; what was written of them was deleted');
  }
}

/** The tables with an index of the partitions that are asked for. */
async function indexed(job: AgeJob, context: JobContext): Promise<LogTable[]> {
  const tables: LogTable[] = [];
  for (const shared of job.tables) {
    const table = LogTable.attach(shared, job.ranges);
    while (!table.advance(INDEX_AT_ONCE)) await pause(context);
    tables.push(table);
  }
  return tables;
}

async function copy(tail: LogTail, { from, to }: AgeJob['ranges'][number], writer: PartWriter, context: JobContext): Promise<void> {
  const view = new RecordView();
  const end = tail.indexOf(to);
  let { blocks, bytes } = writer;
  let reported = tail.indexOf(from);
  for (let index = reported; index < end; index++) {
    const staged = tail.view(index, view);
    const pending = writer.add(view.bytes, view.start, view.end, staged, view);
    if (pending !== undefined) await pending;
    if (writer.blocks === blocks) continue;
    context.control.progress(index - reported, writer.bytes - bytes);
    ({ blocks, bytes } = writer);
    reported = index;
    await pause(context);
  }
  context.control.progress(Math.max(0, end - reported), writer.bytes - bytes);
}

/** Once a block. */
async function pause({ control, turn }: JobContext): Promise<void> {
  if (control.command() === 'abort') throw aborted();
  const pending = turn?.();
  if (pending !== undefined) await pending;
}

function resultOf(partitions: AgeJob['ranges'], parts: readonly LogPart[]): AgeResult {
  return {
    parts: partitions.map(({ topic, partition }, index) => ({ topic, partition, part: parts[index] })),
    records: parts.reduce((sum, { records }) => sum + records, 0),
    bytesWritten: parts[0]?.blob.bytes ?? 0,
  };
}
