import type { Engine } from '../../index.ts';
import type { Random } from '../../testing/index.ts';
import { keyOf } from './draws.ts';
import type { Model } from './model.ts';
import { type Content, difference } from './writes.ts';

type Snapshot = ReturnType<Engine['kv']['snapshot']>;

interface Iterator {
  nextv(size: number): Promise<[string, string][]>;
  close(): Promise<void>;
}

interface HeldSnapshot {
  readonly snapshot: Snapshot;
  readonly content: Content;
}

interface HeldIterator {
  readonly iterator: Iterator;
  readonly found: Content;
  /** What it must show at least, and the last call that it can show. */
  readonly floor: number;
  readonly last: number;
}

const MOST_SNAPSHOTS = 3;
const MOST_ITERATORS = 3;

/** Moments that stay open while the store changes, and are looked at again. */
export class Held {
  readonly #engine: Engine;
  readonly #model: Model;
  readonly #random: Random;
  readonly #snapshots: HeldSnapshot[] = [];
  readonly #iterators: HeldIterator[] = [];
  /** Comparisons so far. */
  checks = 0;

  constructor(engine: Engine, model: Model, random: Random) {
    this.#engine = engine;
    this.#model = model;
    this.#random = random;
  }

  /** Takes a snapshot, or looks whether one that was taken still shows its moment. */
  async snapshot(): Promise<void> {
    if (this.#snapshots.length < MOST_SNAPSHOTS) return this.#take();
    const [held] = this.#snapshots.splice(this.#random.below(this.#snapshots.length), 1);
    try {
      await this.#checkOne(held);
      expectSame(new Map(await this.#engine.kv.iterator({ snapshot: held.snapshot }).all()), held.content);
      this.checks++;
    } finally {
      await held.snapshot.close();
    }
  }

  /** Opens an iterator, or lets one that is open go on a little; at its end it has shown one moment, that of its opening. */
  async iterate(): Promise<void> {
    if (this.#iterators.length < MOST_ITERATORS) {
      const [floor, last] = [this.#model.floorOf(() => true), this.#model.number];
      const iterator = this.#engine.kv.iterator({ reverse: this.#random.chance(0.3) });
      this.#iterators.push({ iterator, found: new Map(), floor, last });
    }
    const [held] = this.#iterators.splice(this.#random.below(this.#iterators.length), 1);
    let hasEnded = true;
    try {
      const entries = await held.iterator.nextv(1 + this.#random.below(12));
      for (const [key, value] of entries) held.found.set(key, value);
      hasEnded = entries.length === 0;
      if (hasEnded) this.#checkEnded(held);
      else this.#iterators.push(held);
    } finally {
      if (hasEnded) await held.iterator.close();
    }
  }

  async end(): Promise<void> {
    for (const { snapshot } of this.#snapshots.splice(0)) await snapshot.close();
    for (const { iterator } of this.#iterators.splice(0)) await iterator.close();
  }

  async #take(): Promise<void> {
    const floor = this.#model.floorOf(() => true);
    const snapshot = this.#engine.kv.snapshot();
    try {
      const content = new Map(await this.#engine.kv.iterator({ snapshot }).all());
      this.#model.checkKeys(content, floor);
      this.#snapshots.push({ snapshot, content });
    } catch (error) {
      await snapshot.close();
      throw error;
    }
  }

  async #checkOne({ snapshot, content }: HeldSnapshot): Promise<void> {
    const key = this.#random.pick([...content.keys(), keyOf(0)]);
    const value = await this.#engine.kv.get(key, { snapshot });
    if (value !== content.get(key))
      throw new Error(`A snapshot gives ${value} for ${key}; when it was taken it showed ${content.get(key)}.`);
  }

  #checkEnded({ found, floor, last }: HeldIterator): void {
    this.#model.checkKeys(found, floor, last);
    this.checks++;
  }
}

function expectSame(now: Content, then: Content): void {
  const differs = difference(now, then);
  if (differs !== undefined) throw new Error(`A snapshot shows another moment than when it was taken: ${differs}`);
}
