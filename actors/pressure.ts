import type { StallCause } from '../protocol/events.ts';
import type { EngineOptions } from '../protocol/options.ts';
import { minorRuns } from '../storage/read/minor-runs.ts';
import type { Version } from '../storage/tablet/contract.ts';
import { bytesOf } from '../storage/tablet/ranges.ts';
import type { RoomWork } from './failing-work.ts';

/**
 * Bytes that may stand beside the largest level: flushed and not yet merged, merged and not yet deleted. With as much again
 * for the outputs of a running merge, a store that is overwritten all the time stays under 2.5 times its live bytes.
 */
const DEBT_SHARE = 0.2;
/**
 * A merge's commit turns what it replaced into garbage at a stroke. While that is deleted writers are slow; only who
 * fills so many memtables meanwhile has to wait.
 */
const BEYOND = 2;
const MiB = 1024 * 1024;

export interface Load {
  readonly version: Version;
  /** Garbage that could be deleted now; what a reader pins would be waited for in vain. */
  readonly deletableBytes: number;
  /** Something is running or planned that will pay the debt off. */
  readonly isBeingPaid: boolean;
  /** Sealed memtables that wait for their flush, and how many there may be, the active one included. */
  readonly sealed: number;
  readonly memtablesLimit: number;
  /** How full the active memtable is, from 0 to 1. */
  readonly activeShare: number;
}

type Limits = Pick<EngineOptions, 'minorTrigger' | 'memtableBytes'>;

/** What keeps writers from going on. */
export interface Pressure {
  readonly cause: StallCause;
  /** A sentence for people. */
  readonly reason: string;
  /** Work whose success makes room, so that its failures are these writers' failures. */
  readonly clearedBy: readonly RoomWork[];
}

const FLUSHING: readonly RoomWork[] = ['flush', 'storage'];
const COMPACTING: readonly RoomWork[] = ['plan', 'slice', 'collect', 'storage'];

/** Why no further memtable may be begun now; undefined: it may. */
export function pressureOf(load: Load, options: Limits): Pressure | undefined {
  const { sealed, memtablesLimit, isBeingPaid } = load;
  if (sealed + 1 >= memtablesLimit) return { cause: 'memory', reason: `memory is at its limit: ${waiting(sealed)}`, clearedBy: FLUSHING };
  if (!isBeingPaid) return undefined;
  const { debt, allowed } = debtOf(load, options);
  return debt < allowed + BEYOND * options.memtableBytes
    ? undefined
    : { cause: 'compaction', reason: `compaction is behind: ${owing(debt, allowed)}`, clearedBy: COMPACTING };
}

/** What has a slope before its limit. */
export type SlowingCause = Extract<StallCause, 'memory' | 'compaction'>;

/** How much longer a write has to take, so that writers meet a slope where otherwise they would run into a wall. */
export interface Slowdown {
  readonly msPerMiB: number;
  readonly cause: SlowingCause;
  readonly reason: string;
}

/** Nobody is slowed below this part of a limit: work that keeps up does not stay above it. */
const SLOW_FROM = 0.6;
/** At a limit a memtable takes so long to fill: about as long as what makes room needs for it. Milliseconds. */
const FILL_MS = 2_000;
/** Milliseconds a MiB, whatever a memtable's size is: from 16 MiB/s to 0.5 MiB/s. */
const MOST_MS = [64, 2_048] as const;
/** Half-way between `SLOW_FROM` and the limit writers are slowed by a 64th of the most. */
const STEEPNESS = 6;

/**
 * Grows smoothly from nothing to the most as memory or unpaid compaction comes near its limit: for any speed of compaction
 * above the slowest there is a place on the slope where writers have the same.
 */
export function slowdownOf(load: Load, options: Limits): Slowdown | undefined {
  const { sealed, memtablesLimit, activeShare, isBeingPaid } = load;
  const { debt, allowed } = debtOf(load, options);
  // The active memtable alone is at most half of the memory. Nothing is slowed for what nobody works off.
  const memory = slope((sealed + activeShare) / memtablesLimit);
  const compaction = isBeingPaid ? slope(debt / allowed) : 0;
  const msPerMiB = Math.max(memory, compaction) * mostOf(options);
  if (msPerMiB === 0) return undefined;
  if (memory < compaction) return { msPerMiB, cause: 'compaction', reason: `compaction falls behind: ${owing(debt, allowed)}` };
  return { msPerMiB, cause: 'memory', reason: `memory fills up: ${sealed} of ${memtablesLimit} memtables wait for their flush` };
}

/** From 0 to 1; `part`: of the limit. */
function slope(part: number): number {
  if (part <= SLOW_FROM) return 0;
  return Math.min(1, (part - SLOW_FROM) / (1 - SLOW_FROM)) ** STEEPNESS;
}

function mostOf({ memtableBytes }: Limits): number {
  const [least, most] = MOST_MS;
  return Math.min(most, Math.max(least, (FILL_MS * MiB) / memtableBytes));
}

function debtOf({ version, deletableBytes }: Load, { minorTrigger, memtableBytes }: Limits): { debt: number; allowed: number } {
  const { minors, levels } = version;
  // In a level no key stands twice, so this much is live; nor in the tables of one ingest, wherever these stand for now.
  const ingested = minorRuns(minors).filter(([{ ingested = false }]) => ingested);
  const largest = Math.max(0, ...[...levels, ...ingested].map(bytesOf));
  const debt = bytesOf(minors) + bytesOf(levels.flat()) - largest + deletableBytes;
  return { debt, allowed: Math.max(2 * minorTrigger * memtableBytes, DEBT_SHARE * largest) };
}

function waiting(sealed: number): string {
  return sealed === 1 ? '1 memtable waits for its flush' : `${sealed} memtables wait for their flush`;
}

function owing(debt: number, allowed: number): string {
  return `${megabytes(debt)} wait to be merged or deleted, ${megabytes(allowed)} may`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
