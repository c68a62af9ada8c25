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
  /** Stable, kebab-case, such as 'held-by-snapshot'; docs/why.md lists them. */
  readonly code: string;
  /** Without its own causes: 'It is held by a snapshot at sequence 17, opened 3.2 s ago'. */
  readonly sentence: string;
  /** Numbers and names that the sentence is made of. Bytes, milliseconds, counts. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** Why that is so. */
  readonly because?: readonly Reason[];
  /** What would end it, if somebody can do something: a sentence. */
  readonly remedy?: string;
}

/** Asks the running engine for reasons. Synchronous, and changes nothing. */
export interface Why {
  /** Why this blob takes disk: live where, held by whom, waiting for which collection; or that it is not there. */
  onDisk(blobId: BlobId): Explanation;
  /** Why nothing compacts these keys (default: all) at this moment; or which order does. */
  notCompacted(range?: MessageRange): Explanation;
  /** Who waits at this moment, for what, and for what that waits: writers, producers, requests, tickets, readers of deleted space. */
  waiting(): Explanation;
}
