import type { EngineEvent, StallCause } from '../../../protocol/events.ts';
import type { CompactionKind } from '../../../protocol/messages.ts';
import type { Clock } from '../../../protocol/runtime.ts';
import { Buckets } from './buckets.ts';
import { Pairs } from './pairs.ts';

type EventOf<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

const MESSAGES: ReadonlySet<string> = new Set(['Shutdown', 'MinorCompact', 'MajorCompaction', 'GarbageCollect', 'DeleteBlob']);

/** What compactions of one kind have done. */
interface Compacted {
  bytesRead: number;
  bytesWritten: number;
  moves: number;
}

/** Counts what only events tell, from the first of them on. Numbers only grow. */
export class Tally {
  /** By message type and 'done' or 'failed': those that ask() waited for. */
  readonly requests = new Pairs(() => new Buckets());
  /** The same of all that the mailbox has answered. */
  readonly replies = new Pairs(() => ({ count: 0 }));
  /** By job and outcome. */
  readonly jobs = new Pairs(() => new Buckets());
  readonly ingests = new Buckets();
  readonly logRuns = new Buckets();
  readonly recoveries = new Buckets();
  /** By where, and code. */
  readonly failures = new Pairs(() => ({ count: 0 }));
  /** By 'slowed' or 'waiting', and cause. */
  readonly stalls = new Pairs(() => ({ count: 0 }));
  readonly compacted: Record<CompactionKind, Compacted> = { flush: none(), minor: none(), regular: none(), major: none() };
  readonly producers = { stalls: 0, waitedMs: 0 };
  readonly garbage = { blobs: 0, bytes: 0 };
  readonly workers = { starts: 0, deaths: 0 };
  readonly ingested = { entries: 0, bytes: 0 };
  readonly logs = { failedRuns: 0, passes: 0, reclaimedBytes: 0 };
  sealed = 0;
  backOffs = 0;
  opened: EventOf<'opened'> | undefined;
  readonly #clock: Clock;
  readonly #waitedMs: Record<StallCause, number> = { memory: 0, compaction: 0, disk: 0, exclusive: 0 };
  #waiting: { readonly cause: StallCause; readonly since: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long writers have stood still since open, until this moment. Milliseconds. */
  waitedMs(cause: StallCause): number {
    const now = this.#waiting?.cause === cause ? this.#clock.now() - this.#waiting.since : 0;
    return this.#waitedMs[cause] + now;
  }

  /** The mailbox has answered. Machines of users send it anything, and each word would be a series of its own. */
  answered({ message }: { readonly message: unknown }, ok: boolean): void {
    const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
    this.replies.at(typeof type === 'string' && MESSAGES.has(type) ? type : 'none', ok ? 'done' : 'failed').count++;
  }

  count(event: EngineEvent): void {
    switch (event.type) {
      case 'opened':
        this.opened = event;
        break;
      case 'memtableSealed':
        this.sealed++;
        break;
      case 'replied':
        this.requests.at(event.to, event.ok ? 'done' : 'failed').add(event.ms);
        break;
      case 'jobSettled':
        this.jobs.at(event.job, event.outcome).add(event.ms);
        if (event.error !== undefined) this.failures.at('job', event.error.code).count++;
        break;
      case 'workerStarted':
        this.workers.starts++;
        break;
      case 'workerDied':
        this.workers.deaths++;
        this.failures.at('worker', event.error.code).count++;
        break;
      case 'backingOff':
        this.backOffs++;
        break;
      case 'storageFailed':
        this.failures.at('storage', event.error.code).count++;
        break;
      case 'storageRecovered':
        this.recoveries.add(event.waitedMs);
        break;
      default:
        this.#countData(event);
        this.#countStalls(event);
        this.#countLogs(event);
    }
  }

  #countData(event: EngineEvent): void {
    if (event.type === 'compacted') {
      const { bytesRead, bytesWritten, moved } = event;
      const kind = this.compacted[event.kind];
      kind.bytesRead += bytesRead;
      kind.bytesWritten += bytesWritten;
      if (moved) kind.moves++;
    } else if (event.type === 'ingested') {
      this.ingests.add(event.ms);
      this.ingested.entries += event.entries;
      this.ingested.bytes += event.bytes;
    } else if (event.type === 'collected') {
      this.garbage.blobs += event.blobIds.length;
      this.garbage.bytes += event.bytes;
    }
  }

  #countStalls(event: EngineEvent): void {
    if (event.type === 'writersSlowed') {
      this.stalls.at('slowed', event.cause).count++;
    } else if (event.type === 'writersWaiting') {
      this.#stoodStill();
      this.stalls.at('waiting', event.cause).count++;
      this.#waiting = { cause: event.cause, since: this.#clock.now() };
    } else if (event.type === 'writersResumed') {
      this.#stoodStill();
    } else if (event.type === 'producersWaiting') {
      this.producers.stalls++;
    } else if (event.type === 'producersResumed') {
      this.producers.waitedMs += event.waitedMs;
    }
  }

  /** By this clock from beginning to end, not by what the event says: a counter that was read in between must not fall. */
  #stoodStill(): void {
    if (this.#waiting === undefined) return;
    const { cause, since } = this.#waiting;
    this.#waitedMs[cause] += this.#clock.now() - since;
    this.#waiting = undefined;
  }

  #countLogs(event: EngineEvent): void {
    if (event.type === 'logPass') {
      this.logs.passes++;
    } else if (event.type === 'logCompacted') {
      this.logRuns.add(event.ms);
      this.logs.reclaimedBytes += Math.max(0, event.bytesBefore - event.bytesAfter);
    } else if (event.type === 'logCompactionFailed') {
      this.logs.failedRuns++;
      this.failures.at('log', event.error.code).count++;
    }
  }
}

function none(): Compacted {
  return { bytesRead: 0, bytesWritten: 0, moves: 0 };
}
