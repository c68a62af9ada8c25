import { LithifyError } from './errors.ts';

/** How a topic is compacted. Without a strategy only the rules about age and size let records go. */
export interface CompactionOptions {
  /** Which records of a key stay: `keyBasedRetention(…)`, `nthKeyBasedRetention(…)`, a composition, an object or a module of one's own. */
  strategy?: unknown;
  /** A run starts when so much has come in since the last one. Bytes; default 65,536 (the seed's: one erase block). */
  compactionThreshold?: number;
  /** … and is at least this share of the partition, 0 to 1. Default 0.5; 0 is the seed's behaviour, whose cost grows with the square of the history. */
  minDirtyRatio?: number;
  /** Producers wait while a run is going and a further `compactionThreshold` has come in since it began. Default true. */
  backPressure?: boolean;
  /**
   * Older records go, within an eighth of this time after, also when nothing is produced; one without a timestamp counts as
   * old as the youngest that came to disk with it. Milliseconds; default: none do.
   */
  maxAgeMs?: number;
  /** The oldest records go when a partition is over this by an eighth (at least by the threshold). Bytes; default: none do. */
  maxBytes?: number;
  /** How long a tombstone stays that is the newest of its key. Milliseconds; default a day (as Kafka's). */
  tombstoneDelayMs?: number;
  /** What these consumer groups have not read stays, whatever a strategy or a rule says. Default: none. */
  keepUnreadBy?: readonly string[];
  /** A group of `keepUnreadBy` that has not committed for so long is not waited for any more. Milliseconds; default: always waited for. */
  groupExpiryMs?: number;
  /**
   * How long one call of the strategy's functions, or loading its module, may take: then it is ended, the run fails with
   * LITHIFY_STRATEGY, and is tried again later. However many calls there are, each has this time. In a worker thread
   * everything can be ended; in this thread (an object, or `workers: 0`) only a promise that does not settle, not a loop.
   * Milliseconds from 1, or Infinity: nothing is ended; default 10,000.
   */
  budgetMs?: number;
}

/** Every option present and sound; what is absent has no rule. The strategy is whatever was given: storage/log/strategies looks at it. */
export interface CompactionSettings {
  readonly strategy: unknown;
  readonly compactionThreshold: number;
  readonly minDirtyRatio: number;
  readonly backPressure: boolean;
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly tombstoneDelayMs: number;
  readonly keepUnreadBy: readonly string[];
  readonly groupExpiryMs?: number;
  readonly budgetMs: number;
}

const KiB = 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const BUDGET_MS = 10_000;
const MAX_THRESHOLD = 1024 * KiB * KiB;

const KNOWN: ReadonlySet<string> = new Set([
  ...['strategy', 'compactionThreshold', 'minDirtyRatio', 'backPressure', 'maxAgeMs', 'maxBytes'],
  ...['tombstoneDelayMs', 'keepUnreadBy', 'groupExpiryMs', 'budgetMs'],
]);

/** Fills in the defaults, or throws LITHIFY_INVALID_ARGUMENT naming the option that is not sound. */
export function resolveCompaction(given: CompactionOptions = {}): CompactionSettings {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid('compaction', given, 'an object');
  refuseUnknown(given);
  const maxAgeMs = wholeNumber(given, 'maxAgeMs', 1);
  const maxBytes = wholeNumber(given, 'maxBytes', 1);
  const groupExpiryMs = wholeNumber(given, 'groupExpiryMs', 1);
  return {
    strategy: given.strategy,
    compactionThreshold: wholeNumber(given, 'compactionThreshold', 1, MAX_THRESHOLD) ?? 64 * KiB,
    minDirtyRatio: ratio(given.minDirtyRatio ?? 0.5),
    backPressure: flag(given.backPressure ?? true),
    tombstoneDelayMs: wholeNumber(given, 'tombstoneDelayMs', 0) ?? DAY_MS,
    keepUnreadBy: groups(given.keepUnreadBy ?? []),
    budgetMs: budget(given.budgetMs ?? BUDGET_MS),
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(groupExpiryMs !== undefined && { groupExpiryMs }),
  };
}

type NumberName = 'compactionThreshold' | 'maxAgeMs' | 'maxBytes' | 'tombstoneDelayMs' | 'groupExpiryMs';

function refuseUnknown(given: CompactionOptions): void {
  const unknown = Object.keys(given).find((name) => !KNOWN.has(name));
  if (unknown === undefined) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `Unknown compaction option '${unknown}'; known are ${[...KNOWN].sort().join(', ')}.`, {
    details: { option: unknown },
  });
}

function wholeNumber(given: CompactionOptions, name: NumberName, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = given[name];
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return value;
  throw invalid(name, value, `a whole number from ${min} to ${max}`);
}

function budget(value: number): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 1)) return value;
  throw invalid('budgetMs', value, 'a whole number of milliseconds from 1, or Infinity');
}

function ratio(value: number): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw invalid('minDirtyRatio', value, 'a number from 0 to 1');
}

function flag(value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid('backPressure', value, 'true or false');
}

function groups(value: readonly string[]): readonly string[] {
  const isSound = Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
  if (!isSound) throw invalid('keepUnreadBy', value, 'an array of names of consumer groups');
  return [...new Set(value)];
}

function invalid(name: string, value: unknown, wanted: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `Option ${name} is ${String(value)}; it must be ${wanted}.`, {
    details: { option: name },
  });
}
