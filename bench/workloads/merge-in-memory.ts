import { checksum } from '../../platform/checksum.ts';
import { EntryKind } from '../../storage/entry.ts';
import type { JobContext } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import { SharedControl } from '../../storage/jobs/shared-control.ts';
import type { TableMeta } from '../../storage/sst/table.ts';
import { TableWriter } from '../../storage/sst/table-writer.ts';
import { ENTRY_BYTES, encodeKey, keyNumber } from '../data.ts';
import { measure } from '../measure.ts';
import { RamBlobs } from '../ram-blobs.ts';
import { type Context, RUNS } from './workload.ts';

const KiB = 1024;
/** The engine's own. */
const SHAPE = { blockBytes: 32 * KiB, tableBytes: 16 * 1024 * KiB, bloomBitsPerKey: 10 };

export async function mergeInMemory(context: Context): Promise<void> {
  const blobs = new RamBlobs();
  let lastId = 0;
  const job: JobContext = { blobs, checksum, nextBlobId: () => ++lastId, control: SharedControl.create() };
  const runs: TableMeta[][] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await writeRun(run, job, context));
  blobs.keepsNew = false;
  const measured = await measure(async () => {
    const { entriesOut } = await runJob({ kind: 'merge', runs, snapshots: [], dropTombstones: true, shape: SHAPE }, job);
    if (entriesOut !== RUNS * context.sizes.runEntries) throw new Error(`The merge gave ${entriesOut} entries.`);
    return entriesOut;
  });
  context.report('merge alone', measured, ENTRY_BYTES);
}

async function writeRun(run: number, { blobs, nextBlobId }: JobContext, { data, sizes: { runEntries } }: Context): Promise<TableMeta[]> {
  const writer = new TableWriter({ blobs, checksum, shape: SHAPE, nextBlobId });
  const first = run * runEntries;
  const numbers = BigUint64Array.from({ length: runEntries }, (_, i) => keyNumber(first + i)).sort();
  const entry = new Uint8Array(ENTRY_BYTES);
  for (const [i, number] of numbers.entries()) {
    const key = encodeKey(number);
    entry.set(key);
    entry.set(data.value(i), key.length);
    await writer.add(entry, 0, key.length, key.length, ENTRY_BYTES, EntryKind.put, first + i + 1);
  }
  return await writer.finish();
}
