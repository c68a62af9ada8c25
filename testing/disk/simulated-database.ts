import type { Database, DatabasePut, DatabaseRange } from '../../protocol/database.ts';
import { levelError } from '../../storage/level-errors.ts';
import { Poison } from '../../storage/poison.ts';
import type { Operations } from '../faults/operations.ts';
import { type Fault, flipped, type OperationKind } from '../faults/rules.ts';
import { type DatabaseState, textOf } from './database-state.ts';

/** How a simulated LevelDB writes. */
export interface DatabaseHabits {
  /** false: every write is left to the system, as without LevelDB's `sync`. */
  readonly syncs: boolean;
  /** How many writes go to one of LevelDB's logs before it begins another. */
  readonly writesPerLog: number;
}

/** A LevelDB over such a state, every call of which is an operation. Behaves after a failed write as LevelDB does. */
export class SimulatedDatabase implements Database {
  readonly #location: string;
  readonly #state: DatabaseState;
  readonly #operations: Operations;
  readonly #habits: DatabaseHabits;
  readonly #onClose: () => void;
  readonly #poison = new Poison();
  /** After a failed write the log is torn: LevelDB says OK to all that follows, and finds none of it again. */
  #lost: DatabaseState | undefined;
  #writes = 0;
  #isClosed = false;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(location: string, state: DatabaseState, operations: Operations, habits: DatabaseHabits, onClose: () => void) {
    this.#location = location;
    this.#state = state;
    this.#operations = operations;
    this.#habits = habits;
    this.#onClose = onClose;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#run('get', this.#targetOf(key), (fault) => this.#read(key, fault));
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#refuseClosed();
    const target = this.#targetOf(key);
    try {
      return this.#operations.runSync({ kind: 'get', target }, (fault) => this.#read(key, fault));
    } catch (error) {
      throw levelError(error, `The get of ${target}`);
    }
  }

  async write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[] = []): Promise<void> {
    this.#refuseClosed();
    await this.#poison.guard(
      () => this.#counted(this.#write(puts, deletes)),
      (error) => levelError(error, `Writing to ${this.#location}`),
    );
  }

  async keys(range: DatabaseRange): Promise<Uint8Array[]> {
    return (await this.entries(range)).map(({ key }) => key);
  }

  entries(range: DatabaseRange): Promise<DatabasePut[]> {
    return this.#run('list', this.#targetOf(range.gte), () => (this.#lost ?? this.#state).entries(range));
  }

  async compactRange(start: Uint8Array): Promise<void> {
    await this.#run('compact', this.#targetOf(start), () => undefined);
  }

  async approximateSize(gte: Uint8Array, lt: Uint8Array): Promise<number> {
    return this.#state.entries({ gte, lt }).reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // As classic-level does.
    await Promise.allSettled(this.#underWay);
    await this.#operations.run({ kind: 'close', target: this.#location }, () => this.#onClose());
  }

  async #write(puts: readonly DatabasePut[], deletes: readonly Uint8Array[]): Promise<void> {
    const bytes = puts.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const target = this.#targetOf(puts[0]?.key ?? deletes[0] ?? new Uint8Array(0));
    try {
      await this.#operations.run({ kind: deletes.length > 0 && puts.length === 0 ? 'delete' : 'write', target, bytes }, (fault) => {
        // Half a batch is none: its record in the log is torn.
        if (fault?.kind === 'short') return;
        (this.#lost ?? this.#state).write(puts, fault?.kind === 'undead' ? [] : deletes, this.#habits.syncs);
        if (++this.#writes % this.#habits.writesPerLog === 0) this.#state.rotate();
      });
    } catch (error) {
      this.#lost ??= this.#state.image();
      throw error;
    }
  }

  #counted<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    return work.finally(() => this.#underWay.delete(work));
  }

  #read(key: Uint8Array, fault: Fault | undefined): Uint8Array | undefined {
    const value = fault?.kind === 'missing' ? undefined : (this.#lost ?? this.#state).get(key);
    return fault?.kind === 'flip' && value !== undefined ? flipped(value, this.#operations.random) : value;
  }

  async #run<T>(kind: OperationKind, target: string, effect: (fault: Fault | undefined) => T): Promise<T> {
    this.#refuseClosed();
    try {
      return await this.#counted(this.#operations.run({ kind, target }, effect));
    } catch (error) {
      throw levelError(error, `The ${kind} of ${target}`);
    }
  }

  #targetOf(key: Uint8Array): string {
    let hex = '';
    for (const letter of textOf(key)) hex += letter.charCodeAt(0).toString(16).padStart(2, '0');
    return `${this.#location}:${hex}`;
  }

  #refuseClosed(): void {
    if (!this.#isClosed) return;
    const error = Object.assign(new Error('Database is not open'), { code: 'LEVEL_DATABASE_NOT_OPEN' });
    throw levelError(error, `Using ${this.#location}`);
  }
}
