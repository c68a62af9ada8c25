import { setImmediate } from 'node:timers/promises';
import { codeOf } from '../../protocol/errors.ts';

/** What a caller may hear of an engine that closes under it. */
const OF_CLOSING: ReadonlySet<string> = new Set([
  ...['LITHIFY_CLOSED', 'LITHIFY_SHUTTING_DOWN', 'LITHIFY_ABORTED', 'LITHIFY_WORKER_DIED'],
  ...['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN'],
]);

/** Calls whose answers are counted: each is answered, well or with a code that speaks of the close. */
export class Answers {
  readonly codes = new Map<string, number>();
  readonly #loops: Promise<void>[] = [];
  #wrong: unknown;

  /** Calls again and again, until one is refused because the engine closes, or says itself that it is over. */
  again(call: (nth: number) => Promise<unknown>): void {
    this.#loops.push(this.#loop(call));
  }

  /** Resolves when every loop has ended; throws what none may hear. */
  async over(): Promise<void> {
    await Promise.all(this.#loops);
    if (this.#wrong !== undefined) throw this.#wrong;
  }

  async #loop(call: (nth: number) => Promise<unknown>): Promise<void> {
    for (let nth = 0, isOver = false; !isOver; nth++) {
      isOver = await this.#isOver(call(nth));
      await setImmediate();
    }
  }

  async #isOver(answer: Promise<unknown>): Promise<boolean> {
    try {
      return (await answer) === OVER;
    } catch (error) {
      const code = codeOf(error) ?? 'none';
      this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
      if (!OF_CLOSING.has(code)) this.#wrong ??= error;
      return true;
    }
  }
}

/** A loop's call has nothing more to do. */
export const OVER = Symbol('over');
