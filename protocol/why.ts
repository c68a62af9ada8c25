import type { BlobId, MessageRange } from './messages.ts';

/** An answer of `engine.why`: for people as sentences, for programs as codes and numbers. JSON-able. */
export interface Explanation {
  /** What was asked, such as 'Why is blob 17 on disk?' */
  readonly question: string;
  /** The whole chain of reasons in one or a few sentences. */
  readonly sentence: string;
  /** Strongest first. Empty: nothing of the kind is so, and the sentence says it. */
  readonly reasons: readonly Reason[];
}

/** One reason, and what is behind it. */
export interface Reason {
  /** Stable; docs/why.md says of each what it means and what can be done. */
  readonly code: ReasonCode;
  /** Without its own causes, and without a full stop: 'It is held by a snapshot at sequence 17, opened 3.2 s ago' */
  readonly sentence: string;
  /** Numbers and names that the sentence is made of. Bytes, milliseconds, counts. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** Why that is so. */
  readonly because?: readonly Reason[];
  /** What would end it, if somebody can do something: a sentence. */
  readonly remedy?: string;
}

/** Asks the running engine for reasons. Synchronous, and changes nothing. LITHIFY_CLOSED before the store is open and after it has closed. */
export interface Why {
  /**
   * Why this blob takes disk: live where, held by whom, waiting for which collection; or that it is not there.
   * LITHIFY_INVALID_ARGUMENT: this is no blob id.
   */
  onDisk(blobId: BlobId): Explanation;
  /** Why nothing compacts these keys (default: all) at this moment; or which order does. LITHIFY_INVALID_ARGUMENT: this is no range. */
  notCompacted(range?: MessageRange): Explanation;
  /** Who waits at this moment, for what, and for what that waits: writers, producers, requests, tickets. */
  waiting(): Explanation;
}

/** Every code that a reason can have, by what it is about. */
export const REASON_CODES = [
  // Where a blob's contents are needed.
  ...['live-in-level', 'live-in-minors', 'live-in-log', 'value-of-record', 'staged-value'],
  // What of it is dead, and why that stays.
  ...['held-by-snapshot', 'held-by-iterator', 'tombstones-hide-older', 'obsolete-too-few', 'deleted-by-range'],
  ...['log-not-compacted', 'log-keeps-latest', 'log-keeps-unread', 'log-not-registered'],
  // Written, and of no version.
  ...['output-of-order', 'output-of-ingest', 'output-of-work', 'nobody-knows-it'],
  // Garbage.
  ...['garbage', 'pinned-by-lease', 'collection-waits', 'collection-runs', 'collection-failed'],
  ...['too-little-garbage', 'space-not-given-back'],
  // Not on disk.
  ...['not-there', 'never-was'],
  // Compactions.
  ...['order-running', 'order-planned', 'settled', 'no-tables', 'only-in-memory', 'not-worth-it'],
  ...['garbage-goes-first', 'more-urgent-first', 'kept-for-readers'],
  // Who waits.
  ...['writers-stand', 'writers-slowed', 'commits-wait', 'producers-wait', 'log-compaction-asked', 'requests-wait-outside'],
  ...['order-is-gathered', 'job-waits-for-thread'],
  // For what.
  ...['work-runs', 'work-failing', 'work-waits', 'work-unnoticed', 'exclusive-moment', 'log-compaction-runs', 'log-compaction-fails'],
  ...['mailbox-full', 'no-free-compactor', 'one-at-a-time', 'after-another', 'backing-off'],
  ...['recovering', 'waiting-to-recover', 'shutting-down'],
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];
