/**
 * Every error that lithify throws, rejects with or reports. `code` is the contract; the message names what failed
 * and what to do. (Convention: Level's `error.code` and `error.cause`.)
 */
export type ErrorCode =
  /** One or more blobs could not be opened or read; `details.blobIds` names every one of them. */
  | 'LITHIFY_READER_UNAVAILABLE'
  /** LevelDB refused a read, a write or a compaction. */
  | 'LITHIFY_BLOB_STORE'
  /** A message asked to delete a blob that the live version still needs. */
  | 'LITHIFY_BLOB_IN_USE'
  /** A sorted table could not be written or opened. */
  | 'LITHIFY_SST'
  /** Some blobs could not be deleted; they stay recorded and are retried. */
  | 'LITHIFY_DELETION'
  /** Bytes on disk are not what was written: `details` names blob or file, offset, expected and found. */
  | 'LITHIFY_CORRUPTION'
  /** The write-ahead log could not be written, synced or read. */
  | 'LITHIFY_WAL'
  /** The disk is full: nothing was acknowledged; make room and write again. */
  | 'LITHIFY_DISK_FULL'
  /** The engine is closing, and what was asked for is not done; open it again. */
  | 'LITHIFY_SHUTTING_DOWN'
  /** As many wait as may; send it again later. */
  | 'LITHIFY_MAILBOX_FULL'
  /** A worker thread ended, or did not start, under a job; it is started again, and the work is noticed anew. */
  | 'LITHIFY_WORKER_DIED'
  /** It was taken back by its caller's signal, or given up by the engine. */
  | 'LITHIFY_ABORTED'
  /** There was no reply in the time that was given for it. */
  | 'LITHIFY_TIMEOUT'
  /** An argument, an option or a message is malformed; `details` names it where it has a name. */
  | 'LITHIFY_INVALID_ARGUMENT'
  /** Another process, thread or engine has the directory open. */
  | 'LITHIFY_LOCKED'
  /**
   * A compaction strategy failed: it threw, answered what no strategy may answer, or could not be loaded. Nothing was
   * dropped; `details` names topic, partition and, where it is known, the record's offset.
   */
  | 'LITHIFY_STRATEGY'
  /** A compare-and-set met another value than it expected: nothing was written; read again and decide anew. */
  | 'LITHIFY_CONFLICT'
  /** There is no such thing: no store, with `createIfMissing: false`; no LevelDB; no file; no topic. */
  | 'LITHIFY_NOT_FOUND'
  /** There is something already: a store, with `errorIfExists: true`; whatever it is, where a new one is to be made; keys, for `importLevel`. */
  | 'LITHIFY_EXISTS'
  /** The engine is closed, or failed for good; open it again. */
  | 'LITHIFY_CLOSED'
  /** It cannot run like this: in a Node that is too old, or in a bundle without the files that belong to it. */
  | 'LITHIFY_UNSUPPORTED'
  /** A defect of lithify itself: a state that must not happen. */
  | 'LITHIFY_INTERNAL';

/** What an error is about, by name; which names there are depends on the code. Plain data. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** Every error that is lithify's own. What caused it is its `cause`. */
export class LithifyError extends Error {
  /** Stable, where the message is not. */
  readonly code: ErrorCode;
  /** Empty where there is nothing to say. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LithifyError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Node's and Level's errors carry a string `code`; anything else has none. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error itself if it is one of ours, otherwise a coded one that keeps it as its cause. */
export function asLithifyError(error: unknown, code: ErrorCode, what: string, details?: ErrorDetails): LithifyError {
  if (error instanceof LithifyError) return error;
  return new LithifyError(isDiskFull(error) ? 'LITHIFY_DISK_FULL' : code, `${what}: ${messageOf(error)}`, {
    cause: error,
    ...(details && { details }),
  });
}

/** LevelDB reports a full disk only in its message, files by `code`. Walks the cause chain. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error, hops = 0; at !== undefined && at !== null && hops < 8; hops++) {
    if (codeOf(at) === 'ENOSPC' || codeOf(at) === 'LITHIFY_DISK_FULL') return true;
    if (at instanceof Error && /no space left on device/i.test(at.message)) return true;
    at = at instanceof Error ? at.cause : undefined;
  }
  return false;
}

/** What of an error crosses a thread: structured clone keeps neither code, details nor class. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: ErrorDetails;
  readonly stack?: string;
  readonly cause?: WireError;
}

export function toWireError(error: unknown, depth = 0): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = codeOf(error);
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(code !== undefined && { code }),
    ...(error instanceof LithifyError && { details: error.details }),
    ...(error.cause !== undefined && depth < 8 && { cause: toWireError(error.cause, depth + 1) }),
  };
}

export function fromWireError(wire: WireError): Error {
  const cause = wire.cause && fromWireError(wire.cause);
  const error = wire.code?.startsWith('LITHIFY_')
    ? new LithifyError(wire.code as ErrorCode, wire.message, { cause, ...(wire.details && { details: wire.details }) })
    : Object.assign(new Error(wire.message, cause && { cause }), wire.code && { code: wire.code });
  error.name = wire.name;
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
