import { type Engine, keyBasedRetention, type OpenOptions, open } from '../../index.ts';
import { Manifest } from '../../storage/tablet/manifest.ts';
import { SimulatedDisk } from '../../testing/disk/disk.ts';
import { Random } from '../../testing/random.ts';
import { Machine, type MachineOptions } from './machine.ts';
import { Truth } from './truth.ts';

export const LOCATION = '/store';

/** Blocks of a few entries, tables of a few blocks. Nothing is merged unless it is asked for. */
export const SMALL = {
  workers: 0,
  compactors: 1,
  memtableBytes: 4096,
  memoryBytes: 256 * 1024,
  blockBytes: 128,
  tableBytes: 512,
  sliceBytes: 1024,
  minorTrigger: 64,
} as const satisfies OpenOptions;

/** Garbage of less than a table is left where it is for a while. */
export const LENIENT = { ...SMALL, tableBytes: 2048 } as const satisfies OpenOptions;

const BLOCK_BYTES = [64, 128, 400] as const;

/** A store as a killed process left it, and what is in it. */
export interface SmallStore {
  readonly disk: SimulatedDisk;
  readonly truth: Truth;
  /** What it held before each write of the newest segment of its log; the last is the truth. */
  readonly prefixes: readonly Truth[];
  /** Earlier values of what is in its databases and files: by location and key, or path. */
  readonly earlier: readonly SimulatedDisk[];
}

export type BuildOptions = Pick<MachineOptions, 'checksum'>;

/** Writes a store in several processes, and remembers what was acknowledged. */
export class Builder {
  readonly random: Random;
  readonly #disk = new SimulatedDisk();
  readonly #options: BuildOptions;
  readonly #earlier: SimulatedDisk[] = [];
  readonly #blockBytes: number;
  #prefixes: Truth[] = [];
  truth = new Truth();

  constructor(seed: number, options: BuildOptions) {
    this.random = new Random(seed).fork('small store');
    this.#options = options;
    // From blocks of one entry to tables of one block.
    this.#blockBytes = BLOCK_BYTES[seed % BLOCK_BYTES.length] ?? SMALL.blockBytes;
  }

  /** One process that ends well. */
  async run(live: (engine: Engine) => Promise<void>, options: OpenOptions = {}): Promise<void> {
    const { engine } = await this.#open(options);
    await live(engine);
    await engine.close();
    // What LevelDB has and the simulated one has not; opening looks for it.
    this.#disk.tree.put(`${LOCATION}/blobs/CURRENT`, new TextEncoder().encode('MANIFEST-000001\n'));
  }

  async killedIn(live: (engine: Engine, machine: Machine) => Promise<void>): Promise<SmallStore> {
    const { engine, machine } = await this.#open(LENIENT);
    await live(engine, machine);
    return { disk: this.#disk.image(), truth: this.truth, prefixes: [...this.#prefixes, this.truth.copy()], earlier: this.#earlier };
  }

  /** From here on the log's newest segment is written. */
  segmentBegins(): void {
    this.#prefixes = [];
  }

  keep(): void {
    this.#earlier.push(this.#disk.image());
  }

  async put(engine: Engine, ...entries: readonly (readonly [string, string | undefined])[]): Promise<void> {
    this.#before();
    await engine.kv.batch(entries.map(([key, value]) => (value === undefined ? { type: 'del', key } : { type: 'put', key, value })));
    this.truth.put(...entries);
  }

  /** What comes after it in the log cannot vouch for it. */
  async putUnsynced(engine: Engine, key: string, value: string): Promise<void> {
    this.#before();
    await engine.kv.put(key, value, { sync: false });
    this.truth.put([key, value]);
  }

  async clear(engine: Engine, gte: string, lt: string): Promise<void> {
    this.#before();
    await engine.kv.clear({ gte, lt });
    this.truth.clear(gte, lt);
  }

  async produce(engine: Engine, topic: string, key: number, value: string): Promise<void> {
    this.#before();
    const offset = await engine.topic(topic).produce({ key: BigInt(key), value });
    this.truth.produce(topic, { offset, key: BigInt(key), value });
  }

  async commit(engine: Engine, topic: string, offset: number): Promise<void> {
    this.#before();
    await engine.topic(topic).commit('readers', offset);
    this.truth.commit(topic, offset);
  }

  /** A write of both worlds. */
  async together(engine: Engine, key: string, value: string): Promise<void> {
    this.#before();
    const [offset] = await engine.write((tx) => {
      tx.put(key, value);
      tx.produce('plain', { key: 77n, value });
      tx.commit('readers', 'plain', 2);
    });
    this.truth.put([key, value]);
    this.truth.produce('plain', { offset, key: 77n, value });
    this.truth.commit('plain', 2);
  }

  /** It begins with one that says something, and goes on in edits. */
  async snapshotOfManifest(): Promise<void> {
    const { runtime } = new Machine(this.#disk, this.#options);
    const { openDatabase, checksum } = runtime;
    const database = await openDatabase?.(`${LOCATION}/manifest`, { writeBufferBytes: 0, createIfMissing: false });
    if (database === undefined) throw new Error('a machine opens databases');
    const { manifest } = await Manifest.open(database, { checksum, createIfMissing: false, snapshotEntries: 4 });
    await manifest.close();
    await database.close();
  }

  #before(): void {
    this.#prefixes.push(this.truth.copy());
  }

  async #open(options: OpenOptions): Promise<{ engine: Engine; machine: Machine }> {
    const machine = new Machine(this.#disk, this.#options);
    const engine = await open(LOCATION, { ...SMALL, ...options, blockBytes: this.#blockBytes, runtime: machine.runtime });
    engine.topic('folded').register({ strategy: keyBasedRetention(100), compactionThreshold: 1024 * 1024 });
    return { engine, machine };
  }
}
