import { LithifyError } from '../../protocol/errors.ts';
import { checkOptions } from '../logs/options.ts';

/** What `checkpoint` takes; all of it may be left out. */
export interface CheckpointOptions {
  /** Its abort ends the checkpoint with LITHIFY_ABORTED; nothing is left of it. */
  signal?: AbortSignal;
  /** Called about once a MiB, and at the end; what it throws is ignored. */
  onProgress?: (progress: CheckpointProgress) => void;
}

/** How much of it has been handed to the new store. */
export interface CheckpointProgress {
  /** Blobs so far. */
  readonly blobs: number;
  /** Blobs that there are to copy. */
  readonly totalBlobs: number;
  /** Of blocks, as they were before LevelDB compressed them. */
  readonly bytes: number;
  /** The same of all of them. */
  readonly totalBytes: number;
}

/** What was copied. */
export interface CheckpointReport {
  /** The real path of the new store. */
  readonly location: string;
  /** Every write up to this sequence is in it, and of keys no later one. */
  readonly sequence: number;
  /** Sorted tables that are in it. */
  readonly tables: number;
  /** Topics that are in it. */
  readonly topics: number;
  /** Tables, blobs of logs and large values that were copied. */
  readonly blobs: number;
  /** Of their blocks, as they were before LevelDB compressed them. */
  readonly bytes: number;
  /** Milliseconds that all of it took, the flush included. */
  readonly ms: number;
}

/** LITHIFY_INVALID_ARGUMENT naming the option that is not sound. */
export function checkCheckpoint(directory: unknown, options: CheckpointOptions): void {
  if (typeof directory !== 'string' || directory === '') throw invalid('directory', directory, 'the path of a directory');
  checkOptions(options, ['signal', 'onProgress'], 'a checkpoint');
  const { signal, onProgress } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw invalid('signal', signal, 'an AbortSignal');
  if (onProgress !== undefined && typeof onProgress !== 'function') throw invalid('onProgress', onProgress, 'a function');
}

function invalid(option: string, value: unknown, wanted: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `The ${option} of a checkpoint is ${String(value)}; it must be ${wanted}.`, {
    details: { option },
  });
}
