import { asLithifyError } from '../../protocol/errors.ts';
import type { Offset } from '../../protocol/log.ts';
import type { LogPart, PartitionId } from '../log/part.ts';
import { partCursor } from '../log/part-cursor.ts';
import { PartReader } from '../log/part-reader.ts';
import { PartWriter } from '../log/part-writer.ts';
import { RecordFilter } from '../log/record-filter.ts';
import { GuardedStrategy } from '../log/strategies/guarded-strategy.ts';
import { loadStrategy } from '../log/strategies/load-strategy.ts';
import { RecordReader } from '../log/strategies/record-reader.ts';
import { StrategyCalls } from '../log/strategies/strategy-calls.ts';
import { BlockSource } from '../sst/block-source.ts';
import { aborted } from './compact.ts';
import type { JobContext, RewriteJob, RewriteResult } from './job.ts';
import { Halt, Rewriter } from './rewriter.ts';
import { sizeFloor } from './size-floor.ts';

/** In-process, the event loop is asked about every so many records that a function of the user's has seen. */
const ASKED_BETWEEN_TURNS = 16;

/**
 * Copies the records that are kept, as they are, into new parts. A new blob is begun where the next block might not fit.
 * A part is as old as the newest part that its records came from; parts of ages that a rule tells apart are not put
 * together (age-cells.ts). LITHIFY_STRATEGY, LITHIFY_CORRUPTION, LITHIFY_ABORTED, or what the store says; whatever it
 * throws, nothing that this call wrote is left.
 */
export async function runRewrite(job: RewriteJob, context: JobContext): Promise<RewriteResult> {
  const { blobs, checksum } = context;
  const source = new BlockSource({ blobs, checksum });
  const writer = new PartWriter({ blobs, checksum, blockBytes: job.blockBytes, nextBlobId: () => context.nextBlobId() });
  try {
    return await rewritten(job, new PartReader(source), writer, context);
  } catch (error) {
    await writer.abort();
    const what = `Topic ${JSON.stringify(job.topic)} could not be rewritten; what was written of it was deleted`;
    throw asLithifyError(error, 'LITHIFY_BLOB_STORE', what);
  }
}

async function rewritten(job: RewriteJob, reader: PartReader, writer: PartWriter, context: JobContext): Promise<RewriteResult> {
  const { parts, rules, partBytes } = job;
  const partition = await partitionOf(parts, reader, context);
  const filter = await filterOf(job);
  const records = new RecordReader(job, reader.source, context.turn);
  const floor = await floorOf(job, { filter, reader, records }, context);
  filter.floor = floor ?? 0;
  const newest = parts.reduce((latest, { agedAt }) => Math.max(latest, agedAt), Number.NEGATIVE_INFINITY);
  const rewriter = new Rewriter({ writer, filter, records, partition, partBytes, ages: { ...rules, newest } });
  const isDone = await copyAll(job, rewriter, filter, reader, context);
  await rewriter.finish();
  return {
    parts: rewriter.parts,
    recordsIn: rewriter.recordsIn,
    recordsOut: rewriter.recordsOut,
    dropped: rewriter.dropped,
    bytesRead: reader.source.bytesRead,
    bytesWritten: writer.bytesWritten,
    ...(!isDone && { resumeAt: rewriter.next, ...(floor !== undefined && { sizeFloor: floor }) }),
  };
}

/** A job knows its topic by name; the index of each of its parts knows it by number. */
async function partitionOf(parts: readonly LogPart[], reader: PartReader, { turn }: JobContext): Promise<PartitionId> {
  const [first] = parts;
  if (first === undefined) return { topic: 0, partition: 0 };
  return turn === undefined ? reader.loadIndexSync(first) : await reader.loadIndex(first);
}

async function filterOf(job: RewriteJob): Promise<RecordFilter> {
  const { strategy, map, rules } = job;
  const calls = StrategyCalls.attach(job.calls);
  const spec = strategy && (await loadStrategy(strategy, job, calls));
  return new RecordFilter({
    ...rules,
    ...(map !== undefined && { map }),
    isOneOfSeveral: job.isOneOfSeveral === true,
    ...(spec?.kind === 'object' && { strategy: new GuardedStrategy(spec.strategy, job, calls) }),
    emptyIsTombstone: spec !== undefined && spec.kind !== 'object' && spec.emptyIsTombstone === true,
  });
}

interface Tools {
  readonly filter: RecordFilter;
  readonly reader: PartReader;
  readonly records: RecordReader;
}

async function floorOf(
  { parts, rules: { keepBytes }, resume }: RewriteJob,
  tools: Tools,
  context: JobContext,
): Promise<Offset | undefined> {
  if (keepBytes === undefined) return undefined;
  return resume?.sizeFloor ?? (await sizeFloor({ parts, keepBytes, ...tools }, context));
}

/** false: it yielded, after a block at least. */
async function copyAll(
  job: RewriteJob,
  rewriter: Rewriter,
  filter: RecordFilter,
  reader: PartReader,
  context: JobContext,
): Promise<boolean> {
  const next = job.resume?.next ?? 0;
  if (context.control.command() === 'abort') throw aborted();
  for (const part of job.parts) {
    if (part.lastOffset < next) continue;
    if (part.firstOffset >= next && filter.dropsAll(part)) rewriter.skip(part);
    else if (!(await copyPart(part, next, rewriter, reader, context))) return false;
  }
  return true;
}

async function copyPart(part: LogPart, next: Offset, rewriter: Rewriter, reader: PartReader, context: JobContext): Promise<boolean> {
  const { control, turn } = context;
  const cursor = partCursor([part], next, reader);
  rewriter.enter(part, cursor);
  let bytes = 0;
  while (turn === undefined ? cursor.fillSync() : await cursor.fill()) {
    const before = rewriter.recordsIn;
    if (rewriter.isFullFor(cursor.bytesRead - bytes)) await rewriter.finish();
    await copyBlock(rewriter, context);
    control.progress(rewriter.recordsIn - before, cursor.bytesRead - bytes);
    bytes = cursor.bytesRead;
    const command = control.command();
    if (command === 'abort') throw aborted();
    if (command === 'yield') return false;
    const pause = turn?.();
    if (pause !== undefined) await pause;
  }
  return true;
}

async function copyBlock(rewriter: Rewriter, { turn }: JobContext): Promise<void> {
  let asked = 0;
  for (let halt = rewriter.run(); halt !== Halt.block; halt = rewriter.run()) {
    if (halt === Halt.wait) await rewriter.pending;
    else {
      await rewriter.answer();
      const pause = ++asked % ASKED_BETWEEN_TURNS === 0 ? turn?.() : undefined;
      if (pause !== undefined) await pause;
    }
  }
}
