import type { LogTable } from '../../storage/log/log-table.ts';
import { logKey } from '../../storage/log/part.ts';
import type { VersionLease } from '../../storage/tablet/leases.ts';
import type { ManifestState } from '../../storage/tablet/manifest-state.ts';
import type { Core } from '../core.ts';
import type { EngineCore } from '../engine-core.ts';

/** What a checkpoint is a copy of: a state of the manifest, and the lease that keeps its blobs. */
export interface Moment {
  readonly state: ManifestState;
  readonly lease: VersionLease;
}

interface MomentContext {
  readonly ask: EngineCore['ask'];
  readonly core: Core;
  readonly signal: AbortSignal;
}

/** Everything that was acknowledged before the call is in it. Writers are not held back. */
export async function takeMoment({ ask, core, signal }: MomentContext): Promise<Moment> {
  for (;;) {
    await ask({ type: 'MinorCompact' }, { signal });
    signal.throwIfAborted();
    // In one synchronous step, so that the leased version is the one of the state.
    const { state } = core.tablet.state;
    if (isWhole(state, core.memtables.logs)) return { state, lease: core.lease('checkpoint') };
  }
}

/**
 * Is every write that is in tables and parts in them as a whole? Flushes see to that, a memtable at a time. But the
 * compaction of a log ages records before their memtable is flushed, and then the keys and other records of the same write
 * are still to come. It does not do so during a flush, so the moment after one is whole; this makes certain of it.
 */
function isWhole({ version }: ManifestState, inMemory: readonly LogTable[]): boolean {
  for (const table of inMemory) {
    for (const { topic, partition, first } of table.tails()) {
      const agedTo = version.logs.partitions.get(logKey(topic, partition))?.agedTo ?? 0;
      if (first < agedTo) return false;
    }
  }
  return true;
}

/** The same for a store whose write-ahead log is empty, and which has nothing to delete. */
export function stateOfCopy(state: ManifestState): ManifestState {
  const { version } = state;
  const logs = { ...version.logs, staged: new Map() };
  return { ...state, version: { ...version, logs }, garbage: [], walFloor: 0 };
}
