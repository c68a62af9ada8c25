import type { AnyActorRef } from 'xstate';
import type { ActorInfo, InspectObserver } from '../../protocol/inspection.ts';
import type { Metric } from '../../protocol/metrics.ts';
import type { EngineOptions } from '../../protocol/options.ts';
import type { Release, Runtime } from '../../protocol/runtime.ts';
import type { StoreShape } from '../../protocol/shape.ts';
import type { EngineStats } from '../../protocol/stats.ts';
import type { Core } from '../core.ts';
import type { EventHub } from '../events.ts';
import type { Logs } from '../logs/logs.ts';
import { actorsOf } from './actor-tree.ts';
import { metricsOf } from './metrics/metrics.ts';
import { Observers } from './observers.ts';
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
  stats(): EngineStats;
}

/** Everything by which people and programs look into an engine. Looking changes nothing. */
export class Observation {
  readonly recorder: Recorder;
  readonly why: Explainer;
  readonly #observers = new Observers();
  readonly #engine: Observed;

  constructor(engine: Observed, runtime: Runtime, hub: EventHub) {
    this.#engine = engine;
    this.recorder = new Recorder(engine, runtime);
    this.why = new Explainer(engine);
    this.#observers.add(this.recorder.inspect);
    if (engine.options.inspect !== undefined) this.#observers.add(engine.options.inspect);
    hub.events$.subscribe((event) => this.recorder.noteEvent(event));
  }

  /** For the root actor. */
  get inspect(): Observers['inspect'] {
    return this.#observers.inspect;
  }

  observe(observer: InspectObserver): Release {
    return this.#observers.add(observer);
  }

  actors(): ActorInfo[] {
    return actorsOf(this.#engine.root);
  }

  shape(): StoreShape {
    return shapeOf(this.#engine.core);
  }

  metrics(): Metric[] {
    return metricsOf(this.#engine);
  }
}
