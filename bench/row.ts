import type { Figure } from './figure.ts';
import type { Measured } from './measure.ts';
import type { Durability, SubjectName } from './subjects/subject.ts';

/** One measurement; a child process prints them as JSON, one a line. */
export interface Row {
  readonly row: string;
  readonly durability: Durability | 'none';
  readonly subject: SubjectName;
  readonly perSecond: number;
  /** Keys and values, in millions of bytes a second. */
  readonly megabytesPerSecond: number;
  readonly ms: number;
  /** Work of all threads of the process, in µs an operation; absent where it is not known. */
  readonly cpuMicros?: number;
  /** Longest time that the event loop was held; absent for a program that has none. */
  readonly delayMs?: number;
  /** Most memory that the process held; what the bench keeps for itself is in it. */
  readonly peakRssBytes?: number;
  readonly diskBytes: number;
  /** What is measured beside the speed. */
  readonly figures?: readonly Figure[];
}

/** What a measurement comes to; memory and disk are known when the process is done. */
export function speedOf({ operations, ms }: Pick<Measured, 'operations' | 'ms'>, bytes: number) {
  const perSecond = (operations / ms) * 1000;
  return { perSecond, megabytesPerSecond: (perSecond * bytes) / 1e6, ms };
}

export function effortOf({ operations, delayMs, cpuMs }: Measured) {
  return { delayMs, cpuMicros: (cpuMs / operations) * 1000 };
}
