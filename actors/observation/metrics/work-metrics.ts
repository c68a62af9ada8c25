import type { MetricPoint } from '../../../protocol/metrics.ts';
import { by, countBy, counter, duration, gauge, histogramPoint, type Instrument } from './instrument.ts';

const TICKETS = ['MinorCompact', 'GarbageCollect', 'MajorCompaction', 'background', 'slice', 'log'];
const COMPACTOR_STATES = ['idle', 'running', 'finishing', 'aborting', 'backingOff', 'stopped'];
const WORKER_STATES = ['absent', 'starting', 'waiting', 'lent', 'down', 'recycling', 'stopping', 'stopped'];
const REPLIES =
  "Requests that the mailbox has answered, whoever sent them: ask(), tell(), machines, the engine itself; 'none': it was no message.";
const JOBS = ['flush', 'ingest', 'plan', 'slice', 'delete', 'verify', 'age', 'analyze', 'rewrite'];

/** From a request to the thread that does it. */
export const WORK_METRICS: readonly Instrument[] = [
  gauge('mailbox.depth', '{request}', 'Requests of users that wait in the mailbox.', ({ stats }) => stats.mailbox.depth),
  gauge('mailbox.capacity', '{request}', 'How many may: the option mailboxCapacity.', ({ stats }) => stats.mailbox.capacity),
  gauge('mailbox.age', 'ms', 'How long the oldest ticket has waited.', ({ stats }) => stats.mailbox.oldestMs),
  gauge('mailbox.waiting', '{ticket}', 'Tickets that wait, by what they let do; requests for the same share one.', ({ stats }) =>
    waitingByType(stats.mailbox.byType),
  ),
  gauge('mailbox.running', '{ticket}', 'Tickets that a compactor works on.', ({ stats }) => stats.mailbox.running),
  gauge(
    'mailbox.outside',
    '{request}',
    'Requests of users that wait outside, because the mailbox is full.',
    ({ engine }) => engine.waitingOutside,
  ),
  duration('request.duration', 'From ask() to its reply, by message and outcome (done, failed).', ({ tally }) =>
    tally.requests.entries().map(({ first: type, second: outcome, value }) => histogramPoint(value, { type, outcome })),
  ),
  counter('request.replies', '{reply}', REPLIES, ({ tally }) =>
    tally.replies.entries().map(({ first: type, second: outcome, value }) => ({ attributes: { type, outcome }, value: value.count })),
  ),
  duration('job.duration', 'Jobs, by kind and outcome (done, yielded, failed).', ({ tally }) =>
    tally.jobs.entries().map(({ first: job, second: outcome, value }) => histogramPoint(value, { job, outcome })),
  ),
  gauge('job.running', '{job}', 'Jobs that run, by kind.', ({ stats }) =>
    countBy(
      'job',
      stats.compactors.flatMap(({ job }) => job ?? []),
      JOBS,
    ),
  ),
  gauge('job.entries', '{entry}', 'Entries that the job of a compactor has gone through; stays until the next begins.', ({ stats }) =>
    stats.compactors.map(({ name, entries }) => ({ attributes: { compactor: name }, value: entries })),
  ),
  gauge('job.bytes', 'By', 'Bytes that the job of a compactor has gone through; stays until the next begins.', ({ stats }) =>
    stats.compactors.map(({ name, bytes }) => ({ attributes: { compactor: name }, value: bytes })),
  ),
  gauge('compactor.count', '{compactor}', 'Compactors, by the state of their chart.', ({ stats }) =>
    countBy(
      'state',
      stats.compactors.map(({ state }) => state),
      COMPACTOR_STATES,
    ),
  ),
  counter('compactor.back_offs', '{back_off}', 'Times that a compactor paused after a failure.', ({ tally }) => tally.backOffs),
  gauge('worker.count', '{worker}', 'Worker threads, by the innermost state of their chart.', ({ stats }) =>
    countBy(
      'state',
      stats.workers.map(({ state }) => state.slice(state.lastIndexOf('.') + 1)),
      WORKER_STATES,
    ),
  ),
  counter('worker.starts', '{thread}', 'Threads that were started.', ({ tally }) => tally.workers.starts),
  counter('worker.deaths', '{thread}', 'Threads that died; each is started again.', ({ tally }) => tally.workers.deaths),
  counter('failure.count', '{failure}', 'Failures, by where (job, log, worker, storage) and error code.', ({ tally }) =>
    tally.failures.entries().map(({ first: where, second: code, value }) => ({ attributes: { where, code }, value: value.count })),
  ),
  duration('recovery.duration', 'Opening LevelDB again after one of its writes failed.', ({ tally }) => [histogramPoint(tally.recoveries)]),
];

function waitingByType(byType: Readonly<Record<string, number | undefined>>): MetricPoint[] {
  return by('type', Object.fromEntries(TICKETS.map((type) => [type, byType[type] ?? 0])));
}
