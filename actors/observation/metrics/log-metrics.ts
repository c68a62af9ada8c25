import { sum } from './arithmetic.ts';
import { counter, duration, gauge, histogramPoint, type Instrument } from './instrument.ts';
import { byCompacted, byTopic, lags } from './topic-points.ts';

/** Commit logs: what they hold, how far their readers are, and what compacts them. */
export const LOG_METRICS: readonly Instrument[] = [
  gauge('topic.count', '{topic}', 'Topics.', ({ stats }) => stats.logs.topics),
  gauge('topic.records', '{record}', 'Records of a topic.', ({ topics }) => byTopic(topics, ({ records }) => records)),
  gauge('topic.bytes', 'By', 'Bytes of the records of a topic.', ({ topics }) => byTopic(topics, ({ bytes }) => bytes)),
  gauge('topic.dirty', 'By', 'Bytes of the records of a topic that no compaction has seen.', ({ topics }) =>
    byTopic(topics, ({ dirtyBytes }) => dirtyBytes),
  ),
  gauge('topic.lag', '{record}', 'Records that a consumer group has still to read, counted by offsets.', ({ engine, topics }) =>
    lags(engine.logs, topics),
  ),
  gauge('topic.compaction_failures', '{failure}', "Failures in a row of a topic's compaction; 0: the last run went well.", ({ stats }) =>
    byCompacted(stats.logs.compactors, ({ failures }) => failures),
  ),
  gauge(
    'log_compactor.count',
    '{partition}',
    'Partitions that are registered for compaction, by whether a run is under way.',
    ({ stats }) => {
      const running = stats.logs.compactors.filter(({ state }) => state !== 'idle').length;
      return [
        { attributes: { state: 'idle' }, value: stats.logs.compactors.length - running },
        { attributes: { state: 'running' }, value: running },
      ];
    },
  ),
  duration('log_compaction.duration', 'Runs of log compactions that ended well.', ({ tally }) => [histogramPoint(tally.logRuns)]),
  counter(
    'log_compaction.failures',
    '{failure}',
    'Runs of log compactions that failed; all data is kept.',
    ({ tally }) => tally.logs.failedRuns,
  ),
  counter(
    'log_compaction.passes',
    '{pass}',
    'Passes over logs; a run has more than one where its strategy was full.',
    ({ tally }) => tally.logs.passes,
  ),
  counter('log_compaction.reclaimed', 'By', 'Bytes by which compactions made logs smaller.', ({ tally }) => tally.logs.reclaimedBytes),
  gauge('producer.waiting', '{producer}', 'Producers that are held back until a log is compacted.', ({ stats }) =>
    sum(stats.logs.compactors.map(({ waiting }) => waiting)),
  ),
  counter(
    'producer.stalls',
    '{stall}',
    'Times that producers of a partition began to be held back.',
    ({ tally }) => tally.producers.stalls,
  ),
  counter(
    'producer.stall_time',
    'ms',
    'How long producers of a partition were held back; told when it ends.',
    ({ tally }) => tally.producers.waitedMs,
  ),
];
