import type { ActorInfo } from '../protocol/inspection.ts';
import type { GroupLag } from '../protocol/log.ts';
import type { RecorderEntry } from '../protocol/recorder.ts';
import type { StoreShape } from '../protocol/shape.ts';
import type { EngineStats } from '../protocol/stats.ts';
import type { Explanation } from '../protocol/why.ts';

/**
 * What the server tells the page, one server-sent event each; `event:` is the type, and `data:` one line of JSON. First a
 * Hello, then Frames, and at the end, unless the connection was lost, a Bye. Plain data: errors as { code, message }, bytes
 * as { base64 }, numbers above 2^53 as text.
 */
export interface Hello {
  readonly type: 'hello';
  /** Of lithify. */
  readonly version: string;
  /** The store's directory. */
  readonly location: string;
  /** Milliseconds between two frames. */
  readonly everyMs: number;
}

/** The last event: nothing comes any more, and the page should close its EventSource, which would try again for ever. */
export interface Bye {
  readonly type: 'bye';
  /** The engine has closed; or only this page has. */
  readonly reason: 'engine closed' | 'inspector closed';
}

/** A picture of the engine. Only what changed since the client's last frame is in it; what is absent is as it was. */
export interface Frame {
  readonly type: 'frame';
  /** Ascending; a gap is what this client was too slow or too hidden for. */
  readonly n: number;
  /** When it was taken: monotonic milliseconds. */
  readonly atMs: number;
  /** The same in milliseconds since 1970. */
  readonly wallMs: number;
  /** Frames that came due while this client had not taken the last one, since it came. */
  readonly droppedFrames: number;
  /** Entries of the recorder that this client never gets, since it came. */
  readonly droppedEntries: number;
  /** `engine.stats()`, with some hundreds of leases and of log compactors at most. */
  readonly stats: EngineStats;
  /** How the process and the engine do. */
  readonly health: Health;
  /** `engine.actors()`, some hundreds at most. */
  readonly actors?: readonly ActorInfo[];
  /** Oldest first; at most some hundreds a frame, the newest. */
  readonly entries: readonly RecorderEntry[];
  /** `engine.shape()`, cut. */
  readonly shape?: ShapeView;
  /** The largest, by name. */
  readonly topics?: readonly TopicView[];
  /** How many topics are not in that list. */
  readonly topicsLeftOut?: number;
  /** `engine.why.waiting()`. */
  readonly waiting?: Explanation;
}

/** How the process and the engine do: since the last frame, or now. */
export interface Health {
  /** Longest time that the event loop was held since the last frame. */
  readonly loopHeldMs: number;
  /** Of the process; asked for about once a second. */
  readonly rssBytes: number;
  /** Of its JS heap that is used; asked for about once a second. */
  readonly heapBytes: number;
  /** Of the store's directory, measured now and then; undefined: not yet. */
  readonly diskBytes?: number;
  /** Disk over live bytes. */
  readonly spaceAmplification?: number;
  /** The engine's own, since it was opened. */
  readonly writeAmplification: number;
  /** Since the last frame. */
  readonly writesPerSecond: number;
  /** Of these writes in the write-ahead log, since the last frame. */
  readonly bytesPerSecond: number;
  /** Since the last frame. */
  readonly commitsPerSecond: number;
  /** Writers stood still or were slowed for so long since the last frame, ms. */
  readonly stalledMs: number;
}

/** The tree, with long lists cut: a level of thousands of tables comes as some hundreds of stretches. */
export interface ShapeView extends StoreShape {
  /** Tables that are not in the lists, a level each, minors first. */
  readonly leftOut: readonly number[];
}

/** A topic as the page shows it. */
export interface TopicView {
  /** Its name. */
  readonly name: string;
  /** How many it has, over all partitions. */
  readonly records: number;
  /** Of these records. */
  readonly bytes: number;
  /** Of those that no compaction has seen. */
  readonly dirtyBytes: number;
  /** At most some tens of them. */
  readonly partitions: readonly {
    /** From 0. */
    readonly partition: number;
    /** Offset of the first record; absent: there is none. */
    readonly beginning?: number;
    /** Offset of the last record; absent: there is none. */
    readonly end?: number;
    /** Offset that the next record gets. */
    readonly next: number;
    /** Bytes in memory, not yet in a part. */
    readonly activeBytes: number;
    /** Bytes in parts. */
    readonly historyBytes: number;
  }[];
  /** Consumer groups, some tens at most. */
  readonly groups: readonly GroupLag[];
}

/**
 * The routes, all below the secret: GET . (the page), GET events (server-sent events; 503 beyond some clients), POST send (a
 * Message as application/json; answers a SendReply), GET why?blob=N | why?range={"gte":…,"lt":…} | why (an Explanation),
 * GET recorder (a RecorderDump to keep; 503 beyond some at once), GET charts (ChartLayout[]). The page's own files and those of lit-html stand beside
 * them, as `main.js`, `style.css`, `lit-html/lit-html.js`; index.html has to say where the library is, in a script of type
 * importmap before its modules, as { "imports": { "lit-html": "./lit-html/lit-html.js", "lit-html/": "./lit-html/" } }. Its hash
 * goes into the Content-Security-Policy; any other inline script or style is refused by the browser. Of what stands outside
 * page/ only some modules of protocol/ are served, by name: of this file and its neighbours the page can have types only.
 *
 * 404: the secret or the name is wrong. 403: Host, Origin or Sec-Fetch-Site is not ours. 405, 413, 415: method, size, content
 * type. 503: it came before the last request of its connection was answered; who sends on is hung up on. Those are text for people; 'send' answers a
 * SendReply also with 400 (no such message) and 503 (too many wait).
 */
export interface SendReply {
  /** It was done. */
  readonly ok: boolean;
  /** Of the message's type; absent: it failed. */
  readonly report?: unknown;
  /** Absent: it was done. */
  readonly error?: {
    /** Of a LithifyError. */
    readonly code: string;
    /** A sentence. */
    readonly message: string;
  };
}
