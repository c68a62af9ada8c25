import type { AnyActorRef } from 'xstate';
import { asLithifyError, LithifyError } from '../../../protocol/errors.ts';
import type { EngineEvent } from '../../../protocol/events.ts';
import type { Reply } from '../../../protocol/messages.ts';
import type { FlightRecorder, RecorderCapture, RecorderDump, RecorderEntry } from '../../../protocol/recorder.ts';
import type { Files, Runtime } from '../../../protocol/runtime.ts';
import type { Decision } from '../../events.ts';
import type { Observed } from '../observation.ts';
import { DumpNames, writeDump } from './dump-files.ts';
import { dumpText } from './dump-text.ts';
import { entryOf } from './entries.ts';
import { FailureDumps } from './failure-dumps.ts';
import { defectOf, failureIn } from './failures.ts';
import { actorOf, kindOf } from './happenings.ts';
import { ActorObserver } from './observer.ts';
import { Pages } from './pages.ts';
import { plainError, plainStats } from './plain.ts';
import type { Slot } from './ring.ts';
import { tapInspection } from './tap.ts';

const ENGINE = 'engine';

/** The last messages, transitions, decisions and events of an engine, in a bounded ring. */
export class Recorder implements FlightRecorder {
  readonly #engine: Observed;
  readonly #runtime: Runtime;
  readonly #since: number;
  readonly #pages: Pages;
  readonly #actors: ActorObserver;
  readonly #failures: FailureDumps;
  readonly #names: DumpNames;
  readonly #isOn: boolean;
  /** Files that outlive the process, also of an engine that keeps its own in memory. */
  #disk: Files;

  constructor(engine: Observed, runtime: Runtime, emit: (event: EngineEvent) => void) {
    const { entries } = engine.options.recorder;
    this.#engine = engine;
    this.#runtime = runtime;
    this.#disk = runtime.files;
    this.#isOn = entries > 0;
    // Off, it does not even look at the clock: in a simulation that is a thing that happens.
    this.#since = this.#isOn ? runtime.clock.now() : 0;
    this.#pages = new Pages(Math.max(1, entries), runtime.clock);
    this.#actors = new ActorObserver(this.#pages, runtime.clock.wall, (error) => this.#failures.met(defectOf(error)));
    this.#names = new DumpNames(runtime);
    this.#failures = new FailureDumps({
      ...{ emit, clock: runtime.clock, turn: runtime.turn, names: this.#names },
      directory: () => this.#directory(),
      files: () => this.#disk,
      make: (error) => this.#captured(error.code, error),
    });
  }

  /** Where its own dumps go from now on. */
  set disk(files: Files) {
    this.#disk = files;
  }

  /** From now on every actor below this one is seen. */
  begin(root: AnyActorRef): void {
    if (this.#isOn) tapInspection(root, this.#actors.observe);
  }

  noteEvent(event: EngineEvent): void {
    if (!this.#isOn) return;
    // A reply is noted by itself.
    if (event.type !== 'replied') this.#noteEvent(event);
    if (event.type === 'opened') this.#failures.begin();
    if (event.type === 'storageRecovered') this.#failures.tryAgain();
    const failure = failureIn(event);
    if (failure !== undefined) this.#failures.met(failure);
  }

  noteDecision({ actor, ...decision }: Decision): void {
    if (this.#isOn) this.#note('decision', actor, 0, decision);
  }

  /** `ms`: how long somebody waited for it; undefined: nobody did. */
  noteReply(reply: Reply, ms: number | undefined): void {
    if (!this.#isOn) return;
    const { id: envelopeId, ok } = reply;
    const what = {
      type: 'Reply',
      envelopeId,
      ok,
      ...(ms !== undefined && { ms }),
      ...(reply.ok ? { report: reply.report } : { error: reply.error }),
    };
    const from = this.#actors.processing?.name;
    this.#note('message', ENGINE, 0, what).from = from === ENGINE ? undefined : from;
  }

  /** The engine has ended. */
  ended(): void {
    const { status, error, context } = this.#engine.root.getSnapshot();
    const cause = status === 'error' ? error : context?.error;
    if (cause instanceof LithifyError ? cause.code === 'LITHIFY_INTERNAL' : cause !== undefined) this.#failures.met(defectOf(cause));
  }

  /** Dumps that are being written, for a moment; undefined: there are none. */
  get unfinished(): Promise<void> | undefined {
    return this.#failures.unfinished;
  }

  since(n: number, limit = Number.POSITIVE_INFINITY): { readonly entries: readonly RecorderEntry[]; readonly last: number } {
    expectCount('n', n);
    expectCount('limit', limit);
    const slots = this.#pages.above(n);
    const newest = slots.slice(Math.max(0, slots.length - limit));
    return { entries: newest.map((slot) => entryOf(slot, this.#since)), last: this.#pages.last };
  }

  dump(reason = 'asked for'): RecorderDump {
    const slots = this.#pages.above(0);
    return { ...this.#head(reason, slots), entries: slots.map((slot) => entryOf(slot, this.#since)) };
  }

  capture(reason = 'asked for'): RecorderCapture {
    const slots = this.#pages.copied();
    return { ...this.#head(reason, slots), entries: inWords(slots, this.#since) };
  }

  async save(directory?: string): Promise<string> {
    if (directory === undefined && this.#engine.state === 'closed') throw closed();
    const target = directory === undefined ? this.#directory() : directory;
    if (typeof target !== 'string' || target === '') throw noDirectory(directory);
    const name = this.#names.next();
    const bytes = await this.#captured('asked for')();
    try {
      return await writeDump(this.#disk, target, name, bytes);
    } catch (error) {
      throw asLithifyError(error, 'LITHIFY_INVALID_ARGUMENT', `Writing what was recorded into ${target}`);
    }
  }

  #noteEvent(event: EngineEvent): void {
    const actor = actorOf(event, (topic) => this.#engine.logs.find(topic, undefined)?.id);
    // Told by a promise, it belongs to what its actor has got last.
    const last = actor === undefined ? 0 : this.#actors.currentOf(actor);
    this.#note(kindOf(event), actor ?? this.#actors.processing?.name ?? ENGINE, last, event);
  }

  /** `last`: its cause, unless something is being processed just now. */
  #note(kind: RecorderEntry['kind'], actor: string, last: number, what: object): Slot {
    this.#pages.look();
    const slot = this.#pages.take(false, this.#actors.processing?.current ?? last);
    slot.kind = kind;
    slot.actor = actor;
    slot.from = undefined;
    slot.what = what;
    slot.before = undefined;
    slot.after = undefined;
    return slot;
  }

  /** What is kept at this moment, to be put into words later. */
  #captured(reason: string, error?: LithifyError): () => Promise<Uint8Array> {
    const slots = this.#pages.copied();
    const head = this.#head(reason, slots, error);
    return () => dumpText(head, slots, { since: this.#since, turn: this.#runtime.turn });
  }

  #head(reason: string, slots: readonly Slot[], error?: LithifyError): Omit<RecorderDump, 'entries'> {
    const { location } = this.#engine;
    const stats = this.#stats();
    return {
      ...{ format: 'lithify-recorder', version: 1, reason, wallMs: this.#runtime.clock.wall(), location },
      ...(error !== undefined && { error: { code: error.code, message: plainError(error).message } }),
      dropped: this.#pages.last - slots.length,
      ...(stats !== undefined && { stats }),
    };
  }

  #stats(): unknown {
    const { state } = this.#engine;
    if (state === 'opening' || state === 'closed') return undefined;
    try {
      return plainStats(this.#engine.stats());
    } catch {
      // In the middle of a failure there may be nothing to count.
      return undefined;
    }
  }

  /** Where dumps go that nobody asked for; undefined: nowhere. */
  #directory(): string | undefined {
    const { recorder, storage, runtime } = this.#engine.options;
    if (recorder.directory !== undefined) return recorder.directory === false ? undefined : recorder.directory;
    // What is not in files of this machine has no place for one.
    if (storage === 'memory' || runtime?.openDatabase !== undefined) return undefined;
    return this.#engine.core.store.paths.recorder;
  }
}

function inWords(slots: readonly Slot[], since: number): Iterable<RecorderEntry> {
  return {
    *[Symbol.iterator]() {
      for (const slot of slots) yield entryOf(slot, since);
    },
  };
}

/** Without it, what is no number would look like a recorder that has nothing. */
function expectCount(option: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `since() was given ${String(value)} for ${option}; it takes numbers from 0.`, {
    details: { option },
  });
}

function noDirectory(given: unknown): LithifyError {
  const why =
    given === undefined ? 'This engine dumps nothing by itself, so save() needs a directory' : 'save() takes the path of a directory';
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `${why}.`, { details: { option: 'directory' } });
}

/** The store may be somebody else's by now. */
function closed(): LithifyError {
  return new LithifyError('LITHIFY_CLOSED', 'The engine is closed; name a directory beside its store to save() into.');
}
