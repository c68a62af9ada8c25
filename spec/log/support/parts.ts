import fc from 'fast-check';
import type { LogRecord, NewRecord, Offset } from '../../../protocol/log.ts';
import type { AgeJob } from '../../../storage/jobs/job.ts';
import { runJob } from '../../../storage/jobs/run-job.ts';
import { FrameBuilder } from '../../../storage/log/frame-builder.ts';
import { LogTable } from '../../../storage/log/log-table.ts';
import { encodable } from '../../../storage/log/new-record.ts';
import type { LogPart, PartitionId, StagedValue } from '../../../storage/log/part.ts';
import type { PartCursor } from '../../../storage/log/part-cursor.ts';
import { partCursor } from '../../../storage/log/part-cursor.ts';
import { PartReader } from '../../../storage/log/part-reader.ts';
import { RecordView, toLogRecord } from '../../../storage/log/record.ts';
import { Bench } from '../../support/tables.ts';

/** A record as it stands in a partition. */
export interface Stored extends Omit<NewRecord, 'partition'>, PartitionId {
  readonly offset: Offset;
  readonly staged?: StagedValue;
}

/** What can be read of it again. */
export type Found = LogRecord & { readonly staged?: StagedValue };

export const TOPIC = 'the topic';

export function frames(records: readonly Stored[]): Uint8Array {
  const builder = new FrameBuilder();
  for (const record of records) builder.add(record.topic, record.partition, encodable(record), record.offset, record.staged);
  return builder.bytes.slice();
}

export function expected({ partition, offset, staged, ...record }: Stored): Found {
  const { key, value, headers, timestamp } = encodable(record);
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    ...{ topic: TOPIC, partition, offset, key, value: new Uint8Array(value) },
    headers: headers.map((header) => ({ key: text.decode(header.key), value: new Uint8Array(header.value) })),
    ...(timestamp !== undefined && { timestamp }),
    ...(staged && { staged }),
  };
}

export function found(view: RecordView, partition: number, staged: StagedValue | undefined): Found {
  return { ...toLogRecord(view, TOPIC, partition), ...(staged && { staged }) };
}

export function tableOf(records: readonly Stored[]): LogTable {
  const bytes = frames(records);
  const table = LogTable.create(Math.max(1024, bytes.length));
  table.append(bytes, 0, bytes.length);
  return table;
}

/** Stores with parts in memory, and what reads and writes them. */
export class PartBench extends Bench {
  reader(): PartReader {
    return new PartReader(this.source());
  }

  /** The records of one partition as one part, by ageing them. */
  async part(records: readonly Stored[], blockBytes = 120): Promise<LogPart> {
    const { topic, partition } = records[0];
    const parts = await this.age([tableOf(records)], [{ topic, partition, from: 0, to: Number.MAX_SAFE_INTEGER }], { blockBytes });
    return parts[0];
  }

  async age(
    tables: readonly LogTable[],
    ranges: AgeJob['ranges'],
    { blockBytes = 120, at = 1000, inThread = false } = {},
  ): Promise<LogPart[]> {
    const job: AgeJob = { kind: 'age', tables: tables.map(({ shared }) => shared), ranges, blockBytes, at };
    const { parts } = await runJob(job, this.context({ inThread }));
    return parts.map(({ part }) => part);
  }

  /** All records from an offset on. */
  read(parts: readonly LogPart[], from = 0): Found[] {
    const all: Found[] = [];
    const cursor = partCursor(parts, from, this.reader());
    const view = new RecordView();
    while (cursor.fillSync()) take(cursor, view, all);
    return all;
  }

  async readAsync(parts: readonly LogPart[], from = 0): Promise<Found[]> {
    const all: Found[] = [];
    const cursor = partCursor(parts, from, this.reader());
    const view = new RecordView();
    while (await cursor.fill()) take(cursor, view, all);
    return all;
  }

  blocksOf(part: LogPart): Uint8Array[] {
    return this.blobs.visible.get(part.blob.id) ?? [];
  }
}

function take(cursor: PartCursor, view: RecordView, all: Found[]): void {
  while (cursor.next(view)) all.push(found(view, 0, cursor.staged));
}

const staged = fc.record({
  id: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  blocks: fc.integer({ min: 1, max: 1000 }),
  bytes: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

/** Records of one partition: gaps in offsets, clocks that go back, values that end in anything, staged ones now and then. */
export function stored({ topic, partition }: PartitionId, { maxLength = 60, gaps = true } = {}): fc.Arbitrary<Stored[]> {
  const record = fc.record(
    {
      key: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(9).map(BigInt)),
      value: fc.oneof(
        { weight: 5, arbitrary: fc.uint8Array({ maxLength: 30 }) },
        { weight: 1, arbitrary: fc.uint8Array({ minLength: 100, maxLength: 400 }) },
      ),
      headers: fc.array(fc.record({ key: fc.string({ maxLength: 5 }), value: fc.uint8Array({ maxLength: 5 }) }), { maxLength: 2 }),
      timestamp: fc.integer({ min: -50, max: 500 }),
      staged,
      gap: gaps ? fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(300) }) : fc.constant(0),
    },
    { requiredKeys: ['key', 'value', 'gap'] },
  );
  return fc.tuple(fc.nat(300), fc.array(record, { minLength: 1, maxLength })).map(([first, list]) => {
    let next = gaps ? first : 0;
    return list.map(({ gap, ...one }): Stored => {
      const offset = next + gap;
      next = offset + 1;
      // A staged value stands elsewhere, so that the record has none; not every staged one, or most would be.
      const isStaged = one.staged !== undefined && one.key % 3n === 0n;
      const { staged: _, ...rest } = one;
      return { ...rest, topic, partition, offset, ...(isStaged && { value: new Uint8Array(0), staged: one.staged }) };
    });
  });
}
