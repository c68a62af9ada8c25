import { type Engine, nodeRuntime, type OpenOptions, open, type Runtime } from '../index.ts';
import { observerFunction } from '../protocol/inspection.ts';
import { Operations } from './faults/operations.ts';
import type { Operation } from './faults/rules.ts';
import type { Simulation } from './simulation.ts';

/** Where the store is unless the scenario wants it elsewhere. */
const LOCATION = '/store';

/** One process of a simulation, from its start to its end or its death. */
export class Life {
  /** What engines of this process run on. Give it to `open` for other locations. */
  readonly runtime: Runtime;
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.runtime = runtimeOf(simulation);
  }

  /** An engine in this process. Its jobs run in this thread, step by step; its events and messages are in the trace. */
  async open(options: OpenOptions = {}, location = LOCATION): Promise<Engine> {
    const { trace } = this.#simulation;
    const given = options.inspect && observerFunction(options.inspect);
    const inspect = (event: unknown) => {
      this.#simulation.delivered(event);
      given?.(event);
    };
    const engine = await open(location, { ...options, runtime: this.runtime, workers: 0, inspect });
    engine.events$.subscribe((event) => trace.add(`event ${JSON.stringify(event, plain)}`));
    return engine;
  }
}

function runtimeOf(simulation: Simulation): Runtime {
  const { scheduler, rules, random } = simulation;
  const operations = new Operations(rules, random.fork('faults'), {
    step: (operation) => scheduler.step(labelOf(operation)),
    point: (operation, side) => simulation.reached(operation, side),
    sleep: (ms) => scheduler.sleep(ms),
  });
  const draws = random.fork('engine');
  const locked = new Set<string>();
  const { startThread: _, longestDelay: __, ...node } = nodeRuntime();
  return {
    ...node,
    ...simulation.disk.mount(operations),
    clock: scheduler.clock,
    random: () => draws.next(),
    keepAlive: () => () => {},
    turn: () => scheduler.step('turn'),
    beforeJob: () => scheduler.step('a job begins'),
    memory: () => ({ rss: 0, heapUsed: 0, arrayBuffers: 0 }),
    lock: async (path) => {
      if (locked.has(path)) return undefined;
      locked.add(path);
      return () => void locked.delete(path);
    },
  };
}

function labelOf({ kind, target, bytes }: Operation): string {
  return `${kind} ${target}${bytes === undefined ? '' : ` ${bytes} B`}`;
}

/** Events hold bigints, and errors, which JSON shows as nothing. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Error ? value.message : value;
}
