import type { EngineStats } from '../../protocol/stats.ts';
import type { TopicView } from '../frames.ts';
import type { Inspected } from '../inspected.ts';
import { plainJson } from '../plain-json.ts';
import type { DiskUsage } from './disk-usage.ts';
import { HealthMeter } from './health.ts';
import type { Pace } from './pace.ts';
import { Part } from './part.ts';
import { shapeView } from './shape-view.ts';
import { topicsView } from './topic-view.ts';

const MOST_ACTORS = 500;
const MOST_IN_STATS = 200;
/** So that no part by itself takes the whole share. */
const PARTS = 4;

/** One look at the engine, for all clients; the parts of it that change are asked for by what a client has seen. */
export interface Sample {
  readonly n: number;
  /** Fields that every frame has, as JSON without the outer braces. */
  readonly always: string;
  /** Fields that changed since that frame, each with a comma before it. */
  changedSince(frame: number): string;
}

/** Looks at the engine; exists only while somebody wants to see it. */
export class Sampler implements Disposable {
  readonly #engine: Inspected;
  readonly #health: HealthMeter;
  readonly #parts: Readonly<Record<'actors' | 'shape' | 'waiting' | 'topics' | 'topicsLeftOut', Part>>;
  #topicsLeftOut = 0;

  constructor(engine: Inspected, disk: DiskUsage, { everyMs, share }: Pace) {
    this.#engine = engine;
    this.#health = new HealthMeter(engine, disk);
    const every = (frames: number) => ({ everyMs: everyMs * frames, share: share / PARTS });
    this.#parts = {
      actors: new Part(every(0), () => engine.actors().slice(0, MOST_ACTORS)),
      shape: new Part(every(2), () => shapeView(engine.shape())),
      waiting: new Part(every(2), () => engine.why.waiting()),
      topics: new Part(every(5), () => this.#topics()),
      topicsLeftOut: new Part(every(0), () => this.#topicsLeftOut),
    };
  }

  #topics(): readonly TopicView[] {
    const { topics, topicsLeftOut, bytes } = topicsView(this.#engine);
    this.#topicsLeftOut = topicsLeftOut;
    this.#health.topicBytes = bytes;
    return topics;
  }

  /** Throws what the engine throws when it has no stats to give. */
  look(n: number): Sample {
    const now = performance.now();
    const stats = this.#engine.stats();
    const health = this.#health.look(stats, now);
    const parts = Object.entries(this.#parts);
    for (const [, part] of parts) part.refresh(n, now);
    return {
      n,
      always: `"atMs":${now},"wallMs":${Date.now()},"stats":${plainJson(bounded(stats))},"health":${plainJson(health)}`,
      changedSince: (frame) =>
        parts
          .map(([name, part]) => [name, part.since(frame)])
          .flatMap(([name, json]) => (json === undefined ? [] : `,"${name}":${json}`))
          .join(''),
    };
  }

  [Symbol.dispose](): void {
    this.#health[Symbol.dispose]();
  }
}

/** A store may have thousands of registered partitions and leases: those that do something come first. */
function bounded(stats: EngineStats): EngineStats {
  const { logs, leases } = stats;
  if (logs.compactors.length <= MOST_IN_STATS && leases.length <= MOST_IN_STATS) return stats;
  const byActivity = [...logs.compactors].sort((a, b) => Number(a.state === 'idle') - Number(b.state === 'idle'));
  return { ...stats, leases: leases.slice(0, MOST_IN_STATS), logs: { ...logs, compactors: byActivity.slice(0, MOST_IN_STATS) } };
}
