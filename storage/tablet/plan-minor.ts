import type { TableMeta } from '../sst/table.ts';
import type { Order, PlanOptions, PlanView } from './contract.ts';
import type { Input } from './orders.ts';
import { inputsAt, isTaken, makeOrder } from './orders.ts';
import type { Candidate } from './plan.ts';
import type { Bounds } from './ranges.ts';
import { bytesOf, hullOf, isLeased, overlapping, overlaps } from './ranges.ts';
import type { Weigh } from './weights.ts';
import { bytesInLevels, weightOf } from './weights.ts';
import { countText, sizeText } from './words.ts';

/** Minors beside the levels are space and reads: a quarter of the levels' bytes is as much as they may be. */
const MINORS_PER_LEVELS = 1 / 4;
/** Below this part of `baseLevelBytes` minors are too small to matter by their bytes. */
const SMALL_MINORS = 1 / 16;
/** Rewriting this part of one table costs about as much as beginning an order at all. */
const CHEAP_PER_TABLE = 1 / 64;

/** Merging the oldest minors into the levels. undefined: there are none. */
export function minorCandidate(view: PlanView, options: PlanOptions, weigh: Weigh): Candidate | undefined {
  const { minors } = view.version;
  if (minors.length === 0) return undefined;
  const run = freeRun(view);
  const weight = weightOf(run, weigh);
  const name = countText(minors.length, 'minor');
  const held = minors.length - run.length;
  return {
    name: held === 0 ? name : `${name}, ${held} of them held by running orders`,
    // Every read pays for every minor, so more of them soon outweigh a level that is too large.
    urgency: Math.max((run.length / options.minorTrigger) ** 2, urgencyByBytes(view, options, weight)),
    tooLittle: `fewer than ${options.minorTrigger}, and ${sizeText(weight)} only`,
    find: () => minorOrder(view, options, run, { weight, why: whyOf(run, options, weight) }),
  };
}

function urgencyByBytes(view: PlanView, options: PlanOptions, weight: number): number {
  const below = bytesInLevels(view.version);
  if (below === 0 || weight < options.baseLevelBytes * SMALL_MINORS) return 0;
  return Math.min(weight / (below * MINORS_PER_LEVELS), 4);
}

/**
 * The minors, oldest first, that an order may take now. One that a running order's range covers is passed over, and
 * with it every newer one that overlaps it: a newer version must never sink below an older one.
 */
function freeRun(view: PlanView): TableMeta[] {
  const run: TableMeta[] = [];
  const passedOver: Bounds[] = [];
  let hull: Bounds | undefined;
  for (const minor of view.version.minors.toReversed()) {
    const grown = hullOf([hull ?? minor, minor]);
    if (isLeased(view.leased, 'minor', grown) || passedOver.some((other) => overlaps(other, grown))) {
      passedOver.push(minor);
    } else {
      run.push(minor);
      hull = grown;
    }
  }
  return run;
}

/** The minors into the levels now, however few they are; or why they cannot go. */
export function sinkMinors(view: PlanView, options: PlanOptions, weigh: Weigh, why: string): Order | string {
  const run = freeRun(view);
  if (run.length === 0) return 'the minors are held by running orders';
  return minorOrder(view, options, run, { weight: weightOf(run, weigh), why });
}

interface Cause {
  readonly weight: number;
  readonly why: string;
}

function minorOrder(view: PlanView, options: PlanOptions, run: readonly TableMeta[], { weight, why }: Cause): Order | string {
  const descent = descend(view, options, run, weight);
  if (descent.target < 0) return 'level 0 is held by a running order';
  if (descent.heldAt !== undefined && run.length < 2 * options.minorTrigger) return `level ${descent.heldAt} is held by a running order`;
  return makeOrder(view, {
    kind: 'minor',
    reason: reasonOf(run, why, descent),
    inputs: [...inputsAt('minor', run), ...descent.inputs],
    target: descent.target,
    moveUpTo: options,
  });
}

interface Descent {
  readonly target: number;
  /** Tables of levels that the minors are merged with. */
  readonly inputs: readonly Input[];
  /** The level at which a running order stopped the descent. */
  readonly heldAt?: number;
}

/**
 * How deep the minors go. They sink past empty levels and take along what overlaps them as long as that is cheap; then
 * they stay above the first level that would cost too much, and reach it later, piece by piece, in Regular orders.
 * What is cheap: up to `levelFactor` times their own weight, and up to `baseLevelBytes`, so that a store of that size
 * has one level only, the largest order stays small beside the store, and a flush of a few keys rewrites a few keys.
 */
function descend(view: PlanView, options: PlanOptions, run: readonly TableMeta[], weight: number): Descent {
  const { levels } = view.version;
  const limit = Math.max(
    Math.min(options.levelFactor * weight, Math.max(options.baseLevelBytes, weight)),
    options.tableBytes * CHEAP_PER_TABLE,
  );
  const inputs: Input[] = [];
  let hull = hullOf(run);
  let bytes = 0;
  for (let level = 0; level < levels.length; level++) {
    const tables = overlapping(levels[level], hull);
    const grown = hullOf([hull, ...tables]);
    const places = new Set(['minor' as const, ...inputs.map(({ place }) => place), level]);
    if (isTaken(view, [...places], grown)) return { target: level - 1, inputs, heldAt: level };
    bytes += bytesOf(tables);
    if (bytes > limit && level > 0) return { target: level - 1, inputs };
    inputs.push(...inputsAt(level, tables));
    hull = grown;
  }
  return { target: levels.length - 1, inputs };
}

function whyOf(run: readonly TableMeta[], { minorTrigger }: PlanOptions, weight: number): string {
  return run.length >= minorTrigger ? `the trigger is ${minorTrigger}` : `they weigh ${sizeText(weight)}, over a quarter of the levels`;
}

function reasonOf(run: readonly TableMeta[], why: string, descent: Descent): string {
  const along =
    descent.inputs.length === 0
      ? 'nothing'
      : `${countText(descent.inputs.length, 'table')} (${sizeText(bytesOf(descent.inputs.map(({ table }) => table)))})`;
  return `${countText(run.length, 'minor')}: ${why}; merged with ${along} into level ${descent.target}.`;
}
