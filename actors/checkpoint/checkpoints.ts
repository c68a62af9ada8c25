import { LithifyError } from '../../protocol/errors.ts';
import type { Files } from '../../protocol/runtime.ts';
import type { EngineCore } from '../engine-core.ts';
import { Checkpoint } from './checkpoint.ts';
import { type CheckpointOptions, type CheckpointReport, checkCheckpoint } from './options.ts';

/** The checkpoints of one engine that are under way. Whoever closes the engine ends them first: they read its LevelDB. */
export class Checkpoints {
  readonly #engine: EngineCore;
  readonly #files: Files;
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #ended = false;

  /** `files`: those of the disk, also when the engine keeps its own in memory. */
  constructor(engine: EngineCore, files: Files) {
    this.#engine = engine;
    this.#files = files;
  }

  async run(directory: string, options: CheckpointOptions): Promise<CheckpointReport> {
    checkCheckpoint(directory, options);
    if (this.#ended) throw closed();
    const controller = new AbortController();
    const stopFollowing = follow(options.signal, controller);
    const checkpoint = new Checkpoint(this.#engine, this.#files, { signal: controller.signal, onProgress: guarded(options.onProgress) });
    // Not before it can be ended.
    const made = Promise.resolve().then(() => checkpoint.run(directory));
    this.#running.set(controller, made);
    try {
      return await made;
    } finally {
      stopFollowing();
      this.#running.delete(controller);
    }
  }

  /** Those under way reject with LITHIFY_CLOSED, and so does every later one; resolves when all have let go. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true;
    const running = [...this.#running];
    for (const [controller] of running) controller.abort(closed());
    await Promise.allSettled(running.map(([, made]) => made));
  }
}

function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  const onAbort = () =>
    controller.abort(new LithifyError('LITHIFY_ABORTED', 'The checkpoint was aborted; nothing is left of it.', { cause: signal?.reason }));
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}

function guarded(onProgress: CheckpointOptions['onProgress']): NonNullable<CheckpointOptions['onProgress']> {
  return (progress) => {
    try {
      onProgress?.(progress);
    } catch {
      // The caller's own affair: a bar that breaks is no reason to have no copy.
    }
  };
}

function closed(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed; a checkpoint that it was making is gone. Open it again.');
}
