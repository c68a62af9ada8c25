import { deepStrictEqual } from 'node:assert';
import type { SnapshotFrom } from 'xstate';
import type { HistoryEntry } from '../../index.ts';
import { type BossEvent, type bossLogic, HISTORY } from './clerks.ts';

type BossSnapshot = SnapshotFrom<ReturnType<typeof bossLogic>>;

/** What is known of one boss outside of every process. */
export class Book {
  readonly name: string;
  /** As they were sent. */
  readonly events: BossEvent[] = [];
  /** The first so many are promised. */
  acknowledged = 0;
  /** What it was seen doing. */
  readonly effects = new Set<number>();

  constructor(name: string) {
    this.name = name;
  }

  /** As it is known now. */
  copy(): Book {
    const copy = new Book(this.name);
    copy.events.push(...this.events);
    copy.acknowledged = this.acknowledged;
    for (const n of this.effects) copy.effects.add(n);
    return copy;
  }

  /** Throws unless this is the state after the last acknowledged event, or after a later one that was sent; from then on that is what is known. */
  compare({ context, value }: BossSnapshot): void {
    const begun = context.taken.length + (value === 'busy' ? 1 : 0);
    const { acknowledged, events, effects, name } = this;
    if (begun < acknowledged || begun > events.length)
      throw new Error(`${name} has begun ${begun} events; ${acknowledged} were acknowledged, and ${events.length} sent`);
    deepStrictEqual(context.taken, events.slice(0, context.taken.length).map(resultOf), `what ${name} has taken`);
    const last = events[begun - 1];
    if (value === 'busy' && (last?.type !== 'HAND' || context.handed !== last.n)) throw new Error(`${name} is busy with ${context.handed}`);
    const seen = new Set(events.slice(0, begun).map(({ n }) => n));
    for (const n of effects) if (!seen.has(n)) throw new Error(`${name} did something for ${n}, which is not in its state`);
    events.splice(begun);
    this.acknowledged = begun;
  }

  /** Throws unless its history ends with the revision that it has, and tells of the events that led there. */
  compareHistory(history: readonly HistoryEntry[], revision: number): void {
    const last = Math.min(HISTORY, revision);
    const revisions = Array.from({ length: last }, (_, at) => revision - last + 1 + at);
    deepStrictEqual(
      history.map((entry) => entry.revision),
      revisions,
      `the revisions in the history of ${this.name}`,
    );
    const told = history.map(({ event }) => event).filter(({ type }) => type === 'TAKE' || type === 'HAND');
    const sent = told.length === 0 ? [] : this.events.slice(-told.length);
    deepStrictEqual(told, sent, `the events in the history of ${this.name}`);
  }
}

function resultOf({ type, n }: BossEvent): number {
  return type === 'TAKE' ? n : -n;
}
