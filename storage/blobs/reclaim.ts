import { LithifyError } from '../../protocol/errors.ts';
import type { Database } from '../database.ts';
import type { DeletedBlob, ReclaimReport } from './blob-store.ts';
import { sealKey } from './keys.ts';
import { planReclaim, type ReclaimStep } from './reclaim-plan.ts';

/** What reclaiming needs of LevelDB. */
interface Compacting {
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>;
  deleteKeys(keys: readonly Uint8Array[]): Promise<void>;
}

const STEP_BYTES = 16 * 1024 * 1024;

/**
 * Deleting frees nothing until LevelDB has merged the tombstones with what they hide, so it is told to, step by step,
 * and then asked what is left. The figures behind this are in docs/decisions/0002-reclaiming-space.md.
 * Rejects with LITHIFY_INTERNAL, before doing anything, when one of the blobs is still there.
 */
export async function reclaimSpace(
  database: Database,
  blobs: readonly DeletedBlob[],
  shouldStop: () => boolean,
  deleteKeys: Compacting['deleteKeys'],
): Promise<ReclaimReport> {
  await refuseLive(database, blobs);
  const { compactRange, approximateSize } = database;
  if (compactRange === undefined || approximateSize === undefined) return { done: blobs.map(({ id }) => id), stopped: false };
  const reclaiming = new Reclaiming(
    {
      compactRange: (start, end) => compactRange.call(database, start, end),
      approximateSize: (start, end) => approximateSize.call(database, start, end),
      deleteKeys,
    },
    shouldStop,
  );
  const steps = planReclaim(blobs, STEP_BYTES);
  await reclaiming.run(steps);
  const undone = new Set(steps.filter((step) => !reclaiming.done.has(step)).flatMap(({ blobIds }) => blobIds));
  return { done: blobs.map(({ id }) => id).filter((id) => !undone.has(id)), stopped: reclaiming.stopped };
}

/** Freeing stranded bytes deletes keys of these blobs again: of a live one that would be its first block and its seal. */
async function refuseLive(database: Database, blobs: readonly DeletedBlob[]): Promise<void> {
  for (const { id } of blobs) {
    if ((await database.get(sealKey(id))) === undefined) continue;
    throw new LithifyError('LITHIFY_INTERNAL', `Blob ${id} is not deleted, so its space cannot be given back.`, {
      details: { blobIds: [id] },
    });
  }
}

class Reclaiming {
  readonly done = new Set<ReclaimStep>();
  stopped = false;
  readonly #database: Compacting;
  readonly #shouldStop: () => boolean;

  constructor(database: Compacting, shouldStop: () => boolean) {
    this.#database = database;
    this.#shouldStop = shouldStop;
  }

  async run(steps: readonly ReclaimStep[]): Promise<void> {
    const stranded: ReclaimStep[] = [];
    for (const [at, step] of steps.entries()) {
      if (this.#stop()) return;
      // The first one flushes LevelDB's write buffer, with all the tombstones, and often clears the others' ranges too.
      if (at === 0 || (await this.#holdsBytes(step))) await this.#database.compactRange(step.start, step.end);
      if (await this.#holdsBytes(step)) stranded.push(step);
      else this.done.add(step);
    }
    if (stranded.length > 0) await this.#free(stranded);
  }

  /**
   * What was deleted before it had left the write buffer is flushed together with its tombstones, often straight to the
   * last level, where LevelDB never looks again. A range is merged when a file above overlaps it, so one is made:
   * deleting both ends of the range again changes nothing but that. Measured sizes are those of whole LevelDB blocks
   * and may name a live neighbour, so this is tried once, and not until nothing is left.
   */
  async #free(stranded: readonly ReclaimStep[]): Promise<void> {
    await this.#database.deleteKeys(stranded.flatMap(({ start, end }) => [start, end]));
    for (const [at, step] of stranded.entries()) {
      if (this.#stop()) return;
      if (at === 0 || (await this.#holdsBytes(step))) await this.#database.compactRange(step.start, step.end);
      this.done.add(step);
    }
  }

  async #holdsBytes(step: ReclaimStep): Promise<boolean> {
    return (await this.#database.approximateSize(step.start, step.end)) > 0;
  }

  #stop(): boolean {
    this.stopped ||= this.#shouldStop();
    return this.stopped;
  }
}
