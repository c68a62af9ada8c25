import type { EngineStats } from '../../index.ts';
import { bytesText, countText, kindsText, secondsText, table } from '../format.ts';
import type { Findings } from './check.ts';
import type { Latency } from './measure.ts';
import type { Workload } from './workload.ts';

/** The phases of a demo in their order. */
export const PHASES = ['opening', 'writing', 'compacting', 'collecting', 'reopening', 'verifying', 'measuring'] as const;
export type Phase = (typeof PHASES)[number];

/** What `lithify demo --json` prints. Bytes and milliseconds throughout. */
export interface Summary {
  readonly ok: boolean;
  readonly location: string;
  readonly kept: boolean;
  readonly workload: Workload;
  readonly durability: string;
  readonly writesPerSecond: number;
  readonly liveKeys: number;
  /** The directory when the last write was acknowledged, and after MajorCompaction and GarbageCollect. */
  readonly bytesOnDisk: { readonly before: number; readonly after: number };
  readonly liveBytes: number;
  readonly writeAmplification: number;
  readonly compactions: EngineStats['compactions'];
  readonly longestLoopDelayMs: number;
  readonly p99LoopDelayMs: number;
  readonly peakRssBytes: number;
  readonly messageLatency: Latency;
  readonly phaseMs: Readonly<Record<Phase, number>>;
  readonly totalMs: number;
  readonly findings: Findings;
}

export function summaryText(summary: Summary): string {
  const { workload, bytesOnDisk, messageLatency, phaseMs, findings } = summary;
  return table([
    [
      'writes',
      `${countText(workload.writes)} over ${countText(workload.keys)} keys, ${workload.valueBytes}-byte values, batches of ${countText(workload.batch)}`,
    ],
    ['speed', `${countText(summary.writesPerSecond)} writes/s, durability ${summary.durability}`],
    [
      'bytes on disk',
      `${bytesText(bytesOnDisk.before)} before, ${bytesText(bytesOnDisk.after)} after major compaction and gc (${bytesText(summary.liveBytes)} live)`,
    ],
    ['write amplification', summary.writeAmplification.toFixed(2)],
    ['compactions', kindsText(summary.compactions)],
    ['event loop', `held for at most ${summary.longestLoopDelayMs.toFixed(1)} ms (p99 ${summary.p99LoopDelayMs.toFixed(1)} ms)`],
    ['peak memory', `${bytesText(summary.peakRssBytes)} resident`],
    ['message', `idle engine answers in ${messageLatency.medianMs.toFixed(2)} ms (median), ${messageLatency.p99Ms.toFixed(2)} ms (p99)`],
    ['time', `${secondsText(summary.totalMs)}: ${PHASES.map((phase) => `${phase} ${secondsText(phaseMs[phase])}`).join(', ')}`],
    ['verified', findingsText(findings)],
    ...(summary.kept ? [['store', `kept in ${summary.location}`] as const] : []),
  ]);
}

function findingsText({ gets, scanned, missing, wrong, unexpected, examples }: Findings): string {
  const read = `${countText(gets)} keys by get, ${countText(scanned)} entries by scan after reopening`;
  const bad = [
    [missing, 'missing'],
    [wrong, 'wrong'],
    [unexpected, 'unexpected'],
  ].filter(([count]) => count !== 0);
  if (bad.length === 0) return `${read}: every key as acknowledged`;
  return `${read}: ${bad.map(([count, what]) => `${count} ${what}`).join(', ')}; ${examples.join('; ')}`;
}
