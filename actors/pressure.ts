import type { EngineOptions } from '../protocol/options.ts';
import type { Version } from '../storage/tablet/contract.ts';
import { bytesOf } from '../storage/tablet/ranges.ts';

/**
 * Bytes that may stand beside the last level: flushed and not yet merged, merged and not yet deleted. With as much again
 * for the outputs of a running merge, a store that is overwritten all the time stays under 2.5 times its live bytes.
 */
const DEBT_SHARE = 0.2;

export interface Load {
  readonly version: Version;
  /** Garbage that could be deleted now; what a reader pins would be waited for in vain. */
  readonly deletableBytes: number;
  /** Something is running or planned that will pay the debt off. */
  readonly isBeingPaid: boolean;
  /** Sealed memtables that wait for their flush, and how many there may be. */
  readonly sealed: number;
  readonly memtablesLimit: number;
}

/** Why no further memtable may be begun now, as a sentence for people; undefined: it may. */
export function pressureOf(load: Load, options: Pick<EngineOptions, 'minorTrigger' | 'memtableBytes'>): string | undefined {
  const { sealed, memtablesLimit, isBeingPaid } = load;
  if (sealed + 1 >= memtablesLimit) return `memory is at its limit: ${sealed} memtables wait for their flush`;
  if (!isBeingPaid) return undefined;
  const { debt, allowed } = debtOf(load, options);
  return debt < allowed ? undefined : `compaction is behind: ${megabytes(debt)} wait to be merged or deleted, ${megabytes(allowed)} may`;
}

function debtOf({ version, deletableBytes }: Load, { minorTrigger, memtableBytes }: Pick<EngineOptions, 'minorTrigger' | 'memtableBytes'>) {
  const { minors, levels } = version;
  const last = bytesOf(levels.findLast((level) => level.length > 0) ?? []);
  const debt = bytesOf(minors) + bytesOf(levels.flat()) - last + deletableBytes;
  return { debt, allowed: Math.max(2 * minorTrigger * memtableBytes, DEBT_SHARE * last) };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
