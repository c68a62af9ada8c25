/** Wall clock, ms: records whose age a rule asks for, and that have no timestamp, count as old as their part. */
export interface AgeLimits {
  readonly olderThan?: number;
  readonly tombstonesOlderThan?: number;
}

/** A record counts as at most so much younger than it is: a quarter of the age that a rule asks for. */
const CELLS_PER_LIMIT = 4;

/**
 * Parts whose ages are in different cells are not put together: their records would all count as old as the newest, and
 * in a topic that is compacted more often than a rule's delay nothing would ever come of age. Cells are stretches of time,
 * a power of two long, so that they do not move; there are at most nine younger than a limit, and one of all that is older
 * than every limit. `newest`: the youngest part's age.
 */
export function ageCell(agedAt: number, limits: AgeLimits, newest: number): number {
  const youngestFirst = [limits.olderThan, limits.tombstonesOlderThan].filter((limit) => limit !== undefined).sort((a, b) => b - a);
  const limit = youngestFirst.find((one) => agedAt >= one);
  if (limit === undefined) return Number.NEGATIVE_INFINITY;
  const width = 2 ** Math.floor(Math.log2(Math.max(1, (newest - limit) / CELLS_PER_LIMIT)));
  return Math.floor(agedAt / width) * width;
}
