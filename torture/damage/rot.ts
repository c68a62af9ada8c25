import { type Engine, keyBasedRetention, open } from '../../index.ts';
import { messageOf } from '../../protocol/errors.ts';
import { SimulatedDisk } from '../../testing/disk/disk.ts';
import type { FaultRule, Operation } from '../../testing/faults/rules.ts';
import { Random } from '../../testing/random.ts';
import { LOCATION, SMALL } from './builder.ts';
import { codedIn } from './judge.ts';
import { Machine, type MachineOptions } from './machine.ts';
import { readAll, WrongData } from './read-all.ts';
import { keyOf } from './store.ts';
import { Truth } from './truth.ts';

const ROUNDS = 6;
const KEYS = 50;
/** Tries to compact a topic in each. */
const LOG_RUNS = 3;
/** Merges begin by themselves; blocks are read again and again. */
const OPTIONS = { ...SMALL, minorTrigger: 2, cacheBytes: 0 } as const;

/** What happened while reads went wrong. */
export interface RotCounts extends Record<string, number> {
  readonly 'rot: faults': number;
  /** Reads that were refused, and requests. */
  readonly 'rot: refused': number;
  readonly 'rot: failed jobs': number;
}

/**
 * Writes, merges and reads while blocks come back with a wrong bit, or not at all: every answer is the truth or an error.
 * When that is over all of it is there, for this process and for the next: no merge took what it could not read for nothing.
 */
export async function rotUnderAnEngine(seed: number, options: Pick<MachineOptions, 'checksum'> = {}): Promise<RotCounts> {
  try {
    return await new Rot(seed, options).run();
  } catch (error) {
    throw new Error(`rot under an open engine, seed ${seed}: ${messageOf(error)}`, { cause: error });
  }
}

class Rot {
  readonly #random: Random;
  readonly #options: Pick<MachineOptions, 'checksum'>;
  readonly #disk = new SimulatedDisk();
  readonly #machine: Machine;
  readonly #truth = new Truth();
  #refused = 0;
  #failedJobs = 0;

  constructor(seed: number, options: Pick<MachineOptions, 'checksum'>) {
    this.#options = options;
    this.#random = new Random(seed).fork('rot');
    this.#machine = new Machine(this.#disk, { ...options, seed });
  }

  async run(): Promise<RotCounts> {
    const engine = await this.#open(this.#machine);
    engine.events$.subscribe((event) => {
      if (event.type === 'jobSettled' && event.outcome === 'failed') this.#failedJobs++;
    });
    for (let round = 0; round < ROUNDS; round++) {
      await this.#write(engine);
      const end = this.#machine.rules.add(this.#rule());
      await this.#ask(engine, { type: 'MinorCompact' });
      await this.#read(engine);
      if (this.#random.chance(0.5)) await this.#ask(engine, { type: 'MajorCompaction' });
      await this.#write(engine);
      await this.#read(engine);
      end();
      await this.#compactTopic(engine);
    }
    await this.#expectAll(engine, this.#machine);
    await this.#machine.passTimeUntil(engine.close());
    const machine = new Machine(this.#disk, this.#options);
    const next = await this.#open(machine);
    await this.#expectAll(next, machine);
    await machine.passTimeUntil(next.close());
    return { 'rot: faults': this.#machine.rules.struck, 'rot: refused': this.#refused, 'rot: failed jobs': this.#failedJobs };
  }

  async #open(machine: Machine): Promise<Engine> {
    const engine = await open(LOCATION, { ...OPTIONS, runtime: machine.runtime });
    // Only when it is asked for: what is folded away is told by the truth then.
    engine.topic('folded').register({ strategy: keyBasedRetention(100), compactionThreshold: 1024 * 1024 });
    return engine;
  }

  /** Any read now and then, or one blob always. */
  #rule(): FaultRule {
    const any = this.#anyRead();
    if (this.#random.chance(0.5)) return { ...any, probability: this.#random.pick([0.01, 0.1, 0.5]) };
    let blob: string | undefined;
    const skip = this.#random.below(20);
    let seen = 0;
    const where = ({ target }: Operation) => {
      if (seen++ === skip) blob = target.slice(0, -8);
      return blob !== undefined && target.startsWith(blob);
    };
    return { ...any, where };
  }

  #anyRead(): FaultRule {
    return { on: 'get', prefix: `${LOCATION}/blobs:`, fault: { kind: this.#random.pick(['flip', 'missing'] as const) } };
  }

  async #write(engine: Engine): Promise<void> {
    for (let i = 0; i < 8; i++) {
      const entries = Array.from({ length: 1 + this.#random.below(8) }, () => this.#entry());
      const newest = [...new Map(entries)];
      await this.#machine.passTimeUntil(
        engine.kv.batch(newest.map(([key, value]) => (value === undefined ? { type: 'del', key } : { type: 'put', key, value }))),
      );
      this.#truth.put(...newest);
    }
    if (this.#random.chance(0.3)) await this.#clear(engine);
    for (const topic of ['folded', 'folded', 'folded', 'plain']) await this.#produce(engine, topic);
  }

  #entry(): readonly [string, string | undefined] {
    const value = this.#random.chance(0.2) ? undefined : `${this.#random.below(10_000)} ${'.'.repeat(this.#random.below(40))}`;
    return [keyOf(this.#random.below(KEYS)), value];
  }

  async #clear(engine: Engine): Promise<void> {
    const from = this.#random.below(KEYS);
    const [gte, lt] = [keyOf(from), keyOf(from + 1 + this.#random.below(5))];
    await this.#machine.passTimeUntil(engine.kv.clear({ gte, lt }));
    this.#truth.clear(gte, lt);
  }

  async #produce(engine: Engine, topic: string): Promise<void> {
    const key = BigInt(this.#random.below(5));
    // One of the larger ones goes to a blob of its own.
    const value = `${this.#random.below(10_000)} ${'.'.repeat(this.#random.pick([5, 30, 600]))}`;
    const offset = await this.#machine.passTimeUntil(engine.topic(topic).produce({ key, value }));
    this.#truth.produce(topic, { offset, key, value });
  }

  async #ask(engine: Engine, message: Parameters<Engine['ask']>[0]): Promise<void> {
    await this.#mayBeRefused(message.type, () => engine.ask(message));
  }

  /** What a run that failed has left is nobody's to say; what the one without faults leaves is. */
  async #compactTopic(engine: Engine): Promise<void> {
    const probability = this.#random.pick([0.05, 0.1, 0.2]);
    const end = this.#machine.rules.add({ ...this.#anyRead(), probability });
    for (let run = 0; run < LOG_RUNS; run++) await this.#mayBeRefused('compacting', () => engine.topic('folded').compact());
    end();
    await this.#fold(engine, this.#machine);
  }

  async #fold(engine: Engine, machine: Machine): Promise<void> {
    await machine.passTimeUntil(engine.topic('folded').compact());
    this.#truth.fold('folded');
  }

  async #mayBeRefused(what: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await this.#machine.passTimeUntil(run());
    } catch (error) {
      this.#note(what, error);
    }
  }

  async #read(engine: Engine): Promise<void> {
    for (const { what, error } of await this.#machine.passTimeUntil(readAll(engine, this.#truth))) this.#note(what, error);
  }

  #note(what: string, error: unknown): void {
    this.#refused++;
    if (codedIn(error) === undefined) throw new Error(`${what} failed with ${messageOf(error)}`, { cause: error });
  }

  /** Nothing is wrong any more, so nothing may be refused, and what had failed goes on. */
  async #expectAll(engine: Engine, machine: Machine): Promise<void> {
    await this.#fold(engine, machine);
    await machine.passTimeUntil(engine.ask({ type: 'MajorCompaction' }));
    const [refusal] = await machine.passTimeUntil(readAll(engine, this.#truth));
    if (refusal !== undefined)
      throw new WrongData(`${refusal.what} is refused when nothing is wrong any more: ${messageOf(refusal.error)}`);
    const { damage } = await machine.passTimeUntil(engine.verify());
    if (damage.length > 0) throw new WrongData(`verify finds damage when there is none: ${damage[0]?.reason}`);
  }
}
