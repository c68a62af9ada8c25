import { canApply, canApplyAny, coveredShare, isGone } from '../range-deletes/coverage.ts';
import type { RangeDelete } from '../range-deletes/range-deletes.ts';
import { stretchesIn } from '../range-deletes/stretches.ts';
import type { TableMeta } from '../sst/table.ts';
import type { Order, PlanOptions, PlanView, Version } from './contract.ts';
import { type Input, inputsAt, makeOrder } from './orders.ts';
import type { Candidate } from './plan.ts';
import { sinkMinors } from './plan-minor.ts';
import { bytesOf, hullOf, isLeased } from './ranges.ts';
import { tablesUnder } from './retiring.ts';
import type { Weigh } from './weights.ts';
import { countText, sizeText } from './words.ts';

/**
 * Readers ask the range deletes about every key, and each is memory: so many are too many. More of them are fine in a
 * large store, where they are spread over many tables, each of which is then rewritten for several of them at once.
 */
const MANY = 32;
const MANY_PER_TABLE = 8;
const MOST = 1024;
/** In a store at rest a table is rewritten when about this share of it is deleted. */
const MUCH_OF_A_TABLE = 0.5;

/** Tables in which everything is deleted: they go, all in one order, and nothing is read or written. */
export function dropOrder({ version, snapshots, leased }: PlanView): Order | undefined {
  const { rangeDeletes } = version;
  if (rangeDeletes.size === 0) return undefined;
  const inputs = touchedInputs(version).filter(
    ({ place, table }) => isGone(table, rangeDeletes, snapshots) && !isLeased(leased, place, table),
  );
  if (inputs.length === 0) return undefined;
  const tables = inputs.map(({ table }) => table);
  const bytes = bytesOf(tables);
  const reason = `everything in ${countText(tables.length, 'table')} (${sizeText(bytes)}) was deleted by range.`;
  const target = version.levels.length - 1;
  return { kind: 'regular', reason, inputs, target, ...hullOf(tables), dropTombstones: false, move: false, drop: true, bytes };
}

/** What range deletes that cover tables in part are worth. None of it is planned twice: see `canApply`. */
export function clearedCandidates(view: PlanView, options: PlanOptions, weigh: Weigh): Candidate[] {
  const { rangeDeletes } = view.version;
  if (rangeDeletes.size === 0) return [];
  const limit = limitOf(view.version);
  return [
    { name: 'deleted tables', urgency: Number.POSITIVE_INFINITY, find: () => dropOrder(view) },
    {
      name: countText(rangeDeletes.size, 'range delete'),
      // Never before minors that writers wait for.
      urgency: Math.min(rangeDeletes.size / limit, 2),
      tooLittle: `fewer than ${limit}`,
      find: () => applyMany(view, options, weigh),
    },
    { name: 'tables deleted in part', urgency: 0.85, find: () => applyLarge(view, options, weigh) },
  ];
}

function limitOf(version: Version): number {
  const tables = version.minors.length + version.levels.reduce((sum, level) => sum + level.length, 0);
  return Math.min(Math.max(MANY, MANY_PER_TABLE * tables), MOST);
}

/** First the minors, since merging them applies range deletes to tables below as well; then whichever table rids us of most. */
function applyMany(view: PlanView, options: PlanOptions, weigh: Weigh): Order | string | undefined {
  const { version, snapshots } = view;
  const { list } = version.rangeDeletes;
  const inMinors = version.minors.some((minor) => canApplyAny(minor, version.rangeDeletes, snapshots));
  const sunk = inMinors ? sinkMinors(view, options, weigh, `${list.length} range deletes wait to be applied`) : undefined;
  if (typeof sunk === 'object') return sunk;
  const best = mostOf(countsOf(view, list));
  if (best === undefined) return sunk;
  return rewrite(view, best.input, `${countText(best.score, 'range delete')} of ${list.length} reach into table ${best.input.table.id}`);
}

function countsOf({ version, snapshots, leased }: PlanView, list: readonly RangeDelete[]): Scored[] {
  const counts = new Map<TableMeta, { input: Input; score: number }>();
  for (const one of list) {
    for (const [level, tables] of version.levels.entries()) {
      for (const table of tablesUnder(one, tables)) {
        if (!canApply(table, one, snapshots) || isLeased(leased, level, table)) continue;
        const count = counts.get(table) ?? { input: { place: level, table }, score: 0 };
        count.score++;
        counts.set(table, count);
      }
    }
  }
  return [...counts.values()];
}

/** At rest: what gives back most. */
function applyLarge(view: PlanView, options: PlanOptions, weigh: Weigh): Order | undefined {
  const { version, snapshots, leased } = view;
  const shareOf = (table: TableMeta) => coveredShare(table, version.rangeDeletes, snapshots);
  if (version.minors.some((minor) => shareOf(minor) >= MUCH_OF_A_TABLE)) {
    const sunk = sinkMinors(view, options, weigh, 'range deletes cover much of them');
    if (typeof sunk === 'object') return sunk;
  }
  const scored = touchedInputs(version)
    .filter(({ place, table }) => place !== 'minor' && !isLeased(leased, place, table))
    .map((input) => ({ input, share: shareOf(input.table) }))
    .filter(({ share }) => share >= MUCH_OF_A_TABLE);
  const best = mostOf(scored.map(({ input, share }) => ({ input, score: share * input.table.bytes })));
  return best && rewrite(view, best.input, `about ${sizeText(best.score)} of table ${best.input.table.id} are deleted`);
}

interface Scored {
  readonly input: Input;
  readonly score: number;
}

function mostOf(scored: readonly Scored[]): Scored | undefined {
  return scored.reduce<Scored | undefined>((best, one) => (best === undefined || one.score > best.score ? one : best), undefined);
}

/** Where it stands. */
function rewrite(view: PlanView, { place, table }: Input, what: string): Order | undefined {
  if (place === 'minor') return undefined;
  return makeOrder(view, {
    kind: 'regular',
    reason: `${what}; it is rewritten in level ${place}.`,
    inputs: [{ place, table }],
    target: place,
  });
}

/** Tables that range deletes reach into. In a large store these are few, and it is planned often: found once a version. */
function touchedInputs(version: Version): readonly Input[] {
  const known = TOUCHED.get(version);
  if (known !== undefined) return known;
  const inLevels = version.levels.flatMap((tables, level) => inputsAt(level, touchedTables(version, tables)));
  const found = [...inputsAt('minor', version.minors), ...inLevels];
  TOUCHED.set(version, found);
  return found;
}

const TOUCHED = new WeakMap<Version, readonly Input[]>();

/** Stretches are disjoint and in key order, as the tables of a level are. */
function touchedTables({ rangeDeletes }: Version, level: readonly TableMeta[]): TableMeta[] {
  const found: TableMeta[] = [];
  if (level.length === 0) return found;
  for (const stretch of stretchesIn(rangeDeletes.treeAt(rangeDeletes.newest))) {
    for (const table of tablesUnder(stretch, level)) if (table !== found.at(-1)) found.push(table);
  }
  return found;
}
