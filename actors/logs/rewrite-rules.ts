import type { CompactionSettings } from '../../protocol/compaction-options.ts';
import type { Offset } from '../../protocol/log.ts';
import type { RewriteRules } from '../../storage/jobs/job.ts';
import type { StoredGroup } from '../../storage/log/catalog.ts';
import type { LogState } from '../../storage/log/part.ts';
import { lagOf } from './group-lag.ts';

/** What a run that begins now (wall clock, ms) drops and keeps, whatever its strategy says. `readBy`: what each group that is waited for has consumed. */
export function rulesFor(
  { agedTo }: LogState,
  settings: CompactionSettings,
  readBy: readonly (Offset | undefined)[],
  now: number,
): RewriteRules {
  const { maxAgeMs, maxBytes, tombstoneDelayMs } = settings;
  // Nothing is unread where everybody has read everything.
  const keepFrom = readBy.length === 0 ? agedTo : Math.min(...readBy.map((offset) => (offset ?? -1) + 1));
  return {
    ...(maxAgeMs !== undefined && { olderThan: now - maxAgeMs }),
    ...(maxBytes !== undefined && { keepBytes: maxBytes }),
    ...(keepFrom < agedTo && { keepFrom }),
    tombstonesOlderThan: now - tombstoneDelayMs,
  };
}

/** One of the groups that a compaction waits for; without `stored` it has never committed. */
export interface Guard {
  readonly group: string;
  readonly stored: StoredGroup | undefined;
}

export interface HeldBy {
  readonly group: string;
  readonly lag: number;
  /** Since its last commit; undefined: it has never committed. */
  readonly idleMs: number | undefined;
  /** It is not waited for any more. */
  readonly expired: boolean;
}

/**
 * What the groups that are waited for have consumed, and a report on each that has not consumed everything. A group expires
 * by not committing; one that has never committed has nothing that could expire, and is waited for.
 */
export function guardsOf(
  guards: readonly Guard[],
  { groupExpiryMs = Number.POSITIVE_INFINITY }: Pick<CompactionSettings, 'groupExpiryMs'>,
  end: Offset | undefined,
  now: number,
): { readonly readBy: readonly (Offset | undefined)[]; readonly reports: readonly HeldBy[] } {
  const looked = guards.map(({ group, stored }) => {
    const idleMs = stored && Math.max(0, now - stored.committedAt);
    const lag = lagOf(stored?.offset, { beginning: 0, end });
    return { offset: stored?.offset, report: { group, lag, idleMs, expired: idleMs !== undefined && idleMs >= groupExpiryMs } };
  });
  return {
    readBy: looked.filter(({ report }) => !report.expired).map(({ offset }) => offset),
    reports: looked.filter(({ report }) => report.lag > 0).map(({ report }) => report),
  };
}
