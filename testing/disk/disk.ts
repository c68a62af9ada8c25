import type { Database, DatabaseOptions } from '../../protocol/database.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { Checksum } from '../../storage/jobs/job.ts';
import { levelError } from '../../storage/level-errors.ts';
import type { Operations } from '../faults/operations.ts';
import type { Random } from '../random.ts';
import type { CrashKind } from './crash.ts';
import { DatabaseState } from './database-state.ts';
import { FileTree } from './file-tree.ts';
import { type DatabaseHabits, SimulatedDatabase } from './simulated-database.ts';
import { simulatedFiles, type Tenants } from './simulated-files.ts';

const HABITS: DatabaseHabits = { syncs: true, writesPerLog: 16 };

/** Files and LevelDBs of one machine. What runs on it uses it through `mount`. */
export class SimulatedDisk implements Tenants {
  readonly tree: FileTree;
  readonly databases: Map<string, DatabaseState>;
  readonly habits: DatabaseHabits;

  constructor(habits: Partial<DatabaseHabits> = {}, tree = new FileTree(), databases: ReadonlyMap<string, DatabaseState> = new Map()) {
    this.habits = { ...HABITS, ...habits };
    this.tree = tree;
    this.databases = new Map(databases);
  }

  /** As it is now, whatever happens to this one later. */
  image(): SimulatedDisk {
    const databases = [...this.databases].map(([location, state]): [string, DatabaseState] => [location, state.image()]);
    return new SimulatedDisk(this.habits, this.tree.image(), new Map(databases));
  }

  /** What the next process finds on it. This one is as it was. */
  afterCrash(kind: CrashKind, random: Random): SimulatedDisk {
    const databases = [...this.databases].map(([location, state]): [string, DatabaseState] => [location, state.afterCrash(kind, random)]);
    return new SimulatedDisk(this.habits, this.tree.afterCrash(kind, random), new Map(databases));
  }

  moved(from: string, to: string): void {
    for (const location of this.#below(from)) {
      const state = this.databases.get(location);
      if (state !== undefined) this.databases.set(to + location.slice(from.length), state);
      this.databases.delete(location);
    }
  }

  removed(path: string): void {
    for (const location of this.#below(path)) this.databases.delete(location);
  }

  /** Files and databases for one process. */
  mount(operations: Operations) {
    const open = new Set<string>();
    return {
      files: simulatedFiles(this.tree, operations, this),
      openDatabase: (location: string, options: DatabaseOptions) => this.#open(location, options, operations, open),
    };
  }

  /** Of everything that is on it, as the system shows it. */
  digest(checksum: Checksum): string {
    let sum = 0;
    const add = (text: string, bytes: Uint8Array) => {
      sum = checksum(bytes, checksum(encoder.encode(text), sum));
    };
    for (const [path, bytes] of this.tree.files()) add(path, bytes);
    for (const location of [...this.databases.keys()].sort()) {
      for (const { key, value } of this.databases.get(location)?.all() ?? []) {
        add(location, key);
        add('', value);
      }
    }
    return (sum >>> 0).toString(16).padStart(8, '0');
  }

  #below(path: string): string[] {
    return [...this.databases.keys()].filter((location) => location === path || location.startsWith(`${path}/`));
  }

  #open(location: string, options: DatabaseOptions, operations: Operations, open: Set<string>): Promise<Database> {
    const opened = operations.run({ kind: 'open', target: location }, () => {
      if (open.has(location)) throw new LithifyError('LITHIFY_INTERNAL', `The database ${location} is opened twice at once.`);
      const state = this.databases.get(location) ?? created(location, options);
      this.databases.set(location, state);
      this.tree.makeDirectory(location);
      // The engine knows a LevelDB by it.
      if (!this.tree.has(`${location}/CURRENT`)) this.tree.put(`${location}/CURRENT`, encoder.encode('MANIFEST-000001\n'));
      open.add(location);
      return new SimulatedDatabase(location, state, operations, this.habits, () => void open.delete(location));
    });
    return opened.catch((error: unknown) => Promise.reject(levelError(error, `Opening ${location}`)));
  }
}

const encoder = new TextEncoder();

function created(location: string, { createIfMissing }: DatabaseOptions): DatabaseState {
  if (!createIfMissing) throw new LithifyError('LITHIFY_NOT_FOUND', `There is no LevelDB in ${location}, and create_if_missing is false.`);
  return new DatabaseState();
}
