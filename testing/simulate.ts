import { nodeRuntime } from '../platform/node-runtime.ts';
import { messageOf } from '../protocol/errors.ts';
import { checkSeed, refuseUnknown } from './checks.ts';
import { SimulatedDisk } from './disk/disk.ts';
import type { DatabaseHabits } from './disk/simulated-database.ts';
import { type FaultRule, FaultRules } from './faults/rules.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Simulation, type SimulationParts } from './simulation.ts';
import { Trace } from './trace.ts';

const OPTIONS: ReadonlySet<string> = new Set(['faults', 'disk', 'lines', 'steps', 'repeatWith', 'onPoint']);
const MOST_STEPS = 1_000_000;

/** Plays in one machine; whatever it draws, it draws from `simulation.random`. */
export type Scenario = (simulation: Simulation) => Promise<void>;

/** What `simulate` takes; all of it may be left out. */
export interface SimulateOptions {
  /** That operations meet; see `FaultRule`. Default: none. */
  readonly faults?: readonly FaultRule[];
  /** One that has something on it, or how a new one behaves. Default: a new one. */
  readonly disk?: SimulatedDisk | Partial<DatabaseHabits>;
  /** How many of the last lines of the trace are kept. Default 200. */
  readonly lines?: number;
  /** A simulation that is not over after so many steps has failed. Default a million. */
  readonly steps?: number;
  /** The command that repeats a seed, for the message of one that failed. */
  readonly repeatWith?: (seed: number) => string;
  /** Called at every crash point as it is reached. */
  readonly onPoint?: SimulationParts['onPoint'];
}

/** How a simulation went that did not break. */
export interface SimulationReport {
  /** The one that it was drawn from. */
  readonly seed: number;
  /** Equal if and only if the same happened in the same order. */
  readonly trace: string;
  /** The last lines of the trace, oldest first. */
  readonly lines: readonly string[];
  /** Of all that is on the disk at the end. */
  readonly bytes: string;
  /** Steps of the scheduler. */
  readonly steps: number;
  /** Operations on files and databases. */
  readonly operations: number;
  /** Messages between actors. */
  readonly deliveries: number;
  /** Crash points that were passed. */
  readonly points: number;
  /** Faults that operations met. */
  readonly faults: number;
  /** As it was at the end. */
  readonly disk: SimulatedDisk;
}

/** A scenario that broke under a seed. The cause says how. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly seed: number;
  readonly lines: readonly string[];

  constructor(seed: number, steps: number, lines: readonly string[], repeat: string, cause: unknown) {
    super(`Seed ${seed} failed after ${steps} steps: ${messageOf(cause)}\nRepeat it with: ${repeat}`, { cause });
    this.seed = seed;
    this.lines = lines;
  }
}

/**
 * Plays a scenario under a seed, which decides every interleaving, delay, fault and crash: the same seed, the same trace and the
 * same bytes. Rejects with a `SimulationError` when the scenario does, with LITHIFY_INVALID_ARGUMENT for a seed or option that is none. After SlateDB's slatedb-dst and RocksDB's db_stress.
 */
export async function simulate(seed: number, scenario: Scenario, options: SimulateOptions = {}): Promise<SimulationReport> {
  checkSeed(seed);
  refuseUnknown(options, OPTIONS, 'option of a simulation');
  const { turn, checksum } = nodeRuntime();
  const random = new Random(seed);
  const trace = new Trace(options.lines ?? 200);
  const scheduler = new Scheduler(random.fork('steps'), trace, options.steps ?? MOST_STEPS, turn);
  const rules = new FaultRules(random.fork('rules'), options.faults);
  const disk = options.disk instanceof SimulatedDisk ? options.disk : new SimulatedDisk(options.disk);
  const simulation = new Simulation({
    ...{ seed, trace, scheduler, rules, disk, onPoint: options.onPoint },
    random: random.fork('scenario'),
  });
  try {
    await scenario(simulation);
  } catch (error) {
    throw new SimulationError(seed, scheduler.taken, trace.lines, (options.repeatWith ?? ownCommand)(seed), error);
  }
  const { operations, deliveries, points } = simulation;
  return {
    ...{ seed, operations, deliveries, points },
    trace: trace.digest,
    lines: trace.lines,
    bytes: simulation.disk.digest(checksum),
    steps: scheduler.taken,
    faults: rules.struck,
    disk: simulation.disk,
  };
}

function ownCommand(seed: number): string {
  return `simulate(${seed}, scenario)`;
}
