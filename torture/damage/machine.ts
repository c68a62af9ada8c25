import { nodeRuntime } from '../../platform/node-runtime.ts';
import type { Clock, Runtime } from '../../protocol/runtime.ts';
import type { SimulatedDisk } from '../../testing/disk/disk.ts';
import { Operations } from '../../testing/faults/operations.ts';
import { FaultRules } from '../../testing/faults/rules.ts';
import { Random } from '../../testing/random.ts';

/** 2026-01-01T00:00:00Z. */
const EPOCH = 1_767_225_600_000;

const { startThread: _, longestDelay: __, ...NODE } = nodeRuntime();

/** What has not settled after so many turns never does. */
const MOST_TURNS = 10_000;
/** What goes on by itself gets so many turns before anything is late. */
const TURNS_PER_TIMER = 8;

/** Whoever goes on after so many operations goes on for ever. */
export class TooManyOperations extends Error {
  override readonly name = 'TooManyOperations';
}

export interface MachineOptions {
  readonly seed?: number;
  readonly mostOperations?: number;
  /** In place of CRC-32. */
  readonly checksum?: Runtime['checksum'];
}

/**
 * A process on a disk, as fast as it goes: nothing waits, jobs run in this thread, and a timer fires only when it is told
 * to. Counts operations, and ends one that does too many of them.
 */
export class Machine {
  readonly runtime: Runtime;
  readonly rules: FaultRules;
  readonly #most: number;
  #timers: (() => void)[] = [];
  operations = 0;
  /** Jobs wait while this is pending. */
  gate: Promise<void> | undefined;

  constructor(disk: SimulatedDisk, { seed = 1, mostOperations = 100_000, checksum = NODE.checksum }: MachineOptions = {}) {
    const random = new Random(seed);
    this.rules = new FaultRules(random.fork('rules'));
    this.#most = mostOperations;
    // Asked about every operation, those that do not leave the thread included.
    this.rules.add({ where: () => this.#count(), fault: { kind: 'delay', ms: 0 } });
    const draws = random.fork('engine');
    this.runtime = {
      ...NODE,
      ...disk.mount(new Operations(this.rules, random.fork('faults'))),
      clock: this.#clock(),
      checksum,
      random: () => draws.next(),
      keepAlive: () => () => {},
      beforeJob: async () => this.gate,
      memory: () => ({ rss: 0, heapUsed: 0, arrayBuffers: 0 }),
      lock: async () => () => {},
    };
  }

  /** Settles as it does, or fails with TooManyOperations when it never does; no timer fires. */
  settled<T>(work: Promise<T>): Promise<T> {
    return this.#watched(work, () => undefined);
  }

  /** The same while time passes, timer by timer. */
  passTimeUntil<T>(settled: Promise<T>): Promise<T> {
    return this.#watched(settled, (turn) => {
      if (turn % TURNS_PER_TIMER === 0) this.#fireTimers();
    });
  }

  async #watched<T>(settled: Promise<T>, onTurn: (turn: number) => void): Promise<T> {
    let isOver = false;
    const noted = settled.finally(() => {
      isOver = true;
    });
    // Whoever awaits it below hears of its error.
    noted.catch(() => undefined);
    for (let turn = 0; !isOver; turn++) {
      if (turn > MOST_TURNS) throw new TooManyOperations(`not settled after ${MOST_TURNS} turns`);
      onTurn(turn);
      await this.runtime.turn();
    }
    return noted;
  }

  #fireTimers(): void {
    const due = this.#timers;
    this.#timers = [];
    for (const run of due) run();
  }

  #count(): false {
    if (++this.operations > this.#most) throw new TooManyOperations(`more than ${this.#most} operations`);
    return false;
  }

  #clock(): Clock {
    return {
      now: () => 0,
      wall: () => EPOCH,
      setTimer: (run) => {
        this.#timers.push(run);
        return run;
      },
      clearTimer: (timer) => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
    };
  }
}
