import type { Frame } from '../../frames.ts';
import { waitingIn } from './mailbox.ts';
import { type Fold, Series } from './series.ts';
import { bytesText, countText, factorText, millisecondsText, perSecondText } from './units.ts';

/** One of the small charts over time. */
export interface Trend {
  readonly id: string;
  readonly label: string;
  /** Of what is drawn, for people. */
  readonly text: (value: number) => string;
  readonly fold: Fold;
  /** Undefined: the frame does not tell. */
  readonly of: (frame: Frame) => number | undefined;
  /** The chart's top is at least this. */
  readonly floor: number;
  /** From here on it is worth a look. */
  readonly warnFrom?: number;
  /** What the number means. */
  readonly hint: string;
}

export const TRENDS: readonly Trend[] = [
  {
    ...{ id: 'writes', label: 'Writes', fold: 'mean', floor: 10, hint: 'Entries acknowledged a second' },
    ...{ text: (value) => `${perSecondText(value)}/s`, of: ({ health }) => health.writesPerSecond },
  },
  {
    ...{ id: 'bytes', label: 'Written', fold: 'mean', floor: 1000, hint: 'Bytes acknowledged a second' },
    ...{ text: (value) => `${bytesText(value)}/s`, of: ({ health }) => health.bytesPerSecond },
  },
  {
    ...{ id: 'loop', label: 'Event loop held', fold: 'max', floor: 20, warnFrom: 50, hint: 'Longest time since the last frame' },
    ...{ text: millisecondsText, of: ({ health }) => health.loopHeldMs },
  },
  {
    ...{
      id: 'stalls',
      label: 'Writers held back',
      fold: 'max',
      floor: 10,
      warnFrom: 1,
      hint: 'Time slowed or standing still since the last frame',
    },
    ...{ text: millisecondsText, of: ({ health }) => health.stalledMs },
  },
  {
    ...{ id: 'mailbox', label: 'Mailbox', fold: 'max', floor: 4, hint: 'Requests and tickets that wait' },
    ...{ text: countText, of: ({ stats }) => waitingIn(stats.mailbox) },
  },
  {
    ...{ id: 'memtables', label: 'Memtables', fold: 'last', floor: 1000, hint: 'Bytes in memory that are not in a table yet' },
    ...{ text: bytesText, of: ({ stats }) => stats.memtables.bytes },
  },
  {
    ...{
      id: 'write-amplification',
      label: 'Write amplification',
      fold: 'last',
      floor: 2,
      hint: 'Bytes that all jobs wrote over bytes that came in',
    },
    ...{ text: factorText, of: ({ health }) => health.writeAmplification },
  },
  {
    ...{
      id: 'space-amplification',
      label: 'Space amplification',
      fold: 'last',
      floor: 2,
      warnFrom: 2.5,
      hint: 'Bytes on disk over live bytes',
    },
    ...{ text: factorText, of: ({ health }) => health.spaceAmplification },
  },
  {
    ...{ id: 'garbage', label: 'Garbage', fold: 'last', floor: 1000, hint: 'Bytes of blobs that nothing needs but readers' },
    ...{ text: bytesText, of: ({ stats }) => stats.garbage.bytes },
  },
  {
    ...{ id: 'memory', label: 'Process memory', fold: 'last', floor: 1_000_000, hint: 'Resident, the whole process' },
    ...{ text: bytesText, of: ({ health }) => health.rssBytes },
  },
];

/** The small charts' numbers over the last minutes. */
export class Trends {
  readonly #series: ReadonlyMap<string, Series>;

  constructor(everyMs?: number) {
    this.#series = new Map(TRENDS.map(({ id, fold }) => [id, new Series(fold, everyMs)]));
  }

  add(frame: Frame): void {
    for (const { id, of } of TRENDS) {
      const value = of(frame);
      if (value !== undefined && Number.isFinite(value)) this.#series.get(id)?.add(frame.atMs, value);
    }
  }

  of({ id }: Trend): Series | undefined {
    return this.#series.get(id);
  }
}
