import type { DatabasePut, DatabaseRange } from '../../protocol/database.ts';
import type { Random } from '../random.ts';
import { type CrashKind, survives } from './crash.ts';

interface Write {
  readonly sequence: number;
  readonly puts: readonly (readonly [key: string, value: Uint8Array])[];
  readonly deletes: readonly string[];
  /** Which of LevelDB's logs it stands in: a synced write takes those before it in the same log along, no others. */
  readonly log: number;
}

/** The newest of a key. Without a value it is deleted. */
interface Cell {
  readonly sequence: number;
  readonly value: Uint8Array | undefined;
}

type Cells = Map<string, Cell>;

/** What a LevelDB holds, and what of it is on disk for certain. */
export class DatabaseState {
  /** Written: what readers see. */
  #written: Cells;
  #durable: Cells;
  /** An image has the same cells: whoever writes first makes its own. */
  #isShared = false;
  #unsynced: readonly Write[];
  #sequence: number;
  #log: number;
  #sorted: string[] | undefined;

  constructor(written: Cells = new Map(), durable: Cells = new Map(written), unsynced: readonly Write[] = [], sequence = 0, log = 0) {
    this.#written = written;
    this.#durable = durable;
    this.#unsynced = unsynced;
    this.#sequence = sequence;
    this.#log = log;
  }

  /** As it is now, whatever happens to this one later. */
  image(): DatabaseState {
    const image = new DatabaseState(this.#written, this.#durable, this.#unsynced, this.#sequence, this.#log);
    this.#isShared = true;
    image.#isShared = true;
    return image;
  }

  /** What the next process finds. */
  afterCrash(kind: CrashKind, random: Random): DatabaseState {
    const found = new Map(this.#durable);
    for (const writes of Map.groupBy(this.#unsynced, ({ log }) => log).values()) {
      for (const write of writes.slice(0, survives(writes.length, kind, random))) apply(write, found);
    }
    return new DatabaseState(found, new Map(found), [], this.#sequence, this.#log + 1);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#written.get(textOf(key))?.value;
    return value && new Uint8Array(value);
  }

  /** In one step. Unsynced, it is as lost as its log is. */
  write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[], synced: boolean): void {
    const write: Write = {
      sequence: ++this.#sequence,
      puts: puts.map(({ key, value }) => [textOf(key), new Uint8Array(value)] as const),
      deletes: deletes.map(textOf),
      log: this.#log,
    };
    this.#unshare();
    this.#sorted = undefined;
    apply(write, this.#written);
    this.#unsynced = [...this.#unsynced, write];
    if (synced) this.#sync();
  }

  /** LevelDB begins a new log, and does not sync the old one. */
  rotate(): void {
    this.#log++;
  }

  /** Everything between, ascending. */
  entries({ gte, lt, limit = Number.POSITIVE_INFINITY }: DatabaseRange): DatabasePut[] {
    const [from, to] = [textOf(gte), textOf(lt)];
    const keys = this.#keys().filter((key) => key >= from && key < to);
    return keys.slice(0, limit).map((key) => ({ key: bytesOf(key), value: new Uint8Array(this.#written.get(key)?.value ?? []) }));
  }

  all(): DatabasePut[] {
    return this.#keys().map((key) => ({ key: bytesOf(key), value: new Uint8Array(this.#written.get(key)?.value ?? []) }));
  }

  #unshare(): void {
    if (!this.#isShared) return;
    this.#written = new Map(this.#written);
    this.#durable = new Map(this.#durable);
    this.#isShared = false;
  }

  #keys(): string[] {
    this.#sorted ??= [...this.#written].flatMap(([key, { value }]) => (value === undefined ? [] : [key])).sort();
    return this.#sorted;
  }

  #sync(): void {
    for (const write of this.#unsynced) if (write.log === this.#log) apply(write, this.#durable);
    this.#unsynced = this.#unsynced.filter(({ log }) => log !== this.#log);
    if (this.#unsynced.length > 0) return;
    // Nothing older can come back: what is deleted need not be remembered.
    for (const cells of [this.#written, this.#durable]) {
      for (const [key, { value }] of cells) if (value === undefined) cells.delete(key);
    }
  }
}

/** Latin-1: such strings compare as their bytes do. */
export function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

function bytesOf(key: string): Uint8Array {
  return Uint8Array.from(key, (letter) => letter.charCodeAt(0));
}

function apply({ sequence, puts, deletes }: Write, cells: Cells): void {
  const set = (key: string, value: Uint8Array | undefined) => {
    if ((cells.get(key)?.sequence ?? 0) < sequence) cells.set(key, { sequence, value });
  };
  for (const [key, value] of puts) set(key, value);
  for (const key of deletes) set(key, undefined);
}
