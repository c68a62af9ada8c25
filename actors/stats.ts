import type { MailboxContext } from '../machines/mailbox/mailbox.ts';
import { depthOf } from '../machines/mailbox/queue.ts';
import type { Ticket } from '../machines/mailbox/ticket.ts';
import type { EngineStats } from '../protocol/stats.ts';
import { pinnedByOldest, pinnedBytes } from '../storage/tablet/pinned.ts';
import type { Compactors } from './compactors.ts';
import type { Core } from './core.ts';
import type { Logs } from './logs/logs.ts';
import type { Workers } from './workers.ts';
import type { Writer } from './writer.ts';

interface StatsSources {
  readonly state: EngineStats['state'];
  readonly core: Core;
  readonly mailbox: MailboxContext | undefined;
  readonly compactors: Compactors;
  readonly workers: Workers;
  readonly logs: Logs;
  readonly now: number;
}

/** One synchronous look at everything; nothing here is kept between calls. */
export function statsOf({ state, core, mailbox, compactors, workers, logs, now }: StatsSources): EngineStats {
  const { writer, memtables, wal, cache, tablet } = core;
  const ofTablet = tablet.state.stats();
  const { minors, levels, garbage, leases, compactions, flushedBytes, ingestedBytes, compactedBytes } = ofTablet;
  const cameIn = flushedBytes + ingestedBytes;
  return {
    state,
    writes: writeStats(writer),
    memtables: memtables.stats(),
    wal: { segments: wal.segments, bytes: wal.bytes },
    mailbox: mailboxStats(mailbox, now),
    compactors: compactors.stats(),
    workers: workers.names.map((name) => ({ name, ...workers.stateOf(name) })),
    ...{ minors, levels, garbage, leases, compactions },
    logs: { topics: tablet.logs.topics.size, bytesWritten: tablet.logBytesWritten, compactors: logs.stats() },
    snapshots: snapshotStats(core, ofTablet.pinnedBytes),
    rangeDeletes: tablet.state.version.rangeDeletes.size,
    cache: { bytes: cache.bytes, limit: cache.limit, hits: cache.hits, misses: cache.misses },
    bytesRead: tablet.bytesRead,
    bytesWritten: cameIn + compactedBytes,
    writeAmplification: cameIn === 0 ? 0 : (cameIn + compactedBytes) / cameIn,
    lastSequence: writer.lastSequence,
    notPicked: tablet.notPicked,
  };
}

/** `pinnedBlobs`: bytes of obsolete blobs that some lease still sees. */
function snapshotStats({ snapshots, tablet }: Core, pinnedBlobs: number): EngineStats['snapshots'] {
  const { count, sequences } = snapshots;
  const { version } = tablet.state;
  const oldest = snapshots.oldestHold();
  return {
    count,
    pinnedBytes: pinnedBytes(version, sequences) + pinnedBlobs,
    ...(oldest && { oldest: { ...oldest, pinnedBytes: pinnedByOldest(version, sequences) } }),
  };
}

function writeStats({ counters, waiting, waitingBytes, isSlowed: slowed, waitingFor }: Writer): EngineStats['writes'] {
  return { ...counters, waiting, waitingBytes, slowed, ...(waitingFor !== undefined && { waitingFor }) };
}

function mailboxStats(mailbox: MailboxContext | undefined, now: number): EngineStats['mailbox'] {
  if (mailbox === undefined) return { depth: 0, capacity: 0, oldestMs: 0, byType: {}, running: 0 };
  const { queue, capacity } = mailbox;
  const byType: Record<string, number> = {};
  for (const ticket of queue.waiting) byType[typeOf(ticket)] = (byType[typeOf(ticket)] ?? 0) + 1;
  const oldest = Math.min(now, ...queue.waiting.map((ticket) => ticket.at));
  return { depth: depthOf(queue), capacity, oldestMs: now - oldest, byType, running: queue.running.length };
}

function typeOf({ work }: Ticket): string {
  if (work.kind === 'flush') return 'MinorCompact';
  if (work.kind === 'collect') return 'GarbageCollect';
  if (work.kind === 'slice' || work.kind === 'log') return work.kind;
  return work.order === 'major' ? 'MajorCompaction' : 'background';
}
