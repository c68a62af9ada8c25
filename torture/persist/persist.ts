import type { CrashKind, CrashPoint, Simulation } from '../../testing/index.ts';
import { Random, type SimulatedDisk, simulate } from '../../testing/index.ts';
import type { Attack, Counts } from '../attack.ts';
import { Book } from './book.ts';
import { playDoors } from './doors.ts';
import { playLives } from './lives.ts';
import { Office } from './office.ts';
import { NAMES, SMALL } from './stage.ts';

/** So many rounds look at all points of one scenario between them. */
const ROUNDS = 8;
/** Of each boss. */
const EVENTS = 6;
/** Nothing that could be found after a crash changes at the others. */
const CHANGING: ReadonlySet<string> = new Set(['write', 'delete', 'append', 'sync', 'truncate', 'create', 'replace', 'remove', 'move']);

/** What a crash at some point would leave, and what was known of the actors by then. */
export interface Moment {
  readonly point: CrashPoint;
  readonly disk: SimulatedDisk;
  readonly books: readonly Book[];
}

/** Plays a scenario once, and takes an image at every point at which a crash would leave something else, or promise more. */
export async function record(seed: number): Promise<Moment[]> {
  const books = NAMES.map((name) => new Book(name));
  const moments: Moment[] = [];
  let known = -1;
  const onPoint = (point: CrashPoint, simulation: Simulation) => {
    const [kind = '', side] = point.name.split(' ');
    const knownNow = books.reduce((sum, { acknowledged, effects, events }) => sum + acknowledged + effects.size + events.length, 0);
    if (known === knownNow && !(side === 'after' && CHANGING.has(kind))) return;
    known = knownNow;
    moments.push({ point, disk: simulation.disk.image(), books: books.map((book) => book.copy()) });
  };
  await simulate(seed, (simulation) => life(simulation, books, simulation.random), { onPoint });
  return moments;
}

/** What a crash at this moment leaves is what was acknowledged, or more of what was sent; and all of them go on from there. */
export async function crashAt({ point, disk, books }: Moment, kind: CrashKind, seed: number): Promise<void> {
  const found = disk.afterCrash(kind, new Random(seed + point.number));
  const known = books.map((book) => book.copy());
  try {
    await simulate(seed, (simulation) => life(simulation, known, simulation.random, 2), { disk: found });
  } catch (error) {
    const where = `point ${point.number} (${point.name}) of scenario ${seed}`;
    throw new Error(`A crash (${kind}) at ${where} breaks a promise to persisted actors: ${String(error)}`, { cause: error });
  }
}

async function life(simulation: Simulation, books: readonly Book[], random: Random, events = EVENTS): Promise<void> {
  await simulation.life(async (one) => {
    const engine = await one.open(SMALL);
    const offices = await Promise.all(books.map((book) => Office.open(engine, book, simulation)));
    for (const office of offices) await office.idle();
    for (const office of offices) await office.compare();
    await Promise.all(offices.map((office) => office.work(events, random)));
    for (const office of offices) await office.compare();
    for (const office of offices) office.stop();
    await engine.close();
  });
}

/** Actors that keep themselves, through a crash at every point. One round takes every eighth. */
export const PERSIST: Attack = {
  name: 'persist',
  promises: [1],
  async round(seed: number, report: (counts: Counts) => void) {
    const { faults, failures, crashes } = await playLives(seed);
    report({ faults, failures, crashes });
    report(await playDoors(seed));
    const scenario = Math.floor(seed / ROUNDS);
    const moments = await record(scenario);
    for (let at = seed % ROUNDS; at < moments.length; at += ROUNDS) {
      const moment = moments[at];
      if (moment === undefined) continue;
      for (const kind of ['process', 'power'] as const) await crashAt(moment, kind, scenario);
      report({ crashes: 2 });
    }
  },
};
