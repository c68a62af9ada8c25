import type { EngineStats } from '../../protocol/stats.ts';
import type { Health } from '../frames.ts';
import type { Inspected } from '../inspected.ts';
import type { DiskUsage } from './disk-usage.ts';
import { LoopHold } from './loop-hold.ts';
import { MemoryUsage } from './memory-usage.ts';
import { Stalls } from './stalls.ts';

interface Seen {
  readonly atMs: number;
  readonly writes: EngineStats['writes'];
}

/** How the process and the engine do between two frames. */
export class HealthMeter implements Disposable {
  readonly #hold: LoopHold;
  readonly #disk: DiskUsage;
  readonly #stalls: Stalls;
  readonly #memory = new MemoryUsage();
  #seen: Seen | undefined;
  /** Of all topics' records, when somebody looked last. */
  topicBytes = 0;

  constructor(engine: Pick<Inspected, 'events$' | 'stats'>, disk: DiskUsage) {
    this.#disk = disk;
    // An engine may have no stats to give; then there must be no timer that nobody stops.
    this.#stalls = new Stalls(engine);
    this.#hold = new LoopHold();
  }

  look(stats: EngineStats, atMs: number): Health {
    const seen = this.#seen;
    this.#seen = { atMs, writes: stats.writes };
    return {
      loopHeldMs: this.#hold.take(atMs),
      ...this.#memory.look(atMs),
      ...this.#space(stats, atMs),
      writeAmplification: stats.writeAmplification,
      ...ratesBetween(seen, { atMs, writes: stats.writes }),
      stalledMs: this.#stalls.take(atMs),
    };
  }

  #space(stats: EngineStats, atMs: number): { diskBytes?: number; spaceAmplification?: number } {
    const diskBytes = this.#disk.look(atMs);
    if (diskBytes === undefined) return {};
    const live = liveBytes(stats) + this.topicBytes;
    return { diskBytes, ...(live > 0 && { spaceAmplification: diskBytes / live }) };
  }

  [Symbol.dispose](): void {
    this.#hold[Symbol.dispose]();
    this.#stalls[Symbol.dispose]();
  }
}

/** Of keys and values that the store has not given up: in tables and in memory. */
function liveBytes({ levels, minors, memtables }: EngineStats): number {
  return levels.reduce((sum, { bytes }) => sum + bytes, minors.bytes + memtables.bytes);
}

function ratesBetween(before: Seen | undefined, { atMs, writes }: Seen) {
  const seconds = before === undefined ? 0 : (atMs - before.atMs) / 1000;
  const rate = (name: 'acknowledged' | 'bytes' | 'commits') =>
    before === undefined || seconds <= 0 ? 0 : Math.max(0, writes[name] - before.writes[name]) / seconds;
  return { writesPerSecond: rate('acknowledged'), bytesPerSecond: rate('bytes'), commitsPerSecond: rate('commits') };
}
