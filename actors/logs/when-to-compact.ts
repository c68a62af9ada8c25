import type { CompactionSettings } from '../../protocol/compaction-options.ts';

/** What a topic partition looks like to those who decide about its compaction. Bytes; wall clock in ms since 1970. */
export interface LogLoad {
  /** Records that no compaction has seen: in memory, and in parts that are not compacted. */
  readonly dirtyBytes: number;
  /** All records, the dirty ones included. */
  readonly totalBytes: number;
  /** What the rules about age look at; absent: there is none. */
  readonly oldest?: {
    /** Of any record; where records have no timestamp, when they were aged. */
    readonly record?: number;
    /** Of a tombstone that may be the newest of its key. */
    readonly tombstone?: number;
  };
}

/** How things stood when the last run ended. */
export interface LastRun {
  /** Wall clock, ms. */
  readonly at: number;
  readonly totalBytes: number;
  /** Since when it has left a tombstone, ms; absent: it has left none. */
  readonly tombstone?: number;
}

export type Rules = Omit<CompactionSettings, 'strategy'>;

/** What a rule has left because something holds it (an unread group, a newer key) is not tried again all the time. */
const HELD_PAUSE_MS = 60_000;
const SHORTEST_PAUSE_MS = 1_000;
/** Of a rule's time, or of its bytes: how far a log may go beyond it, so that a run finds something to do. */
const SLACK = 1 / 8;

/** The wall clock may have been set back since: no rule waits for it to catch up. */
export function notAhead(last: LastRun | undefined, now: number): LastRun | undefined {
  return last !== undefined && last.at > now ? { ...last, at: now } : last;
}

/** Why a run is due now, as a sentence for people; undefined: none is. */
export function whyCompact(load: LogLoad, rules: Rules, now: number, last?: LastRun): string | undefined {
  const { dirtyBytes, totalBytes } = load;
  const { compactionThreshold, minDirtyRatio, maxBytes } = rules;
  if (dirtyBytes >= compactionThreshold && dirtyBytes >= minDirtyRatio * totalBytes) {
    return `${dirtyBytes} of ${totalBytes} bytes are not compacted`;
  }
  if (isPast(sizeDue(load, rules, last), now)) return `${totalBytes} bytes are over maxBytes (${maxBytes})`;
  if (isPast(ageDue(load, rules, last), now)) return 'records are older than maxAgeMs';
  return isPast(tombstoneDue(load, rules, last), now) ? 'tombstones are older than tombstoneDelayMs' : undefined;
}

/** When (wall clock) a run becomes due by itself, though nothing is produced; undefined: never. */
export function nextDue(load: LogLoad, rules: Rules, last?: LastRun): number | undefined {
  const times = [sizeDue(load, rules, last), ageDue(load, rules, last), tombstoneDue(load, rules, last)];
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** How a run goes, as far as producers are concerned. */
export interface RunView {
  readonly isGoing: boolean;
  /** Runs that failed in a row, the last one included. */
  readonly failures: number;
  /** Dirty bytes that the run takes in: it began when they were there. */
  readonly coveredBytes: number;
}

/**
 * Must producers wait? Only while a run is going that can make room, and a further threshold of bytes has come in since
 * it began; never for runs that fail. (Source: `step` of the seed, whose active file is empty after ageing.)
 */
export function mustWait(load: LogLoad, rules: Rules, run: RunView): boolean {
  if (!rules.backPressure || !run.isGoing || run.failures > 0) return false;
  return load.dirtyBytes - run.coveredBytes >= rules.compactionThreshold;
}

function sizeDue({ totalBytes }: LogLoad, { maxBytes, compactionThreshold }: Rules, last: LastRun | undefined): number | undefined {
  if (maxBytes === undefined) return undefined;
  const slack = Math.max(compactionThreshold, maxBytes * SLACK);
  if (totalBytes < maxBytes + slack) return undefined;
  return last === undefined || totalBytes - last.totalBytes >= slack ? Number.NEGATIVE_INFINITY : last.at + HELD_PAUSE_MS;
}

function ageDue({ oldest }: LogLoad, { maxAgeMs }: Rules, last: LastRun | undefined): number | undefined {
  return maxAgeMs === undefined ? undefined : olderThan(oldest?.record, maxAgeMs, last, maxAgeMs * SLACK);
}

function tombstoneDue({ oldest }: LogLoad, { tombstoneDelayMs }: Rules, last: LastRun | undefined): number | undefined {
  const since = oldest?.tombstone;
  // What was old enough already is held by something that may last: a group, a strategy that does not know its key.
  const isHeld = last?.tombstone !== undefined && last.tombstone === since && last.tombstone + tombstoneDelayMs < last.at;
  return olderThan(since, tombstoneDelayMs, last, isHeld ? tombstoneDelayMs : tombstoneDelayMs * SLACK);
}

/** `pauseMs`: one run for all that gets too old within that time, rather than one for each record. */
function olderThan(since: number | undefined, ms: number, last: LastRun | undefined, pauseMs: number): number | undefined {
  if (since === undefined) return undefined;
  const soonest = last === undefined ? Number.NEGATIVE_INFINITY : last.at + Math.max(SHORTEST_PAUSE_MS, pauseMs);
  // A rule takes what is older than its time, not what is just as old.
  return Math.max(since + ms + 1, soonest);
}

function isPast(time: number | undefined, now: number): boolean {
  return time !== undefined && time <= now;
}
