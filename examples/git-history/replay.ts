import { type Change, type Commit, readHistory } from './history.ts';

/** Takes changes of one commit. Calls come in the order of the commits, a few before the first has settled. */
export type WriteChanges = (changes: readonly Change[]) => Promise<unknown>;

export interface Replayed {
  readonly commits: number;
  readonly puts: number;
  readonly deletes: number;
}

export interface ReplayOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (commits: number) => void;
  /** Larger commits (an import of a whole tree) go in several batches. Bytes; default 16 KiB. */
  readonly maxBatchBytes?: number;
}

/** Commits on their way at once; the engine syncs several together. */
const IN_FLIGHT = 16;
/** More than an entry costs beside its key and value. An engine refuses a batch of over half a memtable. */
const ENTRY_OVERHEAD = 32;

/** Hands over a repository's history, one commit a batch, in the order of the commits. */
export async function replayHistory(write: WriteChanges, repository: string, options: ReplayOptions = {}): Promise<Replayed> {
  const counts = { commits: 0, puts: 0, deletes: 0 };
  const running: Promise<unknown>[] = [];
  for await (const commit of readHistory(repository)) {
    options.signal?.throwIfAborted();
    for (const batch of batches(commit, options.maxBatchBytes ?? 16 * 1024)) {
      if (running.length >= IN_FLIGHT) await running.shift();
      const written = write(batch);
      written.catch(() => undefined); // looked at when its turn comes
      running.push(written);
    }
    count(counts, commit);
    options.onProgress?.(counts.commits);
  }
  for (const written of running) await written;
  return counts;
}

function* batches({ changes }: Commit, limit: number): Generator<Change[]> {
  let batch: Change[] = [];
  let bytes = 0;
  for (const change of changes) {
    batch.push(change);
    bytes += change.path.length + (change.entry?.length ?? 0) + ENTRY_OVERHEAD;
    if (bytes < limit) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function count(counts: { commits: number; puts: number; deletes: number }, { changes }: Commit): void {
  const deletes = changes.reduce((sum, { entry }) => sum + (entry === null ? 1 : 0), 0);
  counts.commits++;
  counts.deletes += deletes;
  counts.puts += changes.length - deletes;
}
