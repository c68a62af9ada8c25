import type { Observable } from 'rxjs';
import type { AskOptions } from '../actors/asks.ts';
import { Checkpoints } from '../actors/checkpoint/checkpoints.ts';
import type { CheckpointOptions, CheckpointReport } from '../actors/checkpoint/options.ts';
import { EngineCore } from '../actors/engine-core.ts';
import type { Logs } from '../actors/logs/logs.ts';
import type { SubscribeOptions } from '../actors/logs/subscribe-options.ts';
import type { Subscription } from '../actors/logs/subscription.ts';
import type { Topic } from '../actors/logs/topic.ts';
import type { CompactionOptions } from '../protocol/compaction-options.ts';
import type { EngineEvent } from '../protocol/events.ts';
import type { ActorInfo, InspectObserver, InspectOptions, Inspector } from '../protocol/inspection.ts';
import type { Offset, TopicInfo } from '../protocol/log.ts';
import type { Message, ReportOf } from '../protocol/messages.ts';
import type { Metric } from '../protocol/metrics.ts';
import { type OpenOptions, resolveOptions } from '../protocol/options.ts';
import type { FlightRecorder } from '../protocol/recorder.ts';
import type { Clock, Files, Release, Runtime } from '../protocol/runtime.ts';
import type { StoreShape } from '../protocol/shape.ts';
import type { EngineStats, VerifyReport } from '../protocol/stats.ts';
import type { Why } from '../protocol/why.ts';
import type { KeyRange } from '../storage/entry.ts';
import { toBase64 } from '../storage/log/base64.ts';
import { EngineHome } from './engine-home.ts';
import { engineSource } from './engine-source.ts';
import type { Level } from './level.ts';
import type { Home } from './source.ts';
import type { Transaction } from './transaction.ts';
import { writeAll } from './write.ts';

async function compactRange(core: EngineCore, { gte, lt }: KeyRange): Promise<void> {
  await core.ask({
    type: 'MajorCompaction',
    range: { ...(gte && { gte: { base64: toBase64(gte) } }), ...(lt && { lt: { base64: toBase64(lt) } }) },
  });
}

function isOver({ state }: EngineCore): boolean {
  return state === 'closing' || state === 'closed';
}

/** What the package binds an engine to: its surroundings, and the class of its database. */
export interface EngineParts {
  readonly runtime: Runtime;
  readonly makeLevel: (home: Home) => Level;
  /** Serves the local page; loaded when it is asked for. */
  readonly inspect: (engine: Engine, options: InspectOptions) => Promise<Inspector>;
}

/** An open store: a key-value database, and the compactors to talk to. Made by `open`. */
export class Engine implements AsyncDisposable {
  /** An abstract-level database; keys and values are UTF-8 unless said otherwise. */
  readonly kv: Level;
  readonly #core: EngineCore;
  readonly #logs: Logs;
  readonly #checkpoints: Checkpoints;

  readonly #home: EngineHome;
  readonly #inspect: EngineParts['inspect'];
  readonly #clock: Clock;

  /** `disk`: files that outlive the process, also of an engine that keeps its own in memory. */
  private constructor(core: EngineCore, disk: Files, { makeLevel, inspect, runtime }: EngineParts) {
    this.#inspect = inspect;
    this.#clock = runtime.clock;
    this.#core = core;
    this.#logs = core.logs;
    this.#checkpoints = new Checkpoints(core, disk);
    core.observation.recorder.disk = disk;
    const source = engineSource(
      () => core.core,
      (range) => compactRange(core, range),
    );
    const isPermanent = core.options.storage !== 'memory';
    this.#home = new EngineHome({ engine: this, source, isPermanent, isClosed: () => isOver(core) });
    this.kv = makeLevel(this.#home);
    core.beforeShutdown = async () => {
      await this.#checkpoints.end();
      await this.#home.closeLevels();
    };
  }

  /** Rejects with LITHIFY_INVALID_ARGUMENT, _LOCKED, _NOT_FOUND, _EXISTS, _CORRUPTION, _DISK_FULL; then nothing is held. */
  static async open(location: string, given: OpenOptions, parts: EngineParts): Promise<Engine> {
    const options = resolveOptions(given);
    const runtime = options.runtime ?? parts.runtime;
    if (options.workers > 0) runtime.checkThreads?.();
    const files = options.storage === 'memory' ? runtime.memoryFiles() : runtime.files;
    const lock = options.storage === 'memory' ? async () => () => {} : runtime.lock;
    const engine = new Engine(await EngineCore.open(location, options, { ...runtime, files, lock }), runtime.files, { ...parts, runtime });
    await engine.kv.open();
    return engine;
  }

  /** Where further databases on this engine live. */
  static homeOf(engine: Engine): Home {
    return engine.#home;
  }

  /** By which everything on this engine tells the time. */
  static clockOf(engine: Engine): Clock {
    return engine.#clock;
  }

  /** The store's directory. */
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

  /** What the engine holds and does at this moment. Synchronous; also after it has closed. */
  stats(): EngineStats {
    return this.#core.stats();
  }

  /** The numbers of `stats()` and more, by name and unit, as OpenTelemetry wants them. Synchronous; docs/metrics.md lists them. */
  metrics(): Metric[] {
    return this.#core.observation.metrics();
  }

  /** Why a blob is on disk, why nothing compacts, who waits for what: in a sentence, and as data. */
  get why(): Why {
    return this.#core.observation.why;
  }

  /** The last messages, transitions, decisions and events, to look at or to write to a file. */
  get recorder(): FlightRecorder {
    return this.#core.observation.recorder;
  }

  /** Every actor that runs, parents before their children; none once the engine has closed. */
  actors(): ActorInfo[] {
    return this.#core.observation.actors();
  }

  /** Every table with its place, the compactions under way, the garbage and who pins it. LITHIFY_CLOSED: it has closed. */
  shape(): StoreShape {
    return this.#core.observation.shape();
  }

  /**
   * Lets an XState inspection observer see all actors, until the function that it returns is called; what it throws is caught.
   * LITHIFY_INVALID_ARGUMENT: no observer.
   */
  observe(observer: InspectObserver): Release {
    return this.#core.observation.observe(observer);
  }

  /**
   * Serves a page on this machine's loopback that shows the engine live, until it is closed or the engine closes.
   * LITHIFY_INVALID_ARGUMENT: an option, or a port that cannot be had; LITHIFY_CLOSED: the engine has closed.
   */
  inspect(options: InspectOptions = {}): Promise<Inspector> {
    return this.#inspect(this, options);
  }

  /** Reads and checks every block of every table; damage is in the report, not thrown. */
  verify(): Promise<VerifyReport> {
    return this.#core.verify();
  }

  /**
   * A consistent copy, as a store in a directory that is empty or not there, while writes go on. Everything acknowledged
   * before the call is in it; later writes are in it as a whole or not at all. LITHIFY_EXISTS, LITHIFY_DISK_FULL (before
   * anything is written), LITHIFY_CORRUPTION, LITHIFY_ABORTED, LITHIFY_CLOSED; then nothing is left of it.
   */
  checkpoint(directory: string, options: CheckpointOptions = {}): Promise<CheckpointReport> {
    return this.#checkpoints.run(directory, options);
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
