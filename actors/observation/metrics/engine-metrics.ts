import { by, countBy, gauge, type Instrument } from './instrument.ts';

const STATES = ['opening', 'open', 'recovering', 'closing', 'closed'];

/** The engine as a whole, and the process that it lives in. */
export const ENGINE_METRICS: readonly Instrument[] = [
  gauge('engine.state', '{state}', '1 for the state that the engine is in.', ({ stats }) => countBy('state', [stats.state], STATES)),
  gauge('open.duration', 'ms', 'How long opening took.', ({ tally }) => tally.opened?.ms),
  gauge('open.replayed', '{entry}', 'Entries that were found in the write-ahead log then.', ({ tally }) => tally.opened?.replayedEntries),
  gauge('open.torn', 'By', 'Bytes of torn writes that were cut off its end.', ({ tally }) => tally.opened?.tornBytes),
  gauge('open.swept', '{blob}', 'Blobs of unfinished work that were deleted.', ({ tally }) => tally.opened?.sweptBlobs),
  gauge('process.memory', 'By', "The process's memory: resident, the JS heap in use, array buffers outside of it.", ({ memory }) =>
    by('kind', { rss: memory.rss, heap: memory.heapUsed, buffers: memory.arrayBuffers }),
  ),
  gauge(
    'event_loop.delay',
    'ms',
    "Longest time that this thread's event loop was held since the last look; measuring begins with the first.",
    ({ loopDelayMs }) => loopDelayMs,
  ),
];
