import { asLithifyError } from '../../protocol/errors.ts';
import type { LogPart } from '../log/part.ts';
import { type PartCursor, partCursor } from '../log/part-cursor.ts';
import { PartReader } from '../log/part-reader.ts';
import { type FlatState, flatReducer, type Reducer } from '../log/strategies/flat-reducers.ts';
import { GuardedStrategy } from '../log/strategies/guarded-strategy.ts';
import { KeyBased } from '../log/strategies/key-based.ts';
import { loadStrategy } from '../log/strategies/load-strategy.ts';
import { ParkedStates } from '../log/strategies/parked-states.ts';
import { RecordReader } from '../log/strategies/record-reader.ts';
import { RecordReducer } from '../log/strategies/record-reducer.ts';
import { StrategyCalls } from '../log/strategies/strategy-calls.ts';
import { strategyError } from '../log/strategies/strategy-error.ts';
import type { Strategy } from '../log/strategy.ts';
import { BlockSource } from '../sst/block-source.ts';
import { aborted } from './compact.ts';
import type { AnalyzeJob, AnalyzeResult, JobContext } from './job.ts';

const parked = new ParkedStates();

/**
 * Feeds a pass's records to its strategy, in offset order, each once. LITHIFY_STRATEGY: the strategy failed;
 * LITHIFY_CORRUPTION; LITHIFY_ABORTED. Of what it yields, flat state travels; a state of the user's waits here, and where
 * it is gone the analysis begins again, and then goes through, so that two threads cannot keep it from ending.
 */
export async function runAnalyze(job: AnalyzeJob, context: JobContext): Promise<AnalyzeResult> {
  const source = new BlockSource({ blobs: context.blobs, checksum: context.checksum });
  try {
    const { reducer, yields } = await begun(job, source, context);
    const cursor = partCursor(job.parts, reducer.next, new PartReader(source));
    const isDone = await reduceAll(cursor, reducer, yields, job, context);
    const counts = { records: reducer.records, bytesRead: source.bytesRead };
    const overflow = reducer.overflowAt === undefined ? {} : { overflowAt: reducer.overflowAt };
    if (isDone) return { map: await reducer.collect(context.turn), ...overflow, ...counts };
    const state = reducer.share();
    if (reducer instanceof RecordReducer) parked.park(context.blobs, job.pass, reducer.halfWay());
    return { ...counts, resume: { next: reducer.next, ...overflow, ...(state !== undefined && { state }) } };
  } catch (error) {
    throw asLithifyError(error, 'LITHIFY_INTERNAL', `The records of topic ${JSON.stringify(job.topic)} could not be analyzed`);
  }
}

/** Can it stop half-way? Not if it began again because its state was gone. */
interface Begun {
  readonly reducer: Reducer;
  readonly yields: boolean;
}

async function begun(job: AnalyzeJob, source: BlockSource, context: JobContext): Promise<Begun> {
  const loaded = await loadStrategy(job.strategy, job, StrategyCalls.attach(job.calls));
  const flat = loaded.kind === 'object' && loaded.strategy instanceof KeyBased ? loaded.strategy.analysis : undefined;
  const spec = flat ?? loaded;
  if (spec.kind === 'object') return recordReducer(spec.strategy, job, source, context);
  const { resume } = job;
  // Whoever hands a job its progress got it from this job: it is the state of this strategy.
  const state = resume?.state as FlatState | undefined;
  const records = recordsFrom(job.parts, job.from);
  if (resume !== undefined && state !== undefined) {
    return { reducer: flatReducer(spec, { records, from: job.from, resume: { ...resume, state } }), yields: true };
  }
  return { reducer: flatReducer(spec, { records, from: job.from }), yields: resume === undefined };
}

async function recordReducer(given: Strategy, job: AnalyzeJob, source: BlockSource, { blobs, turn }: JobContext): Promise<Begun> {
  const strategy = new GuardedStrategy(given, job, StrategyCalls.attach(job.calls));
  const waiting = parked.take(blobs, job.pass, job.resume?.next);
  const state = waiting ?? { state: await strategy.init(job.from > 0), next: job.from, overflowAt: undefined };
  const reducer = new RecordReducer(strategy, new RecordReader(job, source, turn), state, turn);
  return { reducer, yields: waiting !== undefined || job.resume === undefined };
}

/** false: it yielded, after a block at least. */
async function reduceAll(cursor: PartCursor, reducer: Reducer, yields: boolean, job: AnalyzeJob, context: JobContext): Promise<boolean> {
  const { control, turn } = context;
  let { records } = reducer;
  let bytes = 0;
  if (control.command() === 'abort') throw aborted();
  while (turn === undefined ? cursor.fillSync() : await cursor.fill()) {
    const pending = reducer.reduceBlock(cursor);
    if (pending !== undefined) await pending;
    checkProgress(reducer, job);
    control.progress(reducer.records - records, cursor.bytesRead - bytes);
    records = reducer.records;
    bytes = cursor.bytesRead;
    const command = control.command();
    if (command === 'abort') throw aborted();
    if (command === 'yield' && yields) return false;
    const pause = turn?.();
    if (pause !== undefined) await pause;
  }
  return true;
}

/** A pass that has no room for the record that it was made for would be followed by the same one, for ever. */
function checkProgress({ overflowAt }: Reducer, job: AnalyzeJob): void {
  if (overflowAt === job.from)
    throw strategyError(job, 'it had no room for the first record of a pass, so that no pass gets any further', { offset: overflowAt });
}

function recordsFrom(parts: readonly LogPart[], from: number): number {
  return parts.reduce((sum, { lastOffset, records }) => (lastOffset < from ? sum : sum + records), 0);
}
