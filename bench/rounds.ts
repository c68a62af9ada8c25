import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchOptions } from './options.ts';
import type { Row } from './row.ts';
import { runDbBench } from './subjects/rocksdb.ts';
import type { SubjectName } from './subjects/subject.ts';
import type { RoundRow } from './summary.ts';
import type { Task } from './task.ts';
import type { Workload } from './workloads/workload.ts';
import { WORKLOADS } from './workloads/workloads.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

export interface Bench {
  readonly options: BenchOptions;
  /** db_bench's path; undefined: RocksDB is left out. */
  readonly dbBench: string | undefined;
  /** Told before each measurement. */
  readonly onStart: (what: string) => void;
}

/** Everything, round by round. Neighbours in time are what is compared, so within a row the subjects take turns. */
export async function runRounds({ options, dbBench, onStart }: Bench): Promise<RoundRow[]> {
  const rows: RoundRow[] = [];
  const wanted = WORKLOADS.filter((workload) => rowsWanted(workload, options).length > 0);
  for (let round = 1; round <= options.rounds; round++) {
    for (const workload of wanted) {
      for (const durability of workload.durabilities) {
        for (const subject of inTurn(workload, round, dbBench)) {
          onStart(`round ${round} of ${options.rounds}: ${workload.name}${durability === 'none' ? '' : ` (${durability})`}, ${subject}`);
          const measured = await runOne({ subject, workload, durability }, options, dbBench);
          for (const row of measured) rows.push({ ...row, round });
        }
      }
    }
  }
  return rows;
}

/** Every other round backwards: whoever comes second is not always the same. */
function inTurn({ subjects }: Workload, round: number, dbBench: string | undefined): SubjectName[] {
  const present = subjects.filter((subject) => subject !== 'rocksdb' || dbBench !== undefined);
  return round % 2 === 0 ? present.reverse() : present;
}

function rowsWanted({ rows }: Workload, options: BenchOptions): string[] {
  return rows.filter((row) => options.rows.includes(row));
}

interface What {
  readonly subject: SubjectName;
  readonly workload: Workload;
  readonly durability: Row['durability'];
}

async function runOne({ subject, workload, durability }: What, options: BenchOptions, dbBench: string | undefined): Promise<Row[]> {
  const directory = await mkdtemp(join(options.directory, 'lithify-bench-'));
  const task = { workload: workload.name, durability, rows: rowsWanted(workload, options), sizes: options.sizes, directory };
  try {
    if (subject !== 'rocksdb') return await runChild({ ...task, subject });
    const rows = dbBench === undefined ? [] : await runDbBench(dbBench, task);
    return rows.filter(({ row }) => task.rows.includes(row));
  } catch (error) {
    throw new Error(`${workload.name} of ${subject} failed`, { cause: error });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runChild(task: Task): Promise<Row[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, CHILD, JSON.stringify(task)]);
  // Written by our own child, in this very shape.
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
