import type { MetricPoint } from '../../../protocol/metrics.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import { bytesOf } from '../../../storage/tablet/ranges.ts';
import { most, sum } from './arithmetic.ts';
import { by, counter, duration, gauge, histogramPoint, type Instrument, type Reading } from './instrument.ts';

type Count = (table: TableMeta) => number;

/** What is on disk, what keeps it there, and what compactions make of it. */
export const STORE_METRICS: readonly Instrument[] = [
  gauge('level.tables', '{table}', "Tables, by level; 'minor': flushed and not yet merged.", (from) => byLevel(from, () => 1)),
  gauge('level.bytes', 'By', 'Bytes of tables, by level.', (from) => byLevel(from, ({ bytes }) => bytes)),
  gauge('level.entries', '{entry}', 'Entries in tables, tombstones included, by level.', (from) => byLevel(from, ({ entries }) => entries)),
  gauge('level.tombstones', '{entry}', 'Tombstones in tables, by level.', (from) => byLevel(from, ({ tombstones }) => tombstones)),
  gauge(
    'range_delete.count',
    '{range_delete}',
    'Range deletes that some table below has not been compacted with.',
    ({ stats }) => stats.rangeDeletes,
  ),
  counter('compaction.count', '{compaction}', 'Compactions that were committed, by kind.', ({ stats }) => by('kind', stats.compactions)),
  counter('compaction.moves', '{compaction}', 'Compactions that only gave a table another level, by kind.', ({ tally }) =>
    ofKinds(tally, 'moves'),
  ),
  counter('compaction.read', 'By', 'Bytes that compactions read, by kind.', ({ tally }) => ofKinds(tally, 'bytesRead')),
  counter('compaction.written', 'By', 'Bytes that compactions and flushes wrote, by kind.', ({ tally }) => ofKinds(tally, 'bytesWritten')),
  gauge(
    'compaction.not_picked',
    '{reason}',
    'Reasons why what looks like work was not picked by the last planning.',
    ({ stats }) => stats.notPicked.length,
  ),
  counter('storage.read', 'By', 'Bytes that jobs read in the blob store.', ({ stats }) => stats.bytesRead),
  counter('storage.written', 'By', 'Bytes that jobs wrote in the blob store, by what for.', written),
  gauge(
    'storage.write_amplification',
    '1',
    'Bytes written to tables for each byte that was flushed or ingested, since open.',
    ({ stats }) => stats.writeAmplification,
  ),
  gauge(
    'storage.space_amplification',
    '1',
    'Bytes of all tables and garbage for each byte of the largest level; none without tables.',
    spaceAmplification,
  ),
  counter('ingest.entries', '{entry}', 'Entries that came in by ingest.', ({ tally }) => tally.ingested.entries),
  counter('ingest.bytes', 'By', 'Bytes of the tables that ingests made.', ({ tally }) => tally.ingested.bytes),
  duration('ingest.duration', 'Ingests, from the first pair to the commit.', ({ tally }) => [histogramPoint(tally.ingests)]),
  gauge('garbage.blobs', '{blob}', 'Obsolete blobs that are not deleted yet.', ({ stats }) => stats.garbage.blobs),
  gauge('garbage.bytes', 'By', 'Bytes of obsolete blobs that are not deleted yet.', ({ stats }) => stats.garbage.bytes),
  gauge('garbage.pinned', '{blob}', 'Obsolete blobs that somebody still reads.', ({ stats }) => stats.garbage.pinned),
  counter('garbage.collected', '{blob}', 'Blobs that were deleted.', ({ tally }) => tally.garbage.blobs),
  counter('garbage.reclaimed', 'By', 'Bytes of blobs that were deleted.', ({ tally }) => tally.garbage.bytes),
  gauge('lease.count', '{lease}', 'Leases on versions of the tree; each keeps on disk what it sees.', ({ stats }) => stats.leases.length),
  gauge('lease.age', 'ms', 'Age of the oldest lease; 0 without any.', ({ stats }) => most(stats.leases.map(({ ageMs }) => ageMs))),
  gauge('lease.version_lag', '{version}', 'How many versions of the tree the oldest lease is behind.', versionLag),
  gauge('snapshot.count', '{snapshot}', 'Moments that snapshots and iterators read at.', ({ stats }) => stats.snapshots.count),
  gauge(
    'snapshot.age',
    'ms',
    'Age of the oldest moment that somebody reads at; 0 without any.',
    ({ stats }) => stats.snapshots.oldest?.ageMs ?? 0,
  ),
  gauge('snapshot.sequence_lag', '{entry}', 'How many sequence numbers the oldest moment that somebody reads at is behind.', sequenceLag),
  gauge('snapshot.pinned', 'By', 'Bytes that are kept for snapshots and readers only, about.', ({ stats }) => stats.snapshots.pinnedBytes),
  gauge(
    'snapshot.oldest_pinned',
    'By',
    'Bytes that would go with the oldest snapshot, about.',
    ({ stats }) => stats.snapshots.oldest?.pinnedBytes ?? 0,
  ),
  gauge('cache.bytes', 'By', 'Bytes in the block cache.', ({ stats }) => stats.cache.bytes),
  gauge('cache.limit', 'By', 'The option cacheBytes.', ({ stats }) => stats.cache.limit),
  counter('cache.hits', '{block}', 'Blocks that were found in the cache.', ({ stats }) => stats.cache.hits),
  counter('cache.misses', '{block}', 'Blocks that were not found in the cache.', ({ stats }) => stats.cache.misses),
];

function byLevel({ engine }: Reading, count: Count): MetricPoint[] {
  const { minors, levels } = engine.core.tablet.state.version;
  return [['minor', minors] as const, ...levels.map((tables, level) => [String(level), tables] as const)].map(([level, tables]) => ({
    attributes: { level },
    value: sum(tables.map(count)),
  }));
}

function ofKinds({ compacted }: Reading['tally'], what: 'moves' | 'bytesRead' | 'bytesWritten'): MetricPoint[] {
  return Object.entries(compacted).map(([kind, counts]) => ({ attributes: { kind }, value: counts[what] }));
}

function written({ engine }: Reading): MetricPoint[] {
  const { tablet } = engine.core;
  const { flushedBytes, ingestedBytes, compactedBytes } = tablet.state.stats();
  return by('purpose', { flush: flushedBytes, ingest: ingestedBytes, compaction: compactedBytes, log: tablet.logBytesWritten });
}

/** In a level no key stands twice, so the largest one is about what is live. */
function spaceAmplification({ engine, stats }: Reading): number | undefined {
  const { minors, levels } = engine.core.tablet.state.version;
  const sizes = [minors, ...levels].map(bytesOf);
  const largest = most(sizes);
  return largest === 0 ? undefined : (sum(sizes) + stats.garbage.bytes) / largest;
}

function versionLag({ engine, stats }: Reading): number {
  const { number } = engine.core.tablet.state.version;
  return most(stats.leases.map(({ version }) => number - version));
}

function sequenceLag({ stats: { snapshots, lastSequence } }: Reading): number {
  return snapshots.oldest === undefined ? 0 : Math.max(0, lastSequence - snapshots.oldest.sequence);
}
