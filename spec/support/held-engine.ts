import { type Engine, type EngineEvent, nodeRuntime, type OpenOptions, open, type Runtime } from '../../index.ts';
import { nextEvent } from './next-event.ts';

/** Small enough that a handful of keys is several blocks, tables and slices. */
export const TINY: OpenOptions = { memtableBytes: 64 * 1024, blockBytes: 64, tableBytes: 512, sliceBytes: 512, durability: 'os' };

/**
 * An engine, in memory unless said otherwise, whose jobs stand still at their next block while they are held, so that a spec can look at what
 * happens meanwhile without waiting for time to pass.
 */
export class HeldEngine {
  readonly engine: Engine;
  readonly events: EngineEvent[] = [];
  readonly #brake: Brake;

  private constructor(engine: Engine, brake: Brake) {
    this.engine = engine;
    this.#brake = brake;
    engine.events$.subscribe((event) => void this.events.push(event));
  }

  static async open(options: OpenOptions = {}, location = 'memory'): Promise<HeldEngine> {
    const brake = new Brake();
    return new HeldEngine(await open(location, { storage: 'memory', ...TINY, runtime: brake.runtime, ...options }), brake);
  }

  hold(): void {
    this.#brake.hold();
  }

  release(): void {
    this.#brake.release();
  }

  /** Puts so many keys, a block each. */
  async fill(count: number, prefix = 'key'): Promise<void> {
    await fill(this.engine, count, prefix);
  }

  /** Holds the jobs and keeps one compactor busy with a flush. */
  async busy(): Promise<{ flush: Promise<unknown> }> {
    await this.fill(8, 'busy');
    this.hold();
    const started = nextEvent(this.engine, 'jobStarted');
    const flush = this.engine.ask({ type: 'MinorCompact' });
    await started;
    return { flush };
  }
}

export async function fill(engine: Engine, count: number, prefix = 'key'): Promise<void> {
  const value = 'v'.repeat(60);
  await engine.kv.batch(
    Array.from({ length: count }, (_, i) => ({ type: 'put' as const, key: `${prefix}${String(i).padStart(5, '0')}`, value })),
  );
}

/** A runtime that makes every block of a job a turn of the event loop, and that turn as long as it is held. */
class Brake {
  readonly runtime: Runtime;
  #held: PromiseWithResolvers<void> | undefined;
  #ticks = 0;

  constructor() {
    const real = nodeRuntime();
    this.runtime = { ...real, clock: { ...real.clock, now: () => (this.#ticks += 10) }, turn: () => this.#held?.promise ?? real.turn() };
  }

  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }
}
