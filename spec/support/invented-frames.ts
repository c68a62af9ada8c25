import type { Frame, ShapeView, TopicView } from '../../inspector/frames.ts';
import type { ActorInfo } from '../../protocol/inspection.ts';
import type { RecorderEntry } from '../../protocol/recorder.ts';
import type { TableShapeInfo } from '../../protocol/shape.ts';
import type { EngineStats } from '../../protocol/stats.ts';

/** Frames of an engine that there is not, for specs of what draws them. */
export function inventedFrame(n: number, change: Partial<Frame> = {}): Frame {
  return {
    ...{ type: 'frame', n, atMs: 1000 * n, wallMs: 1_700_000_000_000 + 1000 * n, droppedFrames: 0, droppedEntries: 0 },
    ...{ stats: inventedStats(), health: inventedHealth(), entries: [] },
    ...change,
  };
}

export function inventedHealth(change: Partial<Frame['health']> = {}): Frame['health'] {
  return {
    ...{
      loopHeldMs: 2,
      rssBytes: 90_000_000,
      heapBytes: 30_000_000,
      diskBytes: 4_000_000,
      spaceAmplification: 1.3,
      writeAmplification: 2.1,
    },
    ...{ writesPerSecond: 1200, bytesPerSecond: 150_000, commitsPerSecond: 40, stalledMs: 0 },
    ...change,
  };
}

export function inventedStats(change: Partial<EngineStats> = {}): EngineStats {
  return {
    state: 'open',
    writes: { acknowledged: 5000, bytes: 600_000, commits: 100, waiting: 0, waitingBytes: 0, slowed: false },
    memtables: { active: { number: 3, entries: 40, bytes: 8000 }, sealed: [], bytes: 8000, limit: 512_000 },
    wal: { segments: 1, bytes: 9000 },
    mailbox: { depth: 0, capacity: 64, oldestMs: 0, byType: {}, running: 0 },
    compactors: [inventedCompactor(0), inventedCompactor(1)],
    workers: [],
    minors: { tables: 1, bytes: 2000 },
    levels: [{ tables: 2, bytes: 8000, entries: 80, tombstones: 0 }],
    logs: { topics: 0, bytesWritten: 0, compactors: [] },
    garbage: { blobs: 0, bytes: 0, pinned: 0 },
    leases: [],
    snapshots: { count: 0, pinnedBytes: 0 },
    rangeDeletes: 0,
    cache: { bytes: 1000, limit: 64_000, hits: 90, misses: 10 },
    compactions: { minor: 1, regular: 2, major: 0, flush: 3 },
    ...{ bytesRead: 10_000, bytesWritten: 20_000, writeAmplification: 2.1, lastSequence: 5000, notPicked: [] },
    ...change,
  };
}

export function inventedCompactor(at: number, change: Partial<EngineStats['compactors'][number]> = {}): EngineStats['compactors'][number] {
  return { name: `compactor-${at}`, state: 'idle', entries: 0, bytes: 0, ...change };
}

export function inventedActor(id: string, change: Partial<ActorInfo> = {}): ActorInfo {
  return { id, states: [], status: 'active', ...change };
}

export function inventedEntry(n: number, change: Partial<RecorderEntry> = {}): RecorderEntry {
  return { n, atMs: 10 * n, kind: 'message', type: 'Assign', actor: 'compactor-0', ...change };
}

/** What the recorder says of a compactor that takes a ticket up. */
export function inventedTransition(n: number, change: Partial<RecorderEntry['details']> = {}): RecorderEntry {
  const details = { machine: 'compactor', event: 'Assign', from: ['idle'], to: ['working.running'], ...change };
  return inventedEntry(n, { kind: 'transition', type: 'idle → working.running', details });
}

export function inventedTable(id: number, minKey: string, maxKey: string, change: Partial<TableShapeInfo> = {}): TableShapeInfo {
  return { ...{ id, minKey, maxKey, bytes: 2000, entries: 50, tombstones: 0, heldBytes: 0 }, ...change };
}

export function inventedShape(change: Partial<ShapeView> = {}): ShapeView {
  return { version: 7, minors: [], levels: [], orders: [], garbage: [], leases: [], leftOut: [], ...change };
}

export function inventedTopic(name: string, change: Partial<TopicView> = {}): TopicView {
  const partitions = [{ partition: 0, beginning: 0, end: 99, next: 100, activeBytes: 500, historyBytes: 1500 }];
  return { ...{ name, records: 100, bytes: 2000, dirtyBytes: 500, partitions, groups: [] }, ...change };
}
