import type { Observable } from 'rxjs';
import { type ActorRefFrom, type AnyActorRef, createActor, fromPromise } from 'xstate';
import type { compactorMachine } from '../machines/compactor.ts';
import { engineMachine } from '../machines/engine.ts';
import type { mailboxMachine } from '../machines/mailbox/mailbox.ts';
import { depthOf } from '../machines/mailbox/queue.ts';
import type { Work } from '../machines/mailbox/ticket.ts';
import type { tabletMachine } from '../machines/tablet.ts';
import type { workerMachine } from '../machines/worker.ts';
import type { writerMachine } from '../machines/writer.ts';
import { asLithifyError, LithifyError } from '../protocol/errors.ts';
import type { EngineEvent } from '../protocol/events.ts';
import type { Envelope, Message, Reply, ReportOf, Shutdown, ShutdownReport } from '../protocol/messages.ts';
import type { EngineOptions } from '../protocol/options.ts';
import type { Runtime } from '../protocol/runtime.ts';
import type { EngineStats, VerifyReport } from '../protocol/stats.ts';
import { validateMessage } from '../protocol/validate.ts';
import type { Garbage } from '../storage/tablet/contract.ts';
import { type AskOptions, Asks } from './asks.ts';
import { Compactors } from './compactors.ts';
import { Core, type CoreListener, isStorageFailure } from './core.ts';
import { EventHub } from './events.ts';
import { Gate } from './gate.ts';
import { inProcessRunner } from './in-process.ts';
import { Logs } from './logs/logs.ts';
import { names } from './names.ts';
import { Observation } from './observation/observation.ts';
import { openedEvent } from './opened.ts';
import { statsOf } from './stats.ts';
import { Tablet } from './tablet.ts';
import { verifyTables } from './verify.ts';
import { WorkNotices } from './work-notices.ts';
import { Workers } from './workers.ts';
import { Writer } from './writer.ts';

/** An engine that was forgotten keeps its files until the process ends: a LevelDB that is collected would be closed under it. */
const OPEN = new Set<EngineCore>();
/** An aborted job that has not noticed after so long loses its thread. */
const GRACE_MS = 2_000;

/**
 * The running engine: the actor system, wired to the store. `open` starts it; everything that comes from outside goes
 * through `ask` and `tell` to the root actor, and comes back through `events$` and replies.
 */
export class EngineCore {
  location: string;
  readonly options: EngineOptions;
  readonly closed: Promise<void>;
  /** Closes what reads through the engine, so that it lets go of what it pins; every Shutdown waits for it. */
  beforeShutdown: () => Promise<void> = async () => {};
  readonly logs: Logs;
  readonly observation: Observation;
  readonly workers: Workers;
  readonly compactors: Compactors;
  readonly notices: WorkNotices;
  readonly #runtime: Runtime;
  readonly #hub: EventHub;
  readonly #asks: Asks;
  readonly #gate: Gate;
  readonly #root: ActorRefFrom<typeof engineMachine>;
  #core: Core | undefined;
  /** How closing went, once it has. */
  #shutdown: ShutdownReport | undefined;
  #recovering: Promise<void> | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #failedSince = 0;
  #listening = false;

  private constructor(location: string, options: EngineOptions, runtime: Runtime) {
    this.location = location;
    this.options = options;
    this.#runtime = runtime;
    this.#hub = new EventHub(options.logger);
    this.#asks = new Asks(runtime, () => this.location);
    this.#gate = new Gate(() => this.#mailboxDepth() < options.mailboxCapacity);
    this.workers = this.#makeWorkers();
    this.compactors = this.#makeCompactors();
    this.logs = new Logs({
      ...{ of: () => this.core, runtime, hub: this.#hub, child: (name) => this.#child(name) },
      send: (event) => this.#root.send(event),
    });
    this.observation = new Observation(this, runtime, this.#hub);
    this.notices = new WorkNotices({
      ...{ core: () => this.core, clock: runtime.clock, options, isOpen: () => this.state === 'open' },
      notice: (work) => this.#notice(work),
    });
    this.#root = this.observation.watched(this.#makeRoot());
    this.closed = this.#ended.promise;
  }

  static async open(location: string, options: EngineOptions, runtime: Runtime): Promise<EngineCore> {
    const engine = new EngineCore(location, options, runtime);
    await engine.#opened();
    if (runtime.openDatabase === undefined) OPEN.add(engine);
    return engine;
  }

  get core(): Core {
    if (this.#core === undefined) throw closedError();
    return this.#core;
  }

  get events$(): Observable<EngineEvent> {
    return this.#hub.events$;
  }

  /** For machines that send by themselves: it takes `Request` events and emits `reply`. */
  get mailbox(): ActorRefFrom<typeof mailboxMachine> | undefined {
    return this.#root.getSnapshot().children.mailbox as ActorRefFrom<typeof mailboxMachine> | undefined;
  }

  /** Of all actors. */
  get root(): AnyActorRef {
    return this.#root;
  }

  /** Requests that wait for room in the mailbox. */
  get waitingOutside(): number {
    return this.#gate.waiting;
  }

  get state(): EngineStats['state'] {
    const { value } = this.#root.getSnapshot();
    if (typeof value === 'string') return value === 'opening' ? 'opening' : 'closed';
    if ('closing' in value) return 'closing';
    return JSON.stringify(value).includes('ecover') ? 'recovering' : 'open';
  }

  async ask<M extends Message>(message: M, options: AskOptions = {}): Promise<ReportOf[M['type']]> {
    // Validated: the same message, or an error.
    const valid = validateMessage(message) as M;
    const isShutdown = valid.type === 'Shutdown';
    // Asked for after it is done: it is done.
    if (isShutdown && this.#shutdown !== undefined) return this.#shutdown as ReportOf[M['type']];
    const envelope = this.#asks.envelope(valid, 'ask');
    const send = () => this.#send(envelope);
    return this.#asks.wait(envelope, options, {
      send: () => (isShutdown ? send() : this.#gate.pass(send)),
      cancel: (error) => {
        // A Shutdown cannot be taken back; who asked for it may stop waiting.
        if (isShutdown || this.#gate.leave(send)) this.#settle({ id: envelope.id, ok: false, error });
        else this.#root.send({ type: 'Cancel', envelopeId: envelope.id, error });
      },
    });
  }

  /** false: the mailbox is full or the engine is closing; nothing was sent. */
  tell(message: Message): boolean {
    const valid = validateMessage(message);
    if (this.state === 'closed' || this.state === 'closing') return false;
    if (valid.type !== 'Shutdown' && !this.#gate.isOpen) return false;
    this.#send(this.#asks.envelope(valid, 'tell'));
    return true;
  }

  stats(): EngineStats {
    const mailbox = this.mailbox?.getSnapshot().context;
    const now = this.#runtime.clock.now();
    const { state, core, logs } = this;
    return statsOf({ state, core, mailbox, compactors: this.compactors, workers: this.workers, logs, now });
  }

  async verify(): Promise<VerifyReport> {
    if (this.state === 'closed') throw closedError();
    return verifyTables(this.core, this.workers);
  }

  #send(envelope: { id: string; message: Message; replyTo?: string }): void {
    const { message, ...rest } = envelope;
    if (message.type === 'Shutdown') void this.#shutDown({ ...rest, message });
    else this.#root.send({ type: 'Request', envelope: { ...rest, message }, at: this.#runtime.clock.now() });
  }

  async #shutDown(envelope: Envelope<Shutdown>): Promise<void> {
    this.logs.beginClosing();
    await this.#core?.ingests.close(closedError());
    await this.beforeShutdown().catch(() => undefined);
    // Who waits for a turn is refused with everybody else.
    this.#gate.open();
    this.#root.send({ type: 'Shutdown', envelope });
  }

  #mailboxDepth(): number {
    const context = this.mailbox?.getSnapshot().context;
    return context === undefined ? 0 : depthOf(context.queue);
  }

  /** Once, as soon as it is there: before anybody can have asked. */
  #listenToMailbox(): void {
    if (this.#listening || this.mailbox === undefined) return;
    this.#listening = true;
    this.mailbox.on('reply', ({ reply, envelope }) => this.#settle(reply, envelope));
    this.mailbox.subscribe({ next: () => this.#gate.admit(), error: () => undefined });
    this.mailbox.on('dropLog', ({ task, error }) => this.logs.desk.drop(task, error));
    this.mailbox.on('abandon', ({ orderId }) => void this.core.tablet.abandon(orderId).catch(() => undefined));
    void this.core.topics.dropStale(this.core.replayed.staged).catch(() => undefined);
    this.#noticeWork();
  }

  #opened(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#root.subscribe((snapshot) => {
      if (snapshot.matches('running')) {
        this.#listenToMailbox();
        resolve();
      }
      if (snapshot.matches('failed')) reject(snapshot.context.error);
    });
    // A root without an observer for errors would end the process; one that a Shutdown met while it opened is never running.
    this.#root.subscribe({ error: reject, complete: () => reject(closedError()) });
    this.#root.start();
    return promise;
  }

  #makeRoot(): ActorRefFrom<typeof engineMachine> {
    const { compactors, workers, mailboxCapacity, closeDeadlineMs } = this.options;
    const { clock } = this.#runtime;
    const root = createActor(this.#logic(), {
      input: {
        compactors: names('compactor', compactors),
        workers: names('worker', workers),
        ...{ mailboxCapacity, closeDeadlineMs, graceMs: GRACE_MS },
      },
      systemId: 'engine',
      clock: { setTimeout: (run, ms) => clock.setTimer(run, ms), clearTimeout: (timer) => clock.clearTimer(timer) },
      ...this.observation.rootOptions,
    });
    root.on('closed', ({ shutdowns, refused, aborted }) => {
      this.#shutdown = { type: 'Shutdown', refused, aborted };
      for (const { id } of shutdowns) this.#settle({ id, ok: true, report: this.#shutdown });
      this.#hub.emit({ type: 'closed', refused, aborted });
    });
    root.on('logCompactorBroke', ({ id, error }) => this.logs.broke(id, error));
    root.subscribe({ complete: () => this.#end(), error: () => this.#end() });
    return root;
  }

  /** The charts, bound to what they do. Everything is looked up when it runs: the store opens later. */
  #logic(): typeof engineMachine {
    return engineMachine.provide({
      actors: {
        tablet: Tablet.logic(() => this.core.tablet),
        writer: Writer.logic(() => this.core.writer),
        worker: this.workers.logic(),
        compactor: this.compactors.logic(),
        logCompactor: this.logs.logic(),
        openStore: fromPromise(() => this.#openStore()),
        recoverStore: fromPromise(() => (this.#recovering = this.#recoverStore())),
        closeStore: fromPromise(() => this.#closeStore()),
      },
      actions: {
        noticeWork: () => this.#noticeWork(),
        announceFailure: ({ context }) => this.#announceFailure(context.error),
        announceRecovery: () => this.#announceRecovery(),
      },
    });
  }

  #makeWorkers(): Workers {
    const { runtime, hub, options } = { runtime: this.#runtime, hub: this.#hub, options: this.options };
    const inProcess = inProcessRunner(
      () => ({ blobs: this.core.store.blobs, checksum: runtime.checksum, nextBlobId: () => this.core.store.nextBlobId() }),
      runtime,
    );
    return new Workers({
      ...{ runtime, hub, inProcess },
      names: names('worker', options.workers),
      refOf: (name) => this.#child(name) as ActorRefFrom<typeof workerMachine> | undefined,
      setup: (slot) => this.core.store.threadSetup(slot),
      released: (slot, orphans) => this.#core?.threadEnded(slot, orphans),
      stopGraceMs: GRACE_MS,
    });
  }

  #makeCompactors(): Compactors {
    return new Compactors({
      names: names('compactor', this.options.compactors),
      parts: () => this.core,
      ...{ workers: this.workers, desk: () => this.logs.desk, hub: this.#hub, clock: this.#runtime.clock },
      refOf: (name) => this.#child(name) as ActorRefFrom<typeof compactorMachine> | undefined,
      noticeWork: () => this.#noticeWork(),
      onFailure: (error) => this.#onFailure(error),
    });
  }

  /** By name: what a child is, its name says. */
  #child(name: string): unknown {
    const children: Readonly<Record<string, unknown>> = this.#root.getSnapshot().children;
    return children[name];
  }

  async #openStore(): Promise<void> {
    const since = this.#runtime.clock.now();
    try {
      this.#core = await Core.open(this.location, this.options, this.#runtime, this.#hub, this.#listener());
      this.location = this.#core.store.paths.root;
      this.#hub.emit(openedEvent(this.#core, this.#runtime.clock.now() - since));
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_INTERNAL', `Opening ${this.location}`);
    }
  }

  #listener(): CoreListener {
    return {
      onWork: () => this.#noticeWork(),
      onProduced: (numbered) => this.logs.noticed(numbered),
      onStorageFailed: (error) => this.#onFailure(error),
      onDeletable: (blobs) => this.#sendDeletes(blobs),
      lend: (borrower) => this.workers.lend(borrower),
      flush: () => this.ask({ type: 'MinorCompact' }).then(() => undefined),
      toTablet: (event) => (this.#child('tablet') as ActorRefFrom<typeof tabletMachine> | undefined)?.send(event),
      toWriter: (event) => (this.#child('writer') as ActorRefFrom<typeof writerMachine> | undefined)?.send(event),
    };
  }

  /** Threads first: whoever closes LevelDB while another thread has it open brings the process down. */
  async #recoverStore(): Promise<void> {
    const ended = this.core.writer.workBegan('storage');
    try {
      await this.workers.recycleAll(() => this.core.recover());
      ended('done');
    } catch (error) {
      const failure = asLithifyError(error, 'LITHIFY_BLOB_STORE', 'Opening LevelDB again');
      // It is tried again, but nobody waits for that for ever: the fault may last.
      this.core.storageError = failure;
      ended(failure);
      throw failure;
    }
  }

  async #closeStore(): Promise<void> {
    // A Shutdown does not wait for a recovery, but what it opens must not outlive the engine.
    await this.#recovering?.catch(() => undefined);
    try {
      await this.logs.close();
      await this.core.writer.close();
      await Promise.all([this.workers.stopAll(), this.observation.recorder.unfinished]);
    } finally {
      await this.core.close();
    }
  }

  #noticeWork(): void {
    this.notices.look();
  }

  #notice(work: Work): void {
    this.#root.send({ type: 'Notice', work, at: this.#runtime.clock.now() });
  }

  #sendDeletes(blobs: readonly Garbage[]): void {
    for (const { id: blobId } of blobs) {
      const envelope = this.#asks.envelope({ type: 'DeleteBlob', blobId }, undefined);
      this.#root.send({ type: 'Request', envelope, at: this.#runtime.clock.now() });
    }
  }

  #onFailure(error: LithifyError): void {
    if (!isStorageFailure(error)) return;
    this.core.storageError ??= error;
    this.#root.send({ type: 'StorageFailed', error });
  }

  #announceFailure(error: LithifyError | undefined): void {
    this.#failedSince = this.#runtime.clock.now();
    this.logs.storageFailed();
    if (error !== undefined) this.#hub.emit({ type: 'storageFailed', error });
  }

  #announceRecovery(): void {
    this.logs.storageRecovered();
    this.#hub.emit({ type: 'storageRecovered', waitedMs: this.#runtime.clock.now() - this.#failedSince });
  }

  #settle(reply: Reply, envelope?: Envelope): void {
    const settled = this.#asks.settle(reply);
    this.observation.replied(reply, settled?.waitedMs, envelope);
    if (settled !== undefined) this.#hub.emit({ type: 'replied', to: settled.type, id: reply.id, ok: reply.ok, ms: settled.waitedMs });
  }

  /** Closed, or broken by a defect: either way nobody may go on waiting. */
  #end(): void {
    OPEN.delete(this);
    this.notices.end();
    const { error } = this.#root.getSnapshot().context;
    const defect = error?.code === 'LITHIFY_INTERNAL' ? error : undefined;
    // Also one that broke is closed when it holds nothing any more.
    this.#ended.resolve(defect && this.#closeStore().catch(() => undefined));
    this.#core?.writer.refuseAll();
    this.#core?.tablet.end();
    this.#core?.ingests.end(closedError());
    this.logs.end(closedError());
    this.#asks.end(closedError(defect), this.#shutdown);
    this.#hub.end();
  }
}

function closedError(cause?: LithifyError): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed; open it again.', { cause });
}
