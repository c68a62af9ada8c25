import type { LogRecord, NewRecord, Offset } from '../../../protocol/log.ts';
import type { AnalyzeJob, AnalyzeResult, JobCommand, JobContext, ResultOf, RewriteJob, RewriteResult } from '../../../storage/jobs/job.ts';
import { runJob } from '../../../storage/jobs/run-job.ts';
import { encodable } from '../../../storage/log/new-record.ts';
import type { LogPart, StagedValue } from '../../../storage/log/part.ts';
import { partCursor } from '../../../storage/log/part-cursor.ts';
import { PartReader } from '../../../storage/log/part-reader.ts';
import { PartWriter } from '../../../storage/log/part-writer.ts';
import { encodedSize, encodeRecord, RecordView, toLogRecord } from '../../../storage/log/record.ts';
import { writeStaged } from '../../../storage/log/staged-values.ts';
import { strategySpecOf } from '../../../storage/log/strategies/strategy-spec.ts';
import { Bench, checksum } from '../../support/tables.ts';

export type GivenRecord = Omit<NewRecord, 'partition'> & { readonly offset: Offset; readonly isStaged?: boolean };

export const TOPIC = 'my-topic';
const TOPIC_ID = 7;
const PARTITION = 3;
/** Two or three records a block. */
export const BLOCK_BYTES = 96;

/** A record that is its offset and little else. */
export function given(key: number | bigint, offset: Offset, more: Partial<GivenRecord> = {}): GivenRecord {
  return { key: BigInt(key), value: `v${offset}`, offset, ...more };
}

/** One a key, from offset 0. */
export function log(keys: readonly (number | bigint)[]): GivenRecord[] {
  return keys.map((key, offset) => given(key, offset));
}

export interface PassOptions {
  readonly inThread?: boolean;
  /** Told at every block; default 'run'. */
  readonly command?: () => JobCommand;
}

/** A topic partition's parts in memory, and both halves of a compaction pass over them. */
export class PassBench extends Bench {
  passes = 0;

  async part(records: readonly GivenRecord[], { blockBytes = BLOCK_BYTES, agedAt = 1000, compacted = false } = {}): Promise<LogPart> {
    const writer = new PartWriter({ blobs: this.blobs, checksum, blockBytes, nextBlobId: () => this.nextId++ });
    writer.begin({ topic: TOPIC_ID, partition: PARTITION });
    const view = new RecordView();
    for (const { isStaged, offset, ...record } of records) {
      const { value, ...rest } = encodable(record);
      const staged = isStaged ? await this.stage(value) : undefined;
      const ready = { ...rest, value: staged === undefined ? value : new Uint8Array(0) };
      const bytes = new Uint8Array(encodedSize(ready, offset));
      view.read(bytes, 0, encodeRecord(bytes, 0, ready, offset));
      await writer.add(bytes, 0, bytes.length, staged, view);
    }
    writer.endPart({ agedAt, compacted });
    const [part] = await writer.close();
    return part;
  }

  stage(value: Uint8Array): Promise<StagedValue> {
    return writeStaged({ blobs: this.blobs, checksum }, this.nextId++, value);
  }

  /** One part for each so many records. */
  async parts(records: readonly GivenRecord[], size = 5, blockBytes = BLOCK_BYTES): Promise<LogPart[]> {
    const parts: LogPart[] = [];
    for (let at = 0; at < records.length; at += size) parts.push(await this.part(records.slice(at, at + size), { blockBytes }));
    return parts;
  }

  /** Every record, with its bytes in hexadecimal. */
  read(parts: readonly LogPart[]): { record: LogRecord; bytes: string; staged: StagedValue | undefined }[] {
    const cursor = partCursor(parts, 0, new PartReader(this.source()));
    const view = new RecordView();
    const found: { record: LogRecord; bytes: string; staged: StagedValue | undefined }[] = [];
    while (cursor.fillSync()) {
      while (cursor.next(view)) {
        const bytes = Buffer.from(view.bytes.slice(view.start, view.end)).toString('hex');
        found.push({ record: toLogRecord(view, TOPIC, PARTITION), bytes, staged: cursor.staged });
      }
    }
    return found;
  }

  offsets(parts: readonly LogPart[]): Offset[] {
    return this.read(parts).map(({ record }) => record.offset);
  }

  runContext({ inThread = true, command }: PassOptions = {}): JobContext {
    return this.context({ inThread, ...(command && { command }) });
  }

  /** In a thread, jobs and results travel as they would; functions cannot. */
  async run<J extends AnalyzeJob | RewriteJob>(job: J, options: PassOptions): Promise<ResultOf<J>> {
    const travels = options.inThread === true && job.strategy?.kind !== 'object';
    const result = await runJob(travels ? structuredClone(job) : job, this.runContext(options));
    return travels ? structuredClone(result) : result;
  }

  async analyze(parts: readonly LogPart[], strategy: unknown, more: Partial<AnalyzeJob> & PassOptions = {}): Promise<AnalyzeResult> {
    const { inThread, command, ...rest } = more;
    const pass = `pass ${this.passes++}`;
    const job: AnalyzeJob = {
      ...{ kind: 'analyze', pass, topic: TOPIC, partition: PARTITION, parts, from: 0 },
      ...{ strategy: strategySpecOf(strategy), ...rest },
    };
    return this.run(job, { inThread: inThread ?? true, ...(command && { command }) });
  }

  async rewrite(parts: readonly LogPart[], more: Partial<RewriteJob> & PassOptions = {}): Promise<RewriteResult> {
    const { inThread, command, ...rest } = more;
    const job: RewriteJob = {
      ...{ kind: 'rewrite', topic: TOPIC, partition: PARTITION, parts, rules: {}, blockBytes: BLOCK_BYTES, partBytes: 1_000_000 },
      ...rest,
    };
    return this.run(job, { inThread: inThread ?? true, ...(command && { command }) });
  }

  /** One pass. */
  async pass(
    parts: readonly LogPart[],
    strategy: unknown,
    more: Partial<RewriteJob> & Pick<Partial<AnalyzeJob>, 'from'> & PassOptions = {},
  ): Promise<RewriteResult & { readonly overflowAt?: Offset }> {
    const { from = 0, ...rest } = more;
    const { map, overflowAt } = await this.analyze(parts, strategy, {
      from,
      ...(rest.inThread !== undefined && { inThread: rest.inThread }),
    });
    if (map === undefined) throw new Error('The analysis yielded.');
    const isOneOfSeveral = from > 0 || overflowAt !== undefined;
    const result = await this.rewrite(parts, { strategy: strategySpecOf(strategy), map, isOneOfSeveral, ...rest });
    return { ...result, ...(overflowAt !== undefined && { overflowAt }) };
  }

  /** As many passes as it takes, as the log compactor does them over a log that nobody writes to. */
  async compact(
    parts: readonly LogPart[],
    strategy: unknown,
    more: Partial<RewriteJob> & PassOptions = {},
  ): Promise<{ parts: readonly LogPart[]; passes: number }> {
    let from: Offset = 0;
    let now = parts;
    for (let passes = 1; ; passes++) {
      const result: RewriteResult & { readonly overflowAt?: Offset } = await this.pass(now, strategy, { ...more, from });
      now = result.parts;
      if (result.overflowAt === undefined) return { parts: now, passes };
      if (result.overflowAt <= from) throw new Error(`A pass from ${from} overflowed at ${result.overflowAt}.`);
      from = result.overflowAt;
    }
  }
}
