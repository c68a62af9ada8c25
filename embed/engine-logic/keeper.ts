import type { Subscription } from 'rxjs';
import type { Engine } from '../../kv/engine.ts';
import { asLithifyError, codeOf, LithifyError } from '../../protocol/errors.ts';
import type { ShutdownReport } from '../../protocol/messages.ts';
import type { OpenOptions } from '../../protocol/options.ts';
import type { Runtime } from '../../protocol/runtime.ts';
import { checkedInput } from './input.ts';
import { type EngineAnswer, type EngineRequest, type KeeperEvent, messageIn, receiverOf, replyOf } from './messages.ts';
import { Tenancy } from './tenancy.ts';

/** What the package binds the logic to. */
export interface EngineLogicParts {
  readonly open: (location: string, options: OpenOptions) => Promise<Engine>;
  /** Where an engine lives whose options name no runtime. */
  readonly runtime: () => Runtime;
}

/**
 * Opens an engine for an actor, passes on what goes between them, and sees to it that the engine is closed, also when
 * the actor has ended before: nothing waits for an actor that is stopped, so this goes on without it.
 */
export class EngineKeeper {
  readonly #parts: EngineLogicParts;
  readonly #opening = Promise.withResolvers<Engine>();
  readonly #answers = new Set<Promise<unknown>>();
  /** undefined: the actor has ended. */
  #tell: ((event: KeeperEvent) => void) | undefined;
  #told: Subscription | undefined;
  #tenancy: Tenancy | undefined;
  #engine: Engine | undefined;
  #isWanted = true;
  /** Requests, without Shutdowns, that have no answer yet. */
  #waiting = 0;
  /** A Shutdown came before the engine was opened, and this is how that ended. */
  #neverOpened: ShutdownReport | undefined;

  constructor(parts: EngineLogicParts, tell: (event: KeeperEvent) => void) {
    this.#parts = parts;
    this.#tell = tell;
    // That it failed is told in `keep`; here only requests wait.
    this.#opening.promise.catch(() => undefined);
  }

  /** The engine's whole life. Never rejects: how it went is told. */
  async keep(input: unknown): Promise<void> {
    try {
      const report = await this.#live(input);
      this.#tenancy?.end();
      this.#tell?.({ type: 'lithify.closed', report });
    } catch (error) {
      const failure = asLithifyError(error, 'LITHIFY_INTERNAL', 'Keeping an engine');
      this.#opening.reject(failure);
      await this.#engine?.close().catch(() => undefined);
      await this.#answered();
      this.#tenancy?.end();
      this.#tell?.({ type: 'lithify.failed', error: failure });
    }
  }

  /** Answers once, whatever becomes of the engine. */
  take(request: EngineRequest): void {
    const answer = this.#answer(request).catch(() => undefined);
    this.#answers.add(answer);
    void answer.then(() => this.#answers.delete(answer));
  }

  /** The actor has ended: the engine closes in the background. */
  abandon(): void {
    this.#tell = undefined;
    this.#told?.unsubscribe();
    this.#unwanted();
    this.#opening.promise.then((engine) => engine.close()).catch(() => undefined);
  }

  async #live(input: unknown): Promise<ShutdownReport> {
    const { location, options } = checkedInput(input);
    this.#tenancy = new Tenancy(location, options.runtime ?? this.#parts.runtime());
    const engine = await this.#open(this.#tenancy, location, options);
    if (engine === undefined) return this.#stayClosed();
    this.#engine = engine;
    this.#opening.resolve(engine);
    this.#tell?.({ type: 'lithify.opened', engine });
    this.#told = engine.events$.subscribe((event) => this.#tell?.({ type: 'lithify.told', event }));
    await engine.closed;
    await this.#answered();
    // One that has closed says how that went; one that broke rejects.
    return engine.ask({ type: 'Shutdown' });
  }

  /** undefined: nobody wants it any more. */
  async #open(tenancy: Tenancy, location: string, options: OpenOptions): Promise<Engine | undefined> {
    for (;;) {
      const others = tenancy.others();
      if (options.storage !== 'memory') await tenancy.outlast(others);
      if (!this.#isWanted) return undefined;
      try {
        return await this.#parts.open(location, options);
      } catch (error) {
        const isLocked = codeOf(error) === 'LITHIFY_LOCKED';
        if (!isLocked || !(await tenancy.outlast([...others, ...tenancy.others()]))) throw error;
      }
    }
  }

  async #stayClosed(): Promise<ShutdownReport> {
    const report: ShutdownReport = { type: 'Shutdown', refused: this.#waiting, aborted: 0 };
    this.#neverOpened = report;
    this.#opening.reject(new LithifyError('LITHIFY_SHUTTING_DOWN', 'A Shutdown came before the engine was opened; it stays closed.'));
    await this.#answered();
    return report;
  }

  #unwanted(): void {
    this.#isWanted = false;
    this.#tenancy?.leave();
  }

  async #answered(): Promise<void> {
    while (this.#answers.size > 0) await Promise.all(this.#answers);
  }

  async #answer(request: EngineRequest): Promise<void> {
    const answer = await this.#ask(request);
    const replyTo = receiverOf(request);
    if (this.#tell !== undefined) this.#tell({ type: 'lithify.answered', answer, replyTo });
    else replyTo?.send(replyOf(answer));
  }

  async #ask(request: EngineRequest): Promise<EngineAnswer> {
    const { id, type: to } = request;
    const counts = to === 'Shutdown' ? 0 : 1;
    this.#waiting += counts;
    try {
      const message = messageIn(request);
      if (to === 'Shutdown') this.#unwanted();
      const engine = await this.#opening.promise;
      // The report is that of the message's type.
      return { id, to, ok: true, report: await engine.ask(message) } as EngineAnswer;
    } catch (error) {
      if (to === 'Shutdown' && this.#neverOpened !== undefined) return { id, to, ok: true, report: this.#neverOpened };
      return { id, to, ok: false, error: asLithifyError(error, 'LITHIFY_INTERNAL', `Answering ${to}`) };
    } finally {
      this.#waiting -= counts;
    }
  }
}
