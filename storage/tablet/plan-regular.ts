import { compareBytes } from '../entry.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Order, PlanOptions, PlanView } from './contract.ts';
import { inputsAt, isTaken, makeOrder } from './orders.ts';
import type { Candidate } from './plan.ts';
import { bytesOf, firstIndex, hullOf, isWithin, overlapping } from './ranges.ts';
import type { Weigh } from './weights.ts';
import { levelScores, levelTargets, weightOf } from './weights.ts';
import { sizeText } from './words.ts';

/** An order may grow by source tables that cost no further target table, up to this many tables' bytes. */
const GROW_TABLES = 25;

/** One candidate for every level that has tables and a level below. */
export function regularCandidates(view: PlanView, options: PlanOptions, weigh: Weigh): Candidate[] {
  const { levels } = view.version;
  const targets = levelTargets(view.version, options.levelFactor);
  const scores = levelScores(view, options.levelFactor, weigh);
  return levels.slice(0, -1).flatMap((tables, level) => {
    if (tables.length === 0) return [];
    const reason = `level ${level} weighs ${sizeText(scores[level] * targets[level])}, its target is ${sizeText(targets[level])}`;
    // Exactly full is not too full.
    const urgency = scores[level] > 1 ? scores[level] : 0;
    return [
      { name: `level ${level}`, urgency, tooLittle: 'within its target', find: () => regularOrder(view, options, level, reason, weigh) },
    ];
  });
}

function regularOrder(view: PlanView, options: PlanOptions, level: number, reason: string, weigh: Weigh): Order | string {
  const pick = leastOverlap(view, options, level, weigh);
  if (pick === undefined) return 'all of it is held by running orders';
  return sinkOrder(view, options, level, pick.run, `${reason}; table ${pick.run[0].id} costs least to sink.`);
}

/** Moves or merges these neighbours one level down, with every source table that comes for free. */
export function sinkOrder(view: PlanView, options: PlanOptions, level: number, run: readonly TableMeta[], reason: string): Order {
  const { levels } = view.version;
  const below = overlapping(levels[level + 1], hullOf(run));
  const source = below.length === 0 ? run : grown(levels[level], run, below, options.tableBytes * GROW_TABLES);
  return makeOrder(view, {
    kind: 'regular',
    reason,
    inputs: [...inputsAt(level, source), ...inputsAt(level + 1, below)],
    target: level + 1,
    moveUpTo: options,
  });
}

interface Pick {
  readonly run: readonly TableMeta[];
  readonly cost: number;
}

/**
 * The neighbours, together about one table, that cost the fewest bytes below per weight of their own; of equals the
 * first from the level's pointer on, so that every table has its turn. (Source: RocksDB's kMinOverlappingRatio.)
 */
function leastOverlap(view: PlanView, options: PlanOptions, level: number, weigh: Weigh): Pick | undefined {
  const source = view.version.levels[level];
  const start = startIndex(source, view.pointers[level]);
  let best: Pick | undefined;
  for (let step = 0; step < source.length; step++) {
    const from = (start + step) % source.length;
    const run = neighbours(source, from, options.tableBytes);
    const below = overlapping(view.version.levels[level + 1], hullOf(run));
    const cost = bytesOf(below) / Math.max(1, weightOf(run, weigh));
    if (best !== undefined && cost >= best.cost) continue;
    if (!isTaken(view, [level, level + 1], hullOf([...run, ...below]))) best = { run, cost };
  }
  return best;
}

function startIndex(source: readonly TableMeta[], pointer: Uint8Array | undefined): number {
  return pointer === undefined ? 0 : firstIndex(source, (table) => compareBytes(table.minKey, pointer) > 0);
}

function neighbours(source: readonly TableMeta[], from: number, bytes: number): readonly TableMeta[] {
  let to = from + 1;
  for (let sum = source[from].bytes; to < source.length && sum + source[to].bytes <= bytes; to++) sum += source[to].bytes;
  return source.slice(from, to);
}

function grown(source: readonly TableMeta[], run: readonly TableMeta[], below: readonly TableMeta[], limit: number): readonly TableMeta[] {
  const hull = hullOf([...run, ...below]);
  const free = overlapping(source, hull).filter((table) => isWithin(table, hull));
  return bytesOf(free) + bytesOf(below) <= limit ? free : run;
}
