import { emptyQueue, type Queue } from '../../../machines/mailbox/queue.ts';
import type { LithifyError } from '../../../protocol/errors.ts';
import type { CompactorLook } from '../../compactors.ts';
import type { Observed } from '../observation.ts';

/** What every question needs to know of the engine around the tree. Plain data of one moment. */
export interface Surroundings {
  /** Monotonic ms. */
  readonly now: number;
  readonly queue: Queue;
  readonly capacity: number;
  readonly compactors: readonly CompactorLook[];
  /** Who waits for a thread. */
  readonly waitingForThread: readonly string[];
  /** LevelDB is being opened again. `isTrying`: at this moment; else it waits for its next try. */
  readonly recovery?: { readonly isTrying: boolean; readonly tries: number; readonly error: LithifyError | undefined };
  /** A Shutdown was seen. */
  readonly closing?: { readonly deadlineMs: number };
}

export function surroundingsOf({ core, mailbox, compactors, workers, root, state }: Observed): Surroundings {
  const { queue = emptyQueue, capacity = 0 } = mailbox?.getSnapshot().context ?? {};
  const recovery = state === 'recovering' ? { recovery: recoveryOf(root.getSnapshot(), core.storageError) } : {};
  const closing = state === 'closing' ? { closing: { deadlineMs: numberIn(root.getSnapshot().context, 'deadlineMs') } } : {};
  const now = core.runtime.clock.now();
  return { now, queue, capacity, compactors: compactors.look(), waitingForThread: workers.waiting, ...recovery, ...closing };
}

interface RootSnapshot {
  readonly value: unknown;
  readonly context: unknown;
}

function recoveryOf({ value, context }: RootSnapshot, error: LithifyError | undefined): NonNullable<Surroundings['recovery']> {
  const isTrying = !JSON.stringify(value).includes('waitingToRecover');
  return { isTrying, tries: numberIn(context, 'recoveries'), error };
}

function numberIn(context: unknown, name: string): number {
  const value = typeof context === 'object' && context !== null ? Reflect.get(context, name) : undefined;
  return typeof value === 'number' ? value : 0;
}
