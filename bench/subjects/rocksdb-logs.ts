import { LARGE_VALUE, LOG_KEY_BYTES, READ_ON } from '../workloads/logs/records.ts';
import { BATCH, IN_FLIGHT, type Sizes } from '../workloads/workload.ts';
import type { Durability } from './subject.ts';

/** What a row of the report is called in db_bench's output, and the keys and values that one operation moves. */
export interface DbBenchRow {
  readonly row: string;
  readonly name: string;
  readonly bytes: number;
}

export interface DbBenchRun {
  readonly args: readonly string[];
  readonly rows: readonly DbBenchRow[];
}

interface LogTask {
  readonly workload: string;
  readonly durability: Durability | 'none';
  readonly sizes: Sizes;
}

/** It has no time limit for a synced fill by single puts, so it does fewer. */
const SINGLE_RECORDS = 20_000;

/** A log as RocksDB could have one: ascending keys of eight bytes. undefined: not a workload of logs. */
export function logRun({ workload, durability, sizes }: LogTask): DbBenchRun | undefined {
  const [, kind, bytes] = /^(produce|produceMany) (\d+)$/.exec(workload) ?? [];
  if (workload === 'consume') return consumeRun(sizes);
  if (kind === undefined) return undefined;
  const args = ['--benchmarks=fillseq', `--sync=${durability === 'fsync' ? 1 : 0}`, ...shape(Number(bytes), sizes.entries)];
  const rows = [{ row: workload, name: 'fillseq', bytes: LOG_KEY_BYTES + Number(bytes) }];
  return { args: [...args, ...(kind === 'produce' ? singly(sizes) : [`--batch_size=${BATCH}`])], rows };
}

/** Writers in flight are threads; each of them has an ascending sequence of its own, and all the same one. */
function singly({ entries }: Sizes): string[] {
  return [`--threads=${IN_FLIGHT}`, `--writes=${Math.ceil(Math.min(entries, SINGLE_RECORDS) / IN_FLIGHT)}`];
}

function consumeRun({ entries, limitMs }: Sizes): DbBenchRun {
  const bytes = LOG_KEY_BYTES + LARGE_VALUE;
  const seeks = [`--seek_nexts=${READ_ON - 1}`, `--duration=${Math.ceil(limitMs / 1000)}`];
  return {
    args: ['--benchmarks=fillseq,compact,readseq,seekrandom', ...shape(LARGE_VALUE, entries), `--batch_size=${BATCH}`, ...seeks],
    rows: [
      { row: 'consume', name: 'readseq', bytes },
      { row: 'consume loop', name: 'readseq', bytes },
      { row: 'seek offset', name: 'seekrandom', bytes: READ_ON * bytes },
      { row: 'seek time', name: 'seekrandom', bytes: READ_ON * bytes },
    ],
  };
}

function shape(valueBytes: number, entries: number): string[] {
  return [`--key_size=${LOG_KEY_BYTES}`, `--value_size=${valueBytes}`, `--num=${entries}`];
}
