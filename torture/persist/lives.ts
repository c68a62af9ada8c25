import { type Engine, LithifyError } from '../../index.ts';
import { type Life, type Simulation, simulate } from '../../testing/index.ts';
import { Book } from './book.ts';
import { Office } from './office.ts';
import { NAMES, SMALL } from './stage.ts';

const LIVES = 3;
/** How often a boss that failed is made again in one life. */
const TRIES = 4;
const EVENTS_A_TRY = 3;
/** Points of a life, about. */
const POINTS = 300;

/** Writes of the log that fail now and then, before or after their bytes are there, and crashes; a last life without any compares everything. */
export async function playLives(seed: number): Promise<{ faults: number; failures: number; crashes: number }> {
  const books = NAMES.map((name) => new Book(name));
  const counts = { failures: 0, crashes: 0 };
  const { faults } = await simulate(
    seed,
    async (simulation) => {
      for (let life = 0; life < LIVES; life++) await troubledLife(simulation, books, counts);
      await simulation.life((one) => calmLife(one, simulation, books));
    },
    { repeatWith: (one) => `npm run torture -- --only persist --seed ${one} --rounds 1` },
  );
  return { faults, ...counts };
}

async function troubledLife(simulation: Simulation, books: readonly Book[], counts: { failures: number; crashes: number }): Promise<void> {
  const { random, rules } = simulation;
  const when = random.chance(0.5) ? 'before' : 'after';
  const end = rules.add({ on: 'append', probability: 0.03, fault: { kind: 'error', when, code: random.chance(0.5) ? 'EIO' : 'ENOSPC' } });
  if (random.chance(0.6)) simulation.crashAfter(random.below(POINTS), random.chance(0.5) ? 'power' : 'process');
  const ended = await simulation.life(async (one) => {
    const engine = await one.open(SMALL).catch(coded);
    if (engine === undefined) return;
    await Promise.all(books.map((book) => persevere(engine, book, simulation, counts)));
    await engine.close();
  });
  if (ended === 'crashed') counts.crashes++;
  end();
}

/** What a failed write leaves, or one that is under way, is what the next actor of the same id finds, as after a crash. */
async function persevere(engine: Engine, book: Book, simulation: Simulation, counts: { failures: number }): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    const office = await Office.open(engine, book, simulation).catch(coded);
    if (office === undefined) continue;
    try {
      await office.idle();
      await office.work(EVENTS_A_TRY, simulation.random);
      await office.compare();
    } catch (error) {
      coded(error);
      counts.failures++;
    } finally {
      office.leave(simulation.random);
    }
  }
}

async function calmLife(one: Life, simulation: Simulation, books: readonly Book[]): Promise<void> {
  const engine = await one.open(SMALL);
  for (const book of books) {
    const office = await Office.open(engine, book, simulation);
    await office.idle();
    await office.compare();
    await office.work(1, simulation.random);
    await office.compare();
    office.stop();
  }
  await engine.close();
}

/** A write that was made to fail says so by its code; everything else is a defect. */
function coded(error: unknown): undefined {
  if (!(error instanceof LithifyError) || !['LITHIFY_WAL', 'LITHIFY_DISK_FULL'].includes(error.code)) throw error;
}
