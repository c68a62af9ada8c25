import type { EngineEvent } from '../protocol/events.ts';
import type { Core } from './core.ts';

/** What opening found and put right. */
export function openedEvent({ replayed, store, wal }: Core, ms: number): EngineEvent {
  return {
    type: 'opened',
    location: store.paths.root,
    replayedEntries: replayed.entries,
    sweptBlobs: store.sweptBlobs,
    tornBytes: wal.recovery.torn?.bytes ?? 0,
    ignoredFiles: wal.recovery.ignored,
    ms,
  };
}
