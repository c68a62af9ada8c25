/**
 * What the flight recorder keeps: the last messages between actors, transitions of their charts, decisions and engine
 * events, in the order in which they happened. Plain data, JSON-able.
 */
export interface RecorderEntry {
  /** Ascending from 1, over everything that was ever recorded: a gap is what the ring has dropped. */
  readonly n: number;
  /** Monotonic milliseconds since the engine began to open. */
  readonly atMs: number;
  /** What one actor sent another, a change of state, a choice with its reasons, or what `events$` told. */
  readonly kind: 'message' | 'transition' | 'decision' | 'event';
  /** Message, event or decision type, or the chart's transition such as 'idle → working'. */
  readonly type: string;
  /** Actor that it happened in or was sent to. */
  readonly actor: string;
  /** Sender of a message, if it was an actor. */
  readonly from?: string;
  /** Entry whose processing sent or made this one. */
  readonly cause?: number;
  /** For requests and their replies: the envelope, so that one finds the other. */
  readonly envelope?: string;
  /** Milliseconds, where the entry ends something that was measured. */
  readonly ms?: number;
  /** Anything else that helps, cut to a bounded size. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The ring at one moment, as it is written to a file: one JSON document. */
export interface RecorderDump {
  readonly format: 'lithify-recorder';
  /** Of the format. */
  readonly version: 1;
  /** Why it was made: 'asked for', or the failure. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** The store's directory. */
  readonly location: string;
  /** The failure that it was made for; absent: somebody asked for it. */
  readonly error?: {
    /** Of a LithifyError. */
    readonly code: string;
    /** A sentence. */
    readonly message: string;
  };
  /** Entries that the ring had dropped by then. */
  readonly dropped: number;
  /** `engine.stats()` then; absent while the store is not open. */
  readonly stats?: unknown;
  /** What the ring had then, oldest first. */
  readonly entries: readonly RecorderEntry[];
}

/** A dump whose entries are put into words as somebody takes them: again each time that they are walked through. */
export interface RecorderCapture extends Omit<RecorderDump, 'entries'> {
  /** What the ring had then, oldest first. */
  readonly entries: Iterable<RecorderEntry>;
}

/** The flight recorder of an engine: what happened last. */
export interface FlightRecorder {
  /**
   * Entries with a number above `n`, oldest first, at most `limit` of them (the newest), and the number of the last
   * one that there is. LITHIFY_INVALID_ARGUMENT: n or limit is no number from 0.
   */
  since(
    n: number,
    limit?: number,
  ): {
    /** Oldest first. */
    readonly entries: readonly RecorderEntry[];
    /** Number of the last one that there is; 0: nothing was recorded yet. */
    readonly last: number;
  };
  /** `reason`: what to say in it; default 'asked for'. */
  dump(reason?: string): RecorderDump;
  /**
   * The same moment, for who wants it a little at a time: putting tens of thousands of entries into words takes a large part
   * of a second, and keeping their references some milliseconds. Nothing that happens later is in it.
   */
  capture(reason?: string): RecorderCapture;
  /** Writes a dump into a directory (default: where failures are dumped) and resolves with the file's path. */
  save(directory?: string): Promise<string>;
}
