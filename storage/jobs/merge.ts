import { LithifyError } from '../../protocol/errors.ts';
import { compareBytes, type KeyRange } from '../entry.ts';
import { commonPrefix, mergeCursors } from '../merge/merge-cursor.ts';
import { isGone } from '../range-deletes/coverage.ts';
import { BlockSource, footerOf } from '../sst/block-source.ts';
import type { Region } from '../sst/block-writer.ts';
import { type BlockArena, runCursor } from '../sst/run-cursor.ts';
import type { TableMeta } from '../sst/table.ts';
import { compact, retainedBy } from './compact.ts';
import type { JobContext, MergeJob, WriteResult } from './job.ts';

/**
 * Tables in which everything is deleted are not read. LITHIFY_READER_UNAVAILABLE names every input whose footer could not be read; LITHIFY_CORRUPTION: a block is not what
 * was written; LITHIFY_ABORTED. Whatever it throws, nothing that it wrote is left.
 */
export async function runMerge(job: MergeJob, context: JobContext): Promise<WriteResult> {
  const retained = retainedBy(job);
  const { snapshots, rangeDeletes } = retained;
  const isWanted = (table: TableMeta) => overlaps(table, job) && !isGone(table, rangeDeletes, snapshots);
  const runs = job.runs.map((run) => run.filter(isWanted)).filter((run) => run.length > 0);
  const source = new BlockSource({ blobs: context.blobs, checksum: context.checksum });
  await pinFooters(runs.flat(), source, context);
  const { region, arenas } = shareMemory(runs.length, job.shape.blockBytes);
  const cursors = runs.map((run, index) => runCursor(run, { source, ...rangeOf(job), ...(arenas && { arena: arenas[index] }) }));
  const cursor = mergeCursors(cursors, { skip: skipOf(runs.flat(), job) });
  const { dropTombstones, shape } = job;
  const result = await compact({ cursor, ...retained, dropTombstones, shape, yields: true, ...(region && { region }) }, context);
  return { ...result, bytesRead: source.bytesRead };
}

/** Above this, blocks stay where they were read to and copying is a little slower. Bytes. */
const ARENA_LIMIT = 32 * 1024 * 1024;

/**
 * One array for all input blocks and the output block: entries are then copied by `copyWithin`, which costs half of
 * `set` with a subarray, and every access sees the same array.
 */
function shareMemory(runs: number, blockBytes: number): { region?: Region; arenas?: readonly BlockArena[] } {
  const total = (2 * runs + 1) * blockBytes;
  if (total > ARENA_LIMIT) return {};
  const bytes = new Uint8Array(total);
  const arenas = Array.from({ length: runs }, (_, run) => ({ bytes, base: 2 * run * blockBytes, size: blockBytes }));
  return { arenas, region: { bytes, base: 2 * runs * blockBytes, size: blockBytes } };
}

/** Reads all footers, also after one could not be read, so that the error names every blob that is missing. */
async function pinFooters(tables: readonly TableMeta[], source: BlockSource, context: JobContext): Promise<void> {
  const failed: { id: number; error: unknown }[] = [];
  for (const table of tables) {
    const place = footerOf(table);
    try {
      source.pin(context.turn === undefined ? source.loadSync(place) : await source.load(place));
    } catch (error) {
      failed.push({ id: table.id, error });
    }
  }
  if (failed.length === 0) return;
  const cause = failed[0].error;
  if (failed.every(({ error }) => isCorruption(error))) throw cause;
  const blobIds = failed.map(({ id }) => id);
  throw new LithifyError(
    'LITHIFY_READER_UNAVAILABLE',
    `Cannot read blob${blobIds.length > 1 ? 's' : ''} ${blobIds.join(', ')}. Verify the store; restore or repair it.`,
    {
      cause,
      details: { blobIds },
    },
  );
}

function isCorruption(error: unknown): boolean {
  return error instanceof LithifyError && error.code === 'LITHIFY_CORRUPTION';
}

function overlaps(table: TableMeta, { gte, lt }: KeyRange): boolean {
  return (gte === undefined || compareBytes(table.maxKey, gte) >= 0) && (lt === undefined || compareBytes(table.minKey, lt) < 0);
}

function rangeOf({ gte, lt }: KeyRange): KeyRange {
  return { ...(gte && { gte }), ...(lt && { lt }) };
}

/** Bytes that all keys of the merge have in common. */
function skipOf(tables: readonly TableMeta[], { gte, lt }: KeyRange): number {
  if (tables.length === 0) return 0;
  let low = tables.map((table) => table.minKey).reduce((a, b) => (compareBytes(a, b) <= 0 ? a : b));
  let high = tables.map((table) => table.maxKey).reduce((a, b) => (compareBytes(a, b) >= 0 ? a : b));
  if (gte !== undefined && compareBytes(gte, low) > 0) low = gte;
  if (lt !== undefined && compareBytes(lt, high) < 0) high = lt;
  return commonPrefix(low, high);
}
