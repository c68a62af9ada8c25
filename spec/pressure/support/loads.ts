import type { Load } from '../../../actors/pressure.ts';
import { resolveOptions } from '../../../protocol/options.ts';
import { layout } from '../../tablet/support/notation.ts';

export const MiB = 1024 * 1024;
export const DEFAULTS = resolveOptions();

/** A store that is small beside its memtables, at rest, or with what is said of it. */
export function loadOf({ debt = 0, ...load }: Partial<Load> & { debt?: number } = {}): Load {
  const { version } = layout(debt === 0 ? '' : `minors:\n1: a-z ${Math.round(debt)}`);
  // What owes nothing but minors: without a last level all of it counts.
  return { version, deletableBytes: 0, isBeingPaid: debt > 0, sealed: 0, memtablesLimit: 14, activeShare: 0, ...load };
}

/** Debt at which writers are slowed most, for a small store. */
export function allowedDebt({ minorTrigger, memtableBytes } = DEFAULTS): number {
  return 2 * minorTrigger * memtableBytes;
}
