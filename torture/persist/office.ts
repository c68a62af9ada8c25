import { type Actor, createActor, waitFor } from 'xstate';
import { type Engine, forget, type HistoryEntry, LithifyError, persisted } from '../../index.ts';
import type { Random, Simulation } from '../../testing/index.ts';
import type { Book } from './book.ts';
import { type BossEvent, bossLogic, clerkId } from './clerks.ts';

type Boss = Actor<ReturnType<typeof bossLogic>>;

/** Written two by two while a clerk works; it takes no longer, unless it is lost. */
const NOTES = 100;

/** One boss of a life, as its book has it. */
export class Office {
  readonly #engine: Engine;
  readonly #book: Book;
  readonly #boss: Boss;

  private constructor(engine: Engine, book: Book, boss: Boss) {
    this.#engine = engine;
    this.#book = book;
    this.#boss = boss;
  }

  /** Made anew, or as the store has it, which is compared with the book. */
  static async open(engine: Engine, book: Book, simulation: Simulation): Promise<Office> {
    const boss = bossOf(engine, book, simulation);
    boss.start();
    expectRefused(bossOf(engine, book, simulation));
    await persisted(boss).settled();
    book.compare(boss.getSnapshot());
    return new Office(engine, book, boss);
  }

  /** Sends so many events, each when the boss is idle. */
  async work(count: number, random: Random): Promise<void> {
    for (let i = 0; i < count; i++) {
      const event = this.#next(random);
      await persisted(this.#boss).send(event);
      this.#book.acknowledged = this.#book.events.length;
      await this.#write(random.chance(0.3));
      await this.idle();
      // A clerk that is done is not needed any more.
      if (event.type === 'HAND') await forget(this.#engine, clerkId(this.#book.name, event.n));
    }
  }

  /** Sends an event of which nobody will hear any more. */
  leave(random: Random): void {
    if (this.#boss.getSnapshot().matches('idle')) this.#boss.send(this.#next(random));
    this.#boss.stop();
  }

  /** What is under way comes to its end. */
  async idle(): Promise<void> {
    await waitFor(this.#boss, (snapshot) => snapshot.matches('idle'));
  }

  async compare(): Promise<void> {
    const handle = persisted(this.#boss);
    this.#book.compare(this.#boss.getSnapshot());
    const history: HistoryEntry[] = [];
    for await (const entry of handle.history()) history.push(entry);
    this.#book.compareHistory(history, handle.revision);
  }

  stop(): void {
    this.#boss.stop();
  }

  /** Until the boss is idle: so its clerk comes back while something is written, behind something else that waits. */
  async #write(isWanted: boolean): Promise<void> {
    for (let i = 0; isWanted && i < NOTES && !this.#boss.getSnapshot().matches('idle'); i++) {
      this.#boss.send({ type: 'NOTE' });
      await persisted(this.#boss).send({ type: 'NOTE' });
    }
  }

  #next(random: Random): BossEvent {
    const event: BossEvent = { type: random.chance(0.3) ? 'HAND' : 'TAKE', n: this.#book.events.length + 1 };
    this.#book.events.push(event);
    return event;
  }
}

function bossOf(engine: Engine, book: Book, { clock }: Simulation): Boss {
  const setTimer = (run: () => void, ms: number) => clock.setTimer(run, ms);
  const clearTimer = (timer: unknown) => clock.clearTimer(timer);
  const boss = createActor(
    bossLogic(engine, book.name, (n) => void book.effects.add(n)),
    { clock: { setTimeout: setTimer, clearTimeout: clearTimer } },
  );
  boss.subscribe({ error: () => {} });
  return boss;
}

/** A second boss of the same name would write over the first. */
function expectRefused(double: Boss): void {
  const { status, error } = double.start().getSnapshot();
  if (error instanceof LithifyError && error.code === 'LITHIFY_CONFLICT') return;
  throw new Error(`A second boss of the same name was not refused with a conflict, it is ${status}: ${String(error)}`);
}
