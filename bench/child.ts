import { join } from 'node:path';
import { Data } from './data.ts';
import type { Figure } from './figure.ts';
import { bytesOnDisk, type Measured, peakRss } from './measure.ts';
import { effortOf, type Row, speedOf } from './row.ts';
import { openLog, openStore } from './subjects/libraries.ts';
import type { Task } from './task.ts';
import { WORKLOADS } from './workloads/workloads.ts';

/** One workload for one subject, in a process of its own, so that nobody's heap and threads disturb the next. */
const CACHE_BYTES = 64 * 1024 * 1024;

async function run({ workload, subject, durability, rows, sizes, directory }: Task): Promise<Row[]> {
  const found = WORKLOADS.find(({ name }) => name === workload);
  if (found === undefined) throw new Error(`No workload is called ${workload}.`);
  const measured: { row: string; measured: Measured; bytes: number; figures: readonly Figure[] }[] = [];
  const location = join(directory, 'store');
  const options = { durability: durability === 'none' ? 'os' : durability, cacheBytes: CACHE_BYTES } as const;
  await found.run({
    sizes,
    data: new Data(),
    wants: (row) => rows.includes(row),
    open: (more) => openStore(subject, location, { ...options, ...more }),
    openLog: () => openLog(subject, location, options),
    openEngine: async () => (await import('../index.ts')).open(location, options),
    location,
    report: (row, measurement, bytes, figures = []) => measured.push({ row, measured: measurement, bytes, figures }),
  });
  const ending = { peakRssBytes: peakRss(), diskBytes: await bytesOnDisk(location) };
  return measured
    .filter(({ row }) => rows.includes(row))
    .map(({ row, measured: measurement, bytes, figures }) => ({
      row,
      durability,
      subject,
      ...speedOf(measurement, bytes),
      ...effortOf(measurement),
      ...ending,
      figures,
    }));
}

// From our own parent, in this very shape.
const task = JSON.parse(process.argv[2] ?? '{}') as Task;
for (const row of await run(task)) process.stdout.write(`${JSON.stringify(row)}\n`);
