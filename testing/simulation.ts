import type { Clock } from '../protocol/runtime.ts';
import { invalid } from './checks.ts';
import type { CrashKind } from './disk/crash.ts';
import type { SimulatedDisk } from './disk/disk.ts';
import type { FaultRules, Operation } from './faults/rules.ts';
import { Life } from './life.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** A moment in which a crash is told from one before: around an operation's effect, or when an actor gets a message. */
export interface CrashPoint {
  /** Ascending from 0. */
  readonly number: number;
  /** `append after /store/wal/…`, `message MinorCompact`. */
  readonly name: string;
}

export interface SimulationParts {
  readonly seed: number;
  readonly random: Random;
  readonly trace: Trace;
  readonly scheduler: Scheduler;
  readonly rules: FaultRules;
  readonly disk: SimulatedDisk;
  /** Told of every point as it is reached. */
  readonly onPoint?: ((point: CrashPoint, simulation: Simulation) => void) | undefined;
}

/** What a scenario is played in: one machine, whose processes live one after the other. */
export class Simulation {
  readonly seed: number;
  /** The scenario's own draws. */
  readonly random: Random;
  readonly trace: Trace;
  readonly scheduler: Scheduler;
  /** Add and take away faults at any time. */
  readonly rules: FaultRules;
  readonly #onPoint: SimulationParts['onPoint'];
  #disk: SimulatedDisk;
  #crashed: SimulatedDisk | undefined;
  /** Operations begun. */
  operations = 0;
  /** Messages that actors got. */
  deliveries = 0;
  #points = 0;
  #lives = 0;
  #isLiving = false;
  #doom: { readonly at: number; readonly kind: CrashKind } | undefined;

  constructor(parts: SimulationParts) {
    this.seed = parts.seed;
    this.random = parts.random;
    this.trace = parts.trace;
    this.scheduler = parts.scheduler;
    this.rules = parts.rules;
    this.#disk = parts.disk;
    this.#onPoint = parts.onPoint;
  }

  get disk(): SimulatedDisk {
    return this.#disk;
  }

  get clock(): Clock {
    return this.scheduler.clock;
  }

  get points(): number {
    return this.#points;
  }

  /** A line in the trace. */
  note(text: string): void {
    this.trace.add(text);
  }

  /**
   * A process: `live` is its program. Resolves when that has ended, or when the machine or the process crashed; rejects with
   * what it rejects with, and when nothing is left that it could be waiting for.
   */
  async life(live: (life: Life) => Promise<void>): Promise<'ended' | 'crashed'> {
    if (this.#isLiving) throw invalid('A life is under way; processes of a simulation live one after the other.', 'life');
    this.#isLiving = true;
    try {
      return await this.#live(live);
    } finally {
      this.#isLiving = false;
    }
  }

  async #live(live: (life: Life) => Promise<void>): Promise<'ended' | 'crashed'> {
    this.trace.add(`life ${++this.#lives}`);
    let outcome: { error?: unknown } | undefined;
    live(new Life(this)).then(
      () => (outcome = {}),
      (error: unknown) => (outcome = { error }),
    );
    const isOver = await this.scheduler.runUntil(() => outcome !== undefined || this.#crashed !== undefined);
    this.scheduler.abandon();
    this.#doom = undefined;
    if (this.#crashed !== undefined) return this.#restart(this.#crashed);
    if (!isOver) throw new Error('Nothing is left that could happen, and the scenario still waits.');
    if (outcome !== undefined && 'error' in outcome) throw outcome.error;
    return 'ended';
  }

  /** Ends the process at this very moment; what it has not awaited yet never happens. */
  crash(kind: CrashKind): void {
    if (this.#crashed !== undefined) return;
    this.trace.add(`crash: ${kind}`);
    this.#crashed = this.#disk.afterCrash(kind, this.random.fork(`crash ${this.#lives}`));
  }

  /** The same when so many more points have been reached, if they ever are. */
  crashAfter(points: number, kind: CrashKind): void {
    this.#doom = { at: this.#points + points, kind };
  }

  /** Of Operations: an operation comes by its effect. */
  reached({ kind, target }: Operation, side: 'before' | 'after'): void {
    if (side === 'before') this.operations++;
    this.#point(`${kind} ${side} ${target}`);
  }

  /** Of Life: what XState's inspection saw. */
  delivered(event: unknown): void {
    const { type, event: message } = event as { type?: string; event?: { type?: string } };
    if (type !== '@xstate.event') return;
    this.deliveries++;
    this.#point(`message ${message?.type}`);
  }

  #point(name: string): void {
    const number = this.#points++;
    this.#onPoint?.({ number, name }, this);
    if (this.#doom !== undefined && number >= this.#doom.at) this.crash(this.#doom.kind);
  }

  #restart(disk: SimulatedDisk): 'crashed' {
    this.#disk = disk;
    this.#crashed = undefined;
    return 'crashed';
  }
}
