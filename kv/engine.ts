import type { Observable } from 'rxjs';
import type { AskOptions } from '../actors/asks.ts';
import { EngineCore } from '../actors/engine-core.ts';
import type { Logs } from '../actors/logs/logs.ts';
import type { SubscribeOptions } from '../actors/logs/subscribe-options.ts';
import type { Subscription } from '../actors/logs/subscription.ts';
import type { Topic } from '../actors/logs/topic.ts';
import type { CompactionOptions } from '../protocol/compaction-options.ts';
import type { EngineEvent } from '../protocol/events.ts';
import type { Offset, TopicInfo } from '../protocol/log.ts';
import type { Message, ReportOf } from '../protocol/messages.ts';
import { type OpenOptions, resolveOptions } from '../protocol/options.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { EngineStats, VerifyReport } from '../protocol/stats.ts';
import { engineSource } from './engine-source.ts';
import { Level } from './level.ts';
import type { Transaction } from './transaction.ts';
import { writeAll } from './write.ts';

/** An open store: a key-value database, and the compactors to talk to. Made by `open`. */
export class Engine implements AsyncDisposable {
  /** An abstract-level database; keys and values are UTF-8 unless said otherwise. */
  readonly kv: Level;
  readonly #core: EngineCore;
  readonly #logs: Logs;

  private constructor(core: EngineCore) {
    this.#core = core;
    this.#logs = core.logs;
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

  /** A commit log; the first record makes it. `compaction` holds while this engine is open. */
  topic(name: string, options?: { partitions?: number; compaction?: CompactionOptions }): Topic {
    return this.#logs.topic(name, options);
  }

  /** Every topic that exists, by name. */
  topics(): TopicInfo[] {
    return this.#logs.list();
  }

  /** Several topics in one; records of different partitions take turns. */
  subscribe(topics: readonly Topic[], options: SubscribeOptions = {}): Subscription {
    return this.#logs.subscribe(topics, options);
  }

  /**
   * One write over keys and topics: it lands as a whole or not at all. Resolves with the offsets of its records, in order.
   * LITHIFY_CONFLICT: an expectation did not hold.
   */
  write(fill: (tx: Transaction) => void, options: { sync?: boolean } = {}): Promise<Offset[]> {
    return writeAll(this.#core.core, this.#logs, fill, options);
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
