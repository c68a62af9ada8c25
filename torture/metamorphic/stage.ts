import type { AbstractSnapshot } from 'abstract-level';
import type { Engine, Level, Subscription } from '../../index.ts';
import { codeOf } from '../../protocol/errors.ts';
import type { Range } from './operations.ts';
import type { Visible } from './performer.ts';
import { isOfDisk } from './persistent.ts';
import { shownError } from './shown-error.ts';

export interface Opened {
  readonly engine: Engine;
  readonly kv: Level;
  readonly close: () => Promise<void>;
}

/** Where stores are, and how they come and go there: the part of a configuration that no option names. */
export interface Ground {
  open(): Promise<Opened>;
  /** The store again, after whatever ends its engine. */
  reopen(opened: Opened): Promise<Opened>;
  /** A directory that is not there yet. */
  newDirectory(): string;
  openCopy(directory: string): Promise<Opened>;
  /** It ends in the midst of what it does: what runs beside is never heard of again, and what was not synced may be lost. */
  readonly death?: 'process' | 'power';
  /** Its disk refuses something now and then: what LevelDB is to take, or what is appended to the log. */
  readonly fails?: 'blobs' | 'log' | undefined;
  /** Gives what runs beside some time. */
  pause(ms: number): Promise<void>;
}

/** What is used of abstract-level's iterators; with its own types the compiler compares the classes of all databases. */
export interface Steps {
  next(): Promise<[string, string] | undefined>;
  nextv(size: number): Promise<[string, string][]>;
  all(): Promise<[string, string][]>;
  seek(target: string): void;
  close(): Promise<void>;
}

export type KeyOperation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

interface Sublevel {
  batch(operations: KeyOperation[]): Promise<void>;
  clear(range: Range): Promise<void>;
  iterator(): Steps;
}

/** An engine with everything that is open on it. */
export class Stage {
  readonly ground: Ground;
  readonly snapshots = new Map<number, AbstractSnapshot>();
  readonly iterators = new Map<number, Steps>();
  readonly subscriptions = new Map<number, Subscription>();
  readonly #sublevels = new Map<string, Sublevel>();
  /** Asked for and not waited for. */
  #beside: Promise<PromiseSettledResult<unknown>>[] = [];
  #opened: Opened;

  constructor(ground: Ground, opened: Opened) {
    this.ground = ground;
    this.#opened = opened;
  }

  get engine(): Engine {
    return this.#opened.engine;
  }

  get kv(): Level {
    return this.#opened.kv;
  }

  sublevel(name: string): Sublevel {
    const known = this.#sublevels.get(name) ?? this.kv.sublevel(name);
    this.#sublevels.set(name, known);
    return known;
  }

  goesOnBeside(work: Promise<unknown>): void {
    // Heard at once: nobody may be waiting when it fails.
    this.#beside.push(Promise.allSettled([work]).then(([outcome]) => outcome));
  }

  /** What went wrong beside, but for what a closing engine or a failing disk answers with. */
  async besides(): Promise<Visible> {
    const outcomes = await Promise.all(this.#beside);
    this.#beside = [];
    const errors = outcomes.flatMap((one) => (one.status === 'rejected' && !this.#mayBe(one.reason) ? [shownError(one.reason)] : []));
    return errors.length === 0 ? null : errors;
  }

  async reopen(): Promise<void> {
    await this.#letGo();
    if (this.ground.death !== undefined) this.#beside = [];
    this.#opened = await this.ground.reopen(this.#opened);
  }

  async close(): Promise<void> {
    await this.#letGo();
    await this.#opened.close();
  }

  #mayBe(error: unknown): boolean {
    const code = codeOf(error);
    return ENDS.has(code ?? '') || (this.ground.fails !== undefined && isOfDisk(code));
  }

  async #letGo(): Promise<void> {
    for (const held of [...this.subscriptions.values()]) await held.return();
    for (const held of [...this.iterators.values(), ...this.snapshots.values()]) await held.close();
    for (const places of [this.subscriptions, this.iterators, this.snapshots, this.#sublevels]) places.clear();
  }
}

const ENDS: ReadonlySet<string> = new Set(['LITHIFY_SHUTTING_DOWN', 'LITHIFY_CLOSED', 'LITHIFY_ABORTED']);
