import type { Engine } from '../../index.ts';
import { withEngineUntil } from '../with-engine.ts';
import { checkEveryKey, type Findings, isSound } from './check.ts';
import { runFleet } from './fleet.ts';
import type { IntentFile } from './intent.ts';
import { bytesOnDisk, type Latency, LoopDelay, messageLatency, peakRss } from './measure.ts';
import { Stopwatch } from './stopwatch.ts';
import type { Summary } from './summary.ts';
import { Versions } from './versions.ts';
import { Watch } from './watch.ts';
import { KEY_BYTES, type Workload } from './workload.ts';

export interface Demo {
  readonly location: string;
  readonly kept: boolean;
  readonly workload: Workload;
  readonly durability: 'fsync' | 'os';
  /** Bytes; undefined: the engine's own default. */
  readonly memtableBytes?: number;
  readonly intent?: IntentFile;
}

const MESSAGES = 200;

/** Writes, compacts, collects, closes, reopens, reads everything back. */
export async function runDemo(demo: Demo, signal: AbortSignal): Promise<Summary> {
  const versions = new Versions(demo.workload);
  using delay = new LoopDelay();
  using watch = new Watch(demo.location, versions, demo.workload.writes);
  const stopwatch = new Stopwatch((phase) => {
    watch.phase(phase);
    demo.intent?.phase(phase);
  });
  const written = await writingHalf(demo, { versions, watch, stopwatch }, signal);
  const read = await readingHalf(demo, { versions, watch, stopwatch }, signal);
  stopwatch.stop();
  return {
    ok: isSound(read.findings),
    location: demo.location,
    kept: demo.kept,
    workload: demo.workload,
    durability: demo.durability,
    writesPerSecond: (demo.workload.writes * 1000) / Math.max(1, stopwatch.of('writing')),
    liveKeys: versions.live,
    liveBytes: versions.live * (KEY_BYTES + demo.workload.valueBytes),
    ...written,
    longestLoopDelayMs: delay.longestMs,
    p99LoopDelayMs: delay.p99Ms,
    peakRssBytes: peakRss(),
    messageLatency: read.latency,
    phaseMs: stopwatch.phaseMs,
    totalMs: stopwatch.totalMs,
    findings: read.findings,
  };
}

interface Tools {
  readonly versions: Versions;
  readonly watch: Watch;
  readonly stopwatch: Stopwatch;
}

type Written = Pick<Summary, 'bytesOnDisk' | 'writeAmplification' | 'compactions'>;

function writingHalf(
  { location, workload, durability, memtableBytes, intent }: Demo,
  { versions, watch, stopwatch }: Tools,
  signal: AbortSignal,
): Promise<Written> {
  stopwatch.begin('opening');
  const options = { errorIfExists: true, durability, ...(memtableBytes !== undefined && { memtableBytes }) };
  return withEngineUntil(signal, location, options, async (engine) => {
    watch.look(engine);
    stopwatch.begin('writing');
    await runFleet(engine, workload, versions, intent, signal);
    const before = await bytesOnDisk(location);
    stopwatch.begin('compacting');
    await engine.ask({ type: 'MajorCompaction' }, { signal });
    stopwatch.begin('collecting');
    await engine.ask({ type: 'GarbageCollect' }, { signal });
    watch.look(undefined);
    const { writeAmplification, compactions } = engine.stats();
    return { bytesOnDisk: { before, after: await bytesOnDisk(location) }, writeAmplification, compactions };
  });
}

function readingHalf(
  { location, workload }: Demo,
  { versions, watch, stopwatch }: Tools,
  signal: AbortSignal,
): Promise<{ findings: Findings; latency: Latency }> {
  stopwatch.begin('reopening');
  return withEngineUntil(signal, location, { createIfMissing: false }, async (engine: Engine) => {
    watch.look(engine);
    stopwatch.begin('verifying');
    const findings = await checkEveryKey(engine, workload, versions, signal);
    stopwatch.begin('measuring');
    const latency = await messageLatency(engine, MESSAGES);
    watch.look(undefined);
    return { findings, latency };
  });
}
