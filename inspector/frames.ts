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
  readonly version: string;
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
  /** Monotonic, and since 1970. Milliseconds. */
  readonly atMs: number;
  readonly wallMs: number;
  /** Frames that came due while this client had not taken the last one, since it came. */
  readonly droppedFrames: number;
  /** Entries of the recorder that this client never gets, since it came. */
  readonly droppedEntries: number;
  readonly stats: EngineStats;
  readonly health: Health;
  readonly actors?: readonly ActorInfo[];
  /** Oldest first; at most some hundreds a frame, the newest. */
  readonly entries: readonly RecorderEntry[];
  readonly shape?: ShapeView;
  readonly topics?: readonly TopicView[];
  /** How many topics are not in that list. */
  readonly topicsLeftOut?: number;
  readonly waiting?: Explanation;
}

export interface Health {
  /** Longest time that the event loop was held since the last frame. */
  readonly loopHeldMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Of the store's directory, measured now and then; undefined: not yet. */
  readonly diskBytes?: number;
  /** Disk over live bytes. */
  readonly spaceAmplification?: number;
  readonly writeAmplification: number;
  /** Since the last frame. */
  readonly writesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly commitsPerSecond: number;
  /** Writers stood still or were slowed for so long since the last frame, ms. */
  readonly stalledMs: number;
}

/** The tree, with long lists cut: a level of thousands of tables comes as some hundreds of stretches. */
export interface ShapeView extends StoreShape {
  /** Tables that are not in the lists, a level each, minors first. */
  readonly leftOut: readonly number[];
}

export interface TopicView {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  readonly dirtyBytes: number;
  /** At most some tens of them. */
  readonly partitions: readonly {
    readonly partition: number;
    readonly beginning?: number;
    readonly end?: number;
    readonly next: number;
    /** Bytes in memory, not yet in a part; and in parts. */
    readonly activeBytes: number;
    readonly historyBytes: number;
  }[];
  readonly groups: readonly GroupLag[];
}

/**
 * The routes, all below the secret: GET . (the page), GET events (server-sent events; 503 beyond some clients), POST send (a
 * Message as application/json; answers a SendReply), GET why?blob=N | why?range={"gte":…,"lt":…} | why (an Explanation),
 * GET recorder (a RecorderDump to keep), GET charts (ChartLayout[]). The page's own files and those of lit-html stand beside
 * them, as `main.js`, `style.css`, `lit-html/lit-html.js`; index.html has to say where the library is, in a script of type
 * importmap before its modules: { "imports": { "lit-html": "./lit-html/lit-html.js", "lit-html/": "./lit-html/" } }. Its hash
 * goes into the Content-Security-Policy; any other inline script or style is refused by the browser. Nothing outside page/ is
 * served: of this file and its neighbours the page can have types only.
 *
 * 404: the secret or the name is wrong. 403: Host, Origin or Sec-Fetch-Site is not ours. 405, 413, 415: method, size, content
 * type. 503: it came before the last request of its connection was answered. Those are text for people; 'send' answers a
 * SendReply also with 400 (no such message) and 503 (too many wait).
 */
export interface SendReply {
  readonly ok: boolean;
  readonly report?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}
