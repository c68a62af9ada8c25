import { type AnyActorLogic, createActor } from 'xstate';
import { rest } from './kept-actors.ts';

/** Lets one timer run at a time, and everything that it leads to, before the next. */
class SteppedClock {
  #now = 0;
  #made = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  setTimeout(run: () => void, ms: number): number {
    this.#timers.set(++this.#made, { at: this.#now + ms, run });
    return this.#made;
  }

  clearTimeout(timer: number): void {
    this.#timers.delete(timer);
  }

  async pass(ms: number, settle: () => Promise<void>): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= until).sort(([one, a], [two, b]) => a.at - b.at || one - two);
      if (next === undefined) break;
      const [timer, { at, run }] = next;
      this.#timers.delete(timer);
      this.#now = at;
      run();
      await settle();
    }
    this.#now = until;
  }
}

/** Everything that can be seen of an actor through these steps. */
export async function lived(
  make: (told: unknown[]) => AnyActorLogic,
  taken: readonly (string | number)[],
  isKept: boolean,
): Promise<unknown[]> {
  const told: unknown[] = [];
  const clock = new SteppedClock();
  const actor = createActor(make(told), { clock });
  let last: unknown;
  const observe = (snapshot: { value?: unknown; context?: unknown; status: string; children?: object }) => {
    // One that is kept is seen as it was when an event comes, and changed when that is durable.
    if (snapshot === last) return;
    const isFirst = last === undefined;
    last = snapshot;
    // Its first state is seen at once, its first entry actions wait.
    if (isFirst && snapshot.status === 'active') return;
    told.push([snapshot.value, snapshot.context, snapshot.status, Object.keys(snapshot.children ?? {}).sort()]);
  };
  actor.subscribe({ next: observe, error: (error) => told.push(String(error)), complete: () => told.push('complete') });
  actor.on('emitted', (event) => void told.push(event));
  actor.start();
  const settle = async () => void (isKept && (await rest(actor).catch(() => {})));
  await settle();
  for (const step of taken) {
    if (typeof step === 'string') actor.send({ type: step });
    else await clock.pass(step, settle);
    await settle();
  }
  return told;
}

/** Unhandled, a plain machine says its state again; so only what changes is compared. Actors are compared by their ids. */
export function changes(told: readonly unknown[]): string[] {
  const texts = told.map((one) => JSON.stringify(one));
  return texts.filter((one, at) => at === 0 || one !== texts[at - 1]);
}
