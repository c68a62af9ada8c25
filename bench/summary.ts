import type { Figure } from './figure.ts';
import type { Row } from './row.ts';
import type { SubjectName } from './subjects/subject.ts';

/** One line of the report: a subject in a row, over all rounds. */
export interface Line {
  readonly row: string;
  readonly durability: Row['durability'];
  readonly subject: SubjectName;
  /** Medians. */
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
  readonly cpuMicros?: number;
  readonly delayMs?: number;
  readonly peakRssBytes?: number;
  readonly diskBytes: number;
  /** Medians, each for itself. */
  readonly figures: readonly Figure[];
  /** How many times as fast as this subject lithify was: the median over the rounds of the ratio within a round. */
  readonly ratio: number;
  /** The smallest and largest ratio of a round. */
  readonly ratios: readonly [least: number, most: number];
  readonly rounds: number;
}

export interface RoundRow extends Row {
  readonly round: number;
}

/** Row by row, in the order in which they came first. Subjects are compared only with what ran in the same round. */
export function summarize(rows: readonly RoundRow[]): Line[] {
  const byRow = [...Map.groupBy(rows, ({ row, durability }) => `${row}|${durability}`).values()];
  const groups = byRow.flatMap((same) => [...Map.groupBy(same, ({ subject }) => subject).values()]);
  return groups.map((group) => lineOf(group, rows)).filter((line) => line !== undefined);
}

function lineOf(group: readonly RoundRow[], all: readonly RoundRow[]): Line | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const ratios = group.map((one) => ratioOf(one, all)).filter((ratio) => ratio !== undefined);
  const cpuMicros = medianOf(group, ({ cpuMicros }) => cpuMicros);
  const delayMs = medianOf(group, ({ delayMs }) => delayMs);
  const peakRssBytes = medianOf(group, ({ peakRssBytes }) => peakRssBytes);
  return {
    ...{ row: first.row, durability: first.durability, subject: first.subject },
    perSecond: median(group.map(({ perSecond }) => perSecond)),
    megabytesPerSecond: median(group.map(({ megabytesPerSecond }) => megabytesPerSecond)),
    ...(cpuMicros !== undefined && { cpuMicros }),
    ...(delayMs !== undefined && { delayMs }),
    ...(peakRssBytes !== undefined && { peakRssBytes }),
    diskBytes: median(group.map(({ diskBytes }) => diskBytes)),
    figures: figuresOf(group),
    ratio: median(ratios),
    ratios: [Math.min(...ratios), Math.max(...ratios)],
    rounds: group.length,
  };
}

function figuresOf(group: readonly RoundRow[]): Figure[] {
  const byName = Map.groupBy(
    group.flatMap(({ figures = [] }) => figures),
    ({ name }) => name,
  );
  return [...byName.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : { ...first, value: median([first, ...rest].map(({ value }) => value)) },
  );
}

function ratioOf({ round, row, durability, perSecond }: RoundRow, all: readonly RoundRow[]): number | undefined {
  const ours = all.find((one) => one.subject === 'lithify' && one.round === round && one.row === row && one.durability === durability);
  return ours && ours.perSecond / perSecond;
}

function medianOf(group: readonly RoundRow[], value: (row: RoundRow) => number | undefined): number | undefined {
  const values = group.map(value).filter((one) => one !== undefined);
  return values.length === 0 ? undefined : median(values);
}

/** NaN when there is nothing. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
