import type { Runtime } from '../../protocol/runtime.ts';
import { blockKey, sealKey } from '../../storage/blobs/keys.ts';
import { encodeSeal } from '../../storage/blobs/seal.ts';
import { readAgain } from '../core.ts';
import type { Store } from '../store.ts';
import type { Batches } from './batches.ts';
import { bytesOf, checkBlock, checkLength, type NeededBlob } from './blobs-of.ts';
import type { CheckpointProgress } from './options.ts';

interface CopyContext {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly batches: Batches;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CheckpointProgress) => void;
}

/** What reads from memory would otherwise never let the event loop turn. */
const TURN_EVERY_MS = 2;
const PROGRESS_BYTES = 1024 * 1024;

/** Block by block, each checked; the keys ascend, so LevelDB writes each file once. They keep their ids: checksums bind them. */
export async function copyBlobs(blobs: readonly NeededBlob[], context: CopyContext): Promise<void> {
  const copying = new Copying(context, blobs);
  for (const blob of blobs) await copying.copy(blob);
  await context.batches.finish();
  copying.report();
}

class Copying {
  readonly #context: CopyContext;
  readonly #totals: Pick<CheckpointProgress, 'totalBlobs' | 'totalBytes'>;
  #blobs = 0;
  #bytes = 0;
  #reportedBytes = 0;
  #lastTurn: number;

  constructor(context: CopyContext, blobs: readonly NeededBlob[]) {
    this.#context = context;
    this.#totals = { totalBlobs: blobs.length, totalBytes: bytesOf(blobs) };
    this.#lastTurn = context.runtime.clock.now();
  }

  async copy(blob: NeededBlob): Promise<void> {
    const { id, blocks } = blob;
    const { batches, runtime } = this.#context;
    const before = this.#bytes;
    for (let number = 0; number < blocks; number++) {
      const value = await this.#read(blob, number);
      this.#bytes += value.length;
      await batches.add({ key: blockKey(id, number), value });
      await this.#turn();
    }
    const bytes = this.#bytes - before;
    checkLength(blob, bytes);
    await batches.add({ key: sealKey(id), value: encodeSeal(id, { blocks, bytes }, runtime.checksum) });
    this.#blobs++;
  }

  report(): void {
    this.#reportedBytes = this.#bytes;
    this.#context.onProgress({ blobs: this.#blobs, bytes: this.#bytes, ...this.#totals });
  }

  async #read(blob: NeededBlob, number: number): Promise<Uint8Array> {
    const { store, runtime, signal } = this.#context;
    signal.throwIfAborted();
    const bytes = await readAgain(store, blob.id, number);
    checkBlock(blob, number, bytes, runtime.checksum);
    return bytes;
  }

  async #turn(): Promise<void> {
    if (this.#bytes - this.#reportedBytes >= PROGRESS_BYTES) this.report();
    const { clock, turn } = this.#context.runtime;
    if (clock.now() - this.#lastTurn < TURN_EVERY_MS) return;
    await turn();
    this.#lastTurn = clock.now();
  }
}
