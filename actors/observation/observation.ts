import type { AnyActorRef } from 'xstate';
import type { MailboxContext } from '../../machines/mailbox/mailbox.ts';
import { type ActorInfo, checkedObserver, type InspectObserver } from '../../protocol/inspection.ts';
import type { Envelope, Reply } from '../../protocol/messages.ts';
import type { Metric } from '../../protocol/metrics.ts';
import type { EngineOptions } from '../../protocol/options.ts';
import type { Release, Runtime } from '../../protocol/runtime.ts';
import type { StoreShape } from '../../protocol/shape.ts';
import type { EngineStats } from '../../protocol/stats.ts';
import type { Compactors } from '../compactors.ts';
import type { Core } from '../core.ts';
import type { EventHub } from '../events.ts';
import type { Logs } from '../logs/logs.ts';
import type { WorkNotices } from '../work-notices.ts';
import type { Workers } from '../workers.ts';
import { notesOf } from './actor-notes.ts';
import { actorsOf } from './actor-tree.ts';
import { Broadcast } from './broadcast.ts';
import { metricsOf } from './metrics/metrics.ts';
import { Tally } from './metrics/tally.ts';
import { Observers } from './observers.ts';
import { openCore } from './open-core.ts';
import { Recorder } from './recorder/recorder.ts';
import { shapeOf } from './shape.ts';
import { Explainer } from './why/explainer.ts';

/** What of a running engine can be looked at. */
export interface Observed {
  readonly location: string;
  readonly options: EngineOptions;
  readonly state: EngineStats['state'];
  /** Throws LITHIFY_CLOSED before the store is open. */
  readonly core: Core;
  readonly logs: Logs;
  readonly root: AnyActorRef;
  /** Requests that wait outside, because the mailbox is full. */
  readonly waitingOutside: number;
  /** The queue's keeper; undefined before the store is open. */
  readonly mailbox: { getSnapshot(): { readonly context: Pick<MailboxContext, 'queue' | 'capacity'> } } | undefined;
  readonly compactors: Pick<Compactors, 'look'>;
  readonly workers: Pick<Workers, 'waiting'>;
  readonly notices: Pick<WorkNotices, 'isTidying'>;
  stats(): EngineStats;
}

/** Everything by which people and programs look into an engine. Looking changes nothing. */
export class Observation {
  readonly recorder: Recorder;
  readonly why: Explainer;
  readonly #observers: Observers;
  readonly #engine: Observed;
  readonly #runtime: Runtime;
  readonly #tally: Tally;

  constructor(engine: Observed, runtime: Runtime, hub: EventHub) {
    this.#engine = engine;
    this.#runtime = runtime;
    this.#tally = new Tally(runtime.clock);
    this.recorder = new Recorder(engine, runtime, (event) => hub.emit(event));
    this.why = new Explainer(engine);
    const { inspect } = engine.options;
    this.#observers = new Observers((observe) => (inspect === undefined ? watch(engine.root, observe) : () => {}));
    if (inspect !== undefined) this.#observers.add(inspect);
    hub.events$.subscribe((event) => this.#tally.count(event));
    const broadcast = new Broadcast(runtime, engine.location);
    hub.events$.subscribe((event) => broadcast.publish(event));
    hub.events$.subscribe({ next: (event) => this.recorder.noteEvent(event), complete: () => this.recorder.ended() });
    hub.onDecision((decision) => this.recorder.noteDecision(decision));
  }

  /** Of the root actor. An observer of XState's own costs a tenth of a put: there is none until somebody wants to look. */
  get rootOptions(): { inspect?: Observers['inspect'] } {
    return this.#engine.options.inspect === undefined ? {} : { inspect: this.#observers.inspect };
  }

  /** The root actor, before it starts. */
  watched<R extends AnyActorRef>(root: R): R {
    this.recorder.begin(root);
    return root;
  }

  /** `waitedMs`: of who asked; undefined: nobody waits for it. `envelope`: what the mailbox has answered. */
  replied(reply: Reply, waitedMs: number | undefined, envelope?: Envelope): void {
    this.recorder.noteReply(reply, waitedMs);
    if (envelope !== undefined) this.#tally.answered(envelope, reply.ok);
  }

  observe(observer: InspectObserver): Release {
    return this.#observers.add(checkedObserver(observer, 'What is to observe'));
  }

  actors(): ActorInfo[] {
    const { root, state } = this.#engine;
    return actorsOf(root, notesOf(state === 'opening' || state === 'closed' ? undefined : this.#engine.core));
  }

  /** LITHIFY_CLOSED before the store is open, and after it has closed. */
  shape(): StoreShape {
    return shapeOf(openCore(this.#engine));
  }

  metrics(): Metric[] {
    return metricsOf(this.#engine, this.#tally, this.#runtime);
  }
}

function watch(root: AnyActorRef, observe: Observers['inspect']): Release {
  const watching = root.system.inspect(observe);
  return () => watching.unsubscribe();
}
