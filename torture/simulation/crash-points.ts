import type { CrashKind, CrashPoint, Scenario, Simulation } from '../../testing/index.ts';
import { Random, type SimulatedDisk, simulate } from '../../testing/index.ts';
import type { Attack, Counts } from '../attack.ts';
import { Model } from './model.ts';
import { compare, goesOn, type Played, rest, SMALL, usage } from './scenario.ts';
import { checkBlobs } from './store-after.ts';

/** So many rounds look at all points of one scenario between them. */
const ROUNDS = 16;
/** Calls and questions of the scenario. */
const THINGS = 240;
/** Nothing that could be found after a crash changes at the others. */
const CHANGING: ReadonlySet<string> = new Set(['write', 'delete', 'append', 'sync', 'truncate', 'create', 'replace', 'remove', 'move']);

/** What a crash at some point would leave, and what had been acknowledged by then. */
export interface Moment {
  readonly point: CrashPoint;
  readonly disk: SimulatedDisk;
  readonly model: Model;
}

export interface Recorded {
  /** Points that were reached. */
  readonly points: number;
  /** Those that differ from the one before, in what is on disk or in what was acknowledged. */
  readonly moments: readonly Moment[];
  /** Event types, with the kinds of compactions and the numbers of passes, that took place. */
  readonly seen: ReadonlySet<string>;
}

/**
 * Plays a scenario to its end, once, and takes an image at every point where one would differ: crashing at the k-th point finds
 * just that, and need not play everything before it again.
 */
export async function record(seed: number): Promise<Recorded> {
  const played: Played = { model: new Model(), checks: 0, crashes: 0 };
  const moments: Moment[] = [];
  let last: { disk: SimulatedDisk; acknowledged: number } | undefined;
  const onPoint = (point: CrashPoint, simulation: Simulation) => {
    const [kind, side] = point.name.split(' ');
    const isChanged = side === 'after' && CHANGING.has(kind ?? '');
    const { acknowledged } = played.model;
    if (last !== undefined && !isChanged && last.acknowledged === acknowledged) return;
    const disk = last === undefined || isChanged ? simulation.disk.image() : last.disk;
    last = { disk, acknowledged };
    moments.push({ point, disk, model: played.model.moment() });
  };
  const seen = new Set<string>();
  const { points } = await simulate(seed, usage({ lives: 1, things: THINGS, seen }, played), { onPoint });
  return { points, moments, seen };
}

/** Opens what a crash at this moment leaves: everything promised is there, and the store goes on from it. */
export async function crashAt({ point, disk, model: then }: Moment, kind: CrashKind, seed: number): Promise<void> {
  const model = then.moment();
  const found = disk.afterCrash(kind, new Random(seed + point.number));
  const scenario: Scenario = async (simulation) => {
    await simulation.life(async (life) => {
      const engine = await life.open(SMALL);
      await compare(engine, model, () => true);
      await goesOn(engine, model);
      await rest(engine, simulation);
      await engine.close();
    });
    await checkBlobs(simulation.disk);
  };
  try {
    await simulate(seed, scenario, { disk: found });
  } catch (error) {
    throw new Error(`A crash (${kind}) at point ${point.number} (${point.name}) of scenario ${seed} breaks a promise: ${String(error)}`, {
      cause: error,
    });
  }
}

/** Every point of a scenario, every kind of crash; one round takes every sixteenth. */
export const CRASH_POINTS: Attack = {
  name: 'crash points',
  promises: [1, 2, 3, 4],
  async round(seed: number, report: (counts: Counts) => void) {
    const scenario = Math.floor(seed / ROUNDS);
    const { points, moments } = await record(scenario);
    for (let at = seed % ROUNDS; at < moments.length; at += ROUNDS) {
      const moment = moments[at];
      if (moment === undefined) continue;
      for (const kind of ['process', 'power'] as const) await crashAt(moment, kind, scenario);
      report({ crashes: 2, 'crash points': (moments[at + 1]?.point.number ?? points) - moment.point.number });
    }
  },
};
