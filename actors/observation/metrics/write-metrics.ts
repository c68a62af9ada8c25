import type { MetricPoint } from '../../../protocol/metrics.ts';
import { sum } from './arithmetic.ts';
import { by, counter, gauge, type Instrument, type Reading } from './instrument.ts';

const WAITING_CAUSES = ['memory', 'compaction', 'disk', 'exclusive'] as const;
const SLOWING_CAUSES = ['memory', 'compaction'] as const;
const STALLS = [
  ...SLOWING_CAUSES.map((cause) => ['slowed', cause] as const),
  ...WAITING_CAUSES.map((cause) => ['waiting', cause] as const),
];

/** From a caller's write to the memtables: what goes in, and what holds it up. */
export const WRITE_METRICS: readonly Instrument[] = [
  counter(
    'write.entries',
    '{entry}',
    'Entries of keys and records of topics that were acknowledged.',
    ({ stats }) => stats.writes.acknowledged,
  ),
  counter('write.bytes', 'By', 'Bytes of acknowledged commits in the write-ahead log.', ({ stats }) => stats.writes.bytes),
  counter('write.commits', '{commit}', 'Group commits.', ({ stats }) => stats.writes.commits),
  gauge('write.waiting', '{group}', 'Groups that wait for their commit.', ({ stats }) => stats.writes.waiting),
  gauge('write.waiting_bytes', 'By', 'What groups that wait for their commit hold in memory.', ({ stats }) => stats.writes.waitingBytes),
  gauge('write.stalled', '{state}', '1 while writers are slowed, or stand still.', ({ stats }) => stalled(stats.writes)),
  counter('write.stalls', '{stall}', 'Times that writers began to be slowed, or to stand still, by cause.', ({ tally }) =>
    STALLS.map(([kind, cause]) => ({ attributes: { kind, cause }, value: tally.stalls.at(kind, cause).count })),
  ),
  counter('write.stall_time', 'ms', 'How much longer writes took, and how long writers stood still, until now.', stallTimes),
  gauge('memtable.count', '{memtable}', 'Memtables.', ({ stats: { memtables } }) =>
    by('state', { active: 1, sealed: memtables.sealed.length }),
  ),
  gauge('memtable.bytes', 'By', 'Bytes in memtables.', ({ stats: { memtables } }) =>
    by('state', { active: memtables.active.bytes, sealed: sum(memtables.sealed.map(({ bytes }) => bytes)) }),
  ),
  gauge('memtable.entries', '{entry}', 'Entries of keys in memtables.', ({ stats: { memtables } }) =>
    by('state', { active: memtables.active.entries, sealed: sum(memtables.sealed.map(({ entries }) => entries)) }),
  ),
  gauge('memtable.limit', 'By', 'What all memtables together may hold.', ({ stats }) => stats.memtables.limit),
  counter('memtable.seals', '{memtable}', 'Memtables that were sealed.', ({ tally }) => tally.sealed),
  gauge('wal.segments', '{file}', 'Files of the write-ahead log.', ({ stats }) => stats.wal.segments),
  gauge('wal.bytes', 'By', 'Bytes of the write-ahead log on disk.', ({ stats }) => stats.wal.bytes),
  gauge('sequence', '{entry}', 'The last sequence number that can be read.', ({ stats }) => stats.lastSequence),
];

function stalled({ slowed, waitingFor }: Reading['stats']['writes']): MetricPoint[] {
  return by('kind', { slowed: Number(slowed), waiting: Number(waitingFor !== undefined && !slowed) });
}

function stallTimes({ tally, engine }: Reading): MetricPoint[] {
  const { sleptMs } = engine.core.writer;
  const slowed = SLOWING_CAUSES.map((cause) => ({ attributes: { kind: 'slowed', cause }, value: sleptMs[cause] }));
  return [...slowed, ...WAITING_CAUSES.map((cause) => ({ attributes: { kind: 'waiting', cause }, value: tally.waitedMs(cause) }))];
}
