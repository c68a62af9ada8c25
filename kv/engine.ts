import type { Observable } from 'rxjs';
import type { AskOptions } from '../actors/asks.ts';
import { EngineCore } from '../actors/engine-core.ts';
import type { EngineEvent } from '../protocol/events.ts';
import type { Message, ReportOf } from '../protocol/messages.ts';
import { type OpenOptions, resolveOptions } from '../protocol/options.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { EngineStats, VerifyReport } from '../protocol/stats.ts';
import { engineSource } from './engine-source.ts';
import { Level } from './level.ts';

/** An open store: a key-value database, and the compactors to talk to. Made by `open`. */
export class Engine implements AsyncDisposable {
  /** An abstract-level database; keys and values are UTF-8 unless said otherwise. */
  readonly kv: Level;
  readonly #core: EngineCore;

  private constructor(core: EngineCore) {
    this.#core = core;
    this.kv = new Level(engineSource(() => core.core));
    core.beforeShutdown = () => this.kv.close();
  }

  /** Rejects with LITHIFY_INVALID_ARGUMENT, _LOCKED, _NOT_FOUND, _EXISTS, _CORRUPTION, _DISK_FULL; then nothing is held. */
  static async open(location: string, given: OpenOptions, defaults: Runtime): Promise<Engine> {
    const options = resolveOptions(given);
    const runtime = options.runtime ?? defaults;
    const files = options.storage === 'memory' ? runtime.memoryFiles() : runtime.files;
    const lock = options.storage === 'memory' ? async () => () => {} : runtime.lock;
    const engine = new Engine(await EngineCore.open(location, options, { ...runtime, files, lock }));
    await engine.kv.open();
    return engine;
  }

  get location(): string {
    return this.#core.core.store.paths.root;
  }

  /** What happens, as it happens; completes when the engine has closed. */
  get events$(): Observable<EngineEvent> {
    return this.#core.events$;
  }

  /** The actor that takes requests, for machines that send by themselves: `Request` in, `reply` emitted. */
  get mailbox(): EngineCore['mailbox'] {
    return this.#core.mailbox;
  }

  /** Resolves when the engine has closed, for whatever reason. */
  get closed(): Promise<void> {
    return this.#core.closed;
  }

  /** Sends a message and waits for its one reply; rejects with the reply's coded error. A full mailbox is waited for. */
  ask<M extends Message>(message: M, options?: AskOptions): Promise<ReportOf[M['type']]> {
    return this.#core.ask(message, options);
  }

  /** Sends a message and goes on; false when the mailbox is full or closed, and nothing was sent. */
  tell(message: Message): boolean {
    return this.#core.tell(message);
  }

  stats(): EngineStats {
    return this.#core.stats();
  }

  /** Reads and checks every block of every table; damage is in the report, not thrown. */
  verify(): Promise<VerifyReport> {
    return this.#core.verify();
  }

  /** Sends Shutdown with the engine's own deadline and waits until everything is let go. Idempotent. */
  async close(): Promise<void> {
    if (this.#core.state === 'closed') return;
    await this.ask({ type: 'Shutdown' });
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
