import type { OpenOptions } from '../../index.ts';
import { type CrashKind, type FaultRule, type Life, type Simulation, simulate } from '../../testing/index.ts';
import { comeBack, directoryGround, openedOf, type Return, type WithGround } from './grounds.ts';
import type { Ground, Opened } from './stage.ts';

export interface SimulatedOptions {
  /** Default: closed and opened again. */
  readonly returns?: Return | CrashKind;
  /** Made anew for every play. */
  readonly faults?: () => readonly FaultRule[];
  /** The faults are not only delays. */
  readonly fails?: Ground['fails'];
}

/** In a simulated machine: every interleaving of storage, jobs and timers is the seed's. */
export function simulated(options: OpenOptions, given: SimulatedOptions = {}): WithGround {
  return async <T>(seed: number, play: (ground: Ground) => Promise<T>) => {
    // The compiler does not see that the scenario fills it.
    const results: T[] = [];
    const scenario = async (simulation: Simulation) => void results.push(await inOneOrMoreLives(simulation, options, given, play));
    await simulate(seed, scenario, { faults: given.faults?.() ?? [] });
    return results[0];
  };
}

/** A play goes on from one life of its machine to the next, with the store that this one finds. */
async function inOneOrMoreLives<T>(
  simulation: Simulation,
  options: OpenOptions,
  { returns = 'reopened', fails }: SimulatedOptions,
  play: (ground: Ground) => Promise<T>,
): Promise<T> {
  let result: Promise<T> | undefined;
  let current = Promise.withResolvers<Life>();
  const openAt = async (location: string) => openedOf(await (await current.promise).open(options, location));
  const returnFrom = (opened: Opened) => {
    if (returns !== 'process' && returns !== 'power') return comeBack(opened, returns, `${opened.engine.location}-copy`);
    current = Promise.withResolvers();
    simulation.crash(returns);
    return opened.engine.location;
  };
  const ground: Ground = {
    ...directoryGround({ openAt, returnFrom, root: '/stores', pause: (ms) => simulation.scheduler.sleep(ms) }),
    ...((returns === 'process' || returns === 'power') && { death: returns }),
    ...(fails !== undefined && { fails }),
  };
  const live = async (life: Life) => {
    current.resolve(life);
    result ??= play(ground);
    await result;
  };
  while ((await simulation.life(live)) === 'crashed');
  if (result === undefined) throw new Error('The machine did not live.');
  return result;
}
