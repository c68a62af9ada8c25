import type { LithifyError } from '../../protocol/errors.ts';
import type { BlobId, Envelope, MemtableNumber, MessageRange, Reply, Report } from '../../protocol/messages.ts';

/** What a ticket lets its holder do. */
export type Work =
  /** Flush sealed memtables up to this one; omitted: seal the active one first. */
  | { readonly kind: 'flush'; readonly memtable?: MemtableNumber }
  /** Delete what the requests name, or all garbage; all waiting deletions are one ticket. */
  | { readonly kind: 'collect' }
  /** Ask the tablet for an order and cut it into slices. */
  | { readonly kind: 'plan'; readonly order: 'major' | 'background'; readonly range?: MessageRange }
  | { readonly kind: 'slice'; readonly order: 'major' | 'background'; readonly orderId: number; readonly slice: number }
  | LogWork;

/** One phase of a log's compaction; what it does is known to whoever gave the task its number. */
export interface LogWork {
  readonly kind: 'log';
  readonly phase: LogPhase;
  readonly task: number;
}
export type LogPhase = 'age' | 'analyze' | 'rewrite';

/**
 * Hand-out order: writers wait for flushes and ageings, both of which empty memory; deletions are short and free the
 * disk; producers may wait for a log's compaction; majors are asked for.
 */
export const Rank = { flush: 0, collect: 1, log: 2, major: 3, background: 4 } as const;

export function rankOf(work: Work): number {
  if (emptiesMemory(work)) return Rank.flush;
  if (work.kind === 'collect' || work.kind === 'log') return Rank[work.kind];
  return Rank[work.order];
}

/** Writes records or entries out of memtables; one at a time keeps their order. */
export function emptiesMemory(work: Work): work is Extract<Work, { kind: 'flush' }> | (LogWork & { readonly phase: 'age' }) {
  return work.kind === 'flush' || (work.kind === 'log' && work.phase === 'age');
}

/** Reads and writes the parts of a log; may take long, and makes way. */
export function isLogPass(work: Work): boolean {
  return work.kind === 'log' && work.phase !== 'age';
}

export interface Ticket {
  readonly id: number;
  readonly work: Work;
  /** When it came, by the engine's clock. */
  readonly at: number;
  /** Who gets a reply; none for the engine's own work. */
  readonly requests: readonly Envelope[];
  /** The engine needs this done, whoever else asked for it. */
  readonly internal: boolean;
  /** Not before this ticket has settled. */
  readonly after?: number;
  /** Not before this order has ended: it holds what the ticket needs. */
  readonly afterOrder?: number;
  /** The ticket whose order this is a slice of. */
  readonly parent?: number;
  /** A collection that made way: what it had deleted by then, for its report. */
  readonly deleted?: readonly BlobId[];
}

/** How a ticket ended at its compactor. */
export type Outcome =
  | { readonly type: 'done'; readonly report: Report }
  /** Some requests of one ticket went well and others did not. */
  | { readonly type: 'answered'; readonly replies: readonly Reply[] }
  /** An order was opened and cut: these slices are now to be done, by whoever is free. */
  | { readonly type: 'split'; readonly orderId: number; readonly slices: readonly number[] }
  /** One slice is done; `more` are the slices that it left when it yielded. */
  | { readonly type: 'part'; readonly more: readonly number[] }
  /** It made way for a flush, or must wait until an order ends: the same ticket again. */
  | { readonly type: 'again'; readonly afterOrder?: number | undefined; readonly deleted?: readonly BlobId[] }
  | { readonly type: 'failed'; readonly error: LithifyError };
