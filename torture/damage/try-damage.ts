import { type Engine, open } from '../../index.ts';
import type { SimulatedDisk } from '../../testing/disk/disk.ts';
import { LENIENT, LOCATION, type SmallStore } from './builder.ts';
import type { Damage } from './damages.ts';
import { expectNamed, OPEN_CODES } from './judge.ts';
import { Machine, type MachineOptions } from './machine.ts';
import { readAll } from './read-all.ts';
import { leftOfTornLog } from './torn-tail.ts';
import type { Truth } from './truth.ts';

/**
 * `closed`: the store was not opened. `refused`: some reads were. `found`: none was, but verify reports it. `torn`: a log whose
 * end looks as a crash leaves it. `harmless`: nobody reads what was damaged.
 */
export type Outcome = 'closed' | 'refused' | 'found' | 'torn' | 'harmless';

export interface TryOptions extends Pick<MachineOptions, 'checksum'> {
  /** Merge all of it, too, and read again, in this process and in the next. */
  readonly compact?: boolean;
}

/** A store that is attacked: its image, and what is known about it. */
export interface Victim extends SmallStore {
  /** Blobs that reads may need; the others are garbage. */
  readonly live: ReadonlySet<number>;
  /** Of the log. */
  readonly newest: string;
}

/** Many times what opening, reading and merging such a store takes. */
const MOST_OPERATIONS = 20_000;

/** Opens a damaged copy and reads all of it in every way. Throws when anything but the truth or a coded error comes out. */
export async function tryDamage(victim: Victim, damage: Damage, options: TryOptions = {}): Promise<Outcome> {
  const disk = victim.disk.image();
  damage.apply(disk);
  const left = recordsLeft(victim, damage);
  const trial = new Trial(disk, damage, left === undefined ? victim.truth : prefixOf(victim, left), options);
  const engine = await trial.open(left === undefined);
  if (engine === undefined) return 'closed';
  const outcome = await trial.readAndVerify(engine, victim.live);
  if (options.compact === true) await trial.compactAndRead(engine);
  await trial.machine.settled(engine.close());
  if (options.compact === true) await trial.readAnew();
  if (left !== undefined) return 'torn';
  if (outcome === 'harmless') expectHarmless(damage, victim.live);
  return outcome;
}

/** In the newest segment of the log, if what is there now cannot be told from what a crash leaves. */
function recordsLeft({ newest }: Victim, { targets, bytes }: Damage): number | undefined {
  const [target] = targets;
  return targets.length === 1 && target?.location === newest ? leftOfTornLog(target.bytes, bytes) : undefined;
}

function prefixOf({ prefixes }: Victim, records: number): Truth {
  const truth = prefixes[records];
  if (truth === undefined) throw new Error(`the newest segment has ${records} records, and only ${prefixes.length - 1} writes`);
  return truth;
}

/** What is garbage is only deleted, and behind the end that the next segment knows of one nothing is read. */
function expectHarmless({ targets, way }: Damage, live: ReadonlySet<number>): void {
  for (const { kind, blobId, name } of targets) {
    const isUnread = blobId === undefined ? kind === 'segment' && way === 'extend' : !live.has(blobId);
    if (!isUnread) throw new Error(`nobody notices that ${name} is another`);
  }
}

class Trial {
  readonly machine: Machine;
  readonly #disk: SimulatedDisk;
  readonly #damage: Damage;
  readonly #truth: Truth;
  readonly #options: TryOptions;

  constructor(disk: SimulatedDisk, damage: Damage, truth: Truth, options: TryOptions) {
    this.machine = new Machine(disk, { ...options, mostOperations: MOST_OPERATIONS });
    this.#disk = disk;
    this.#damage = damage;
    this.#truth = truth;
    this.#options = options;
  }

  /** undefined: it was refused, as it may be. */
  async open(mayRefuse: boolean): Promise<Engine | undefined> {
    try {
      return await this.machine.settled(open(LOCATION, { ...LENIENT, runtime: this.machine.runtime }));
    } catch (error) {
      expectNamed({ what: 'opening', error }, this.#damage.targets, OPEN_CODES);
      if (!mayRefuse) throw new Error('a torn end of the log was refused', { cause: error });
      return undefined;
    }
  }

  /** Whatever a read could meet, verify finds. */
  async readAndVerify(engine: Engine, live: ReadonlySet<number>): Promise<Outcome> {
    const refused = await this.#read(engine, this.machine);
    const { damage } = await this.machine.settled(engine.verify());
    const found = new Set(damage.map(({ blobId }) => blobId));
    for (const { blobId, name } of this.#damage.targets) {
      if (blobId !== undefined && live.has(blobId) && !found.has(blobId)) throw new Error(`verify does not find ${name}`);
    }
    if (found.size === 0 && refused > 0) throw new Error('reads are refused, and verify finds nothing');
    if (found.size === 0) return 'harmless';
    return refused > 0 ? 'refused' : 'found';
  }

  /** Whatever a merge does, damage stays damage. */
  async compactAndRead(engine: Engine): Promise<void> {
    for (const message of [{ type: 'MajorCompaction' }, { type: 'GarbageCollect' }] as const) {
      try {
        await this.machine.passTimeUntil(engine.ask(message));
      } catch (error) {
        expectNamed({ what: message.type, error }, this.#damage.targets);
      }
    }
    await this.#read(engine, this.machine);
  }

  async readAnew(): Promise<void> {
    const machine = new Machine(this.#disk, { ...this.#options, mostOperations: MOST_OPERATIONS });
    const engine = await machine.settled(open(LOCATION, { ...LENIENT, runtime: machine.runtime }));
    await this.#read(engine, machine);
    await machine.settled(engine.close());
  }

  /** How many reads were refused. */
  async #read(engine: Engine, machine: Machine): Promise<number> {
    const refusals = await machine.settled(readAll(engine, this.#truth));
    for (const refusal of refusals) expectNamed(refusal, this.#damage.targets);
    return refusals.length;
  }
}
