import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ENTRY_BYTES, KEY_BYTES, VALUE_BYTES } from '../data.ts';
import { bytesOnDisk } from '../measure.ts';
import { type Row, speedOf } from '../row.ts';
import { BATCH, IN_FLIGHT, RUNS, type Sizes } from '../workloads/workload.ts';
import { logRun } from './rocksdb-logs.ts';

const PROGRAM = 'db_bench';
const MiB = 1024 * 1024;

/** Its path; undefined: not installed (Debian has it in rocksdb-tools). */
export async function findDbBench(): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, PROGRAM);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

interface RocksTask {
  readonly workload: string;
  readonly durability: Row['durability'];
  readonly sizes: Sizes;
  readonly directory: string;
}

/** The same workload as db_bench knows it. */
export async function runDbBench(path: string, task: RocksTask): Promise<Row[]> {
  const location = join(task.directory, 'store');
  const log = logRun(task);
  const args = [...COMMON, ...(log?.args ?? argumentsOf(task))];
  const { stdout } = await promisify(execFile)(path, [`--db=${location}`, ...args], { maxBuffer: 64 * MiB });
  const times = timesOf(stdout);
  const diskBytes = await bytesOnDisk(location);
  const measured =
    log === undefined ? rowsOf(task, times) : log.rows.map(({ row, name, bytes }) => ({ row, bytes, ...timeOf(times, name) }));
  return measured.map(({ row, operations, ms, bytes = ENTRY_BYTES }) => {
    const speed = speedOf({ operations, ms }, bytes);
    return { row, durability: task.durability, subject: 'rocksdb', ...speed, diskBytes };
  });
}

const COMMON = [
  ...[`--key_size=${KEY_BYTES}`, `--value_size=${VALUE_BYTES}`, '--compression_ratio=0.5', '--compression_type=snappy'],
  ...['--bloom_bits=10', `--cache_size=${64 * MiB}`, '--histogram=0', '--statistics=0'],
];

function argumentsOf({ workload, durability, sizes: { entries, runEntries } }: RocksTask): string[] {
  const sync = `--sync=${durability === 'fsync' ? 1 : 0}`;
  switch (workload) {
    case 'put':
      // Writers in flight are threads here, and only a sync makes it worth having many.
      return durability === 'fsync'
        ? [
            '--benchmarks=fillrandom',
            sync,
            `--threads=${IN_FLIGHT}`,
            `--num=${entries}`,
            `--writes=${Math.ceil(putCount(entries) / IN_FLIGHT)}`,
          ]
        : ['--benchmarks=fillrandom', sync, `--num=${entries}`];
    case 'batch':
      return ['--benchmarks=fillrandom', sync, `--batch_size=${BATCH}`, `--num=${entries}`];
    case 'reads':
      return ['--benchmarks=filluniquerandom,compact,readrandom,readseq', `--num=${entries}`];
    default:
      return ['--benchmarks=filluniquerandom,compact', `--num=${RUNS * runEntries}`, `--batch_size=${BATCH}`, ...wholeRuns(runEntries)];
  }
}

/** db_bench has no time limit for a synced fill by single puts, so it does fewer. */
function putCount(entries: number): number {
  return Math.min(entries, 20_000);
}

/** One memtable a run and no compaction before it is asked for; then as many threads as lithify has workers. */
function wholeRuns(runEntries: number): string[] {
  const triggers = [
    '--level0_slowdown_writes_trigger=1000',
    '--level0_stop_writes_trigger=1000',
    '--level0_file_num_compaction_trigger=1000',
  ];
  const memtable = `--write_buffer_size=${Math.max(MiB, Math.ceil(runEntries * (ENTRY_BYTES + 40)))}`;
  return [
    '--disable_auto_compactions=1',
    ...triggers,
    memtable,
    '--max_write_buffer_number=4',
    '--subcompactions=2',
    '--max_background_jobs=2',
  ];
}

interface Time {
  readonly ms: number;
  readonly operations: number;
}

/** Of each benchmark, by name. */
function timesOf(output: string): Map<string, Time> {
  const found = new Map<string, Time>();
  for (const [, name, seconds, operations] of output.matchAll(/^(\w+)\s*:.*?([\d.]+) seconds (\d+) operations/gm)) {
    found.set(name, { ms: Number(seconds) * 1000, operations: Number(operations) });
  }
  return found;
}

function timeOf(times: ReadonlyMap<string, Time>, name: string): Time {
  const found = times.get(name);
  if (found === undefined) throw new Error(`db_bench did not say how long '${name}' took.`);
  return found;
}

interface RocksRow extends Time {
  readonly row: string;
  readonly bytes?: number;
}

function rowsOf({ workload, sizes }: RocksTask, times: ReadonlyMap<string, Time>): RocksRow[] {
  if (workload === 'put' || workload === 'batch') return [{ row: workload, ...timeOf(times, 'fillrandom') }];
  if (workload === 'reads') {
    const get = timeOf(times, 'readrandom');
    const scan = timeOf(times, 'readseq');
    return [
      { row: 'get', ...get },
      { row: 'getSync', ...get },
      { row: 'scan', ...scan },
      { row: 'loop', ...scan },
    ];
  }
  const operations = RUNS * sizes.runEntries;
  const compact = timeOf(times, 'compact').ms;
  const load = timeOf(times, 'filluniquerandom').ms;
  return [
    { row: 'compaction', operations, ms: compact },
    { row: 'load + compaction', operations, ms: load + compact },
  ];
}
