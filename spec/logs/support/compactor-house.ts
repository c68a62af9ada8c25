import { type ActorRefFrom, createActor, fromPromise, waitFor } from 'xstate';
import { EventHub } from '../../../actors/events.ts';
import { LogCompactors } from '../../../actors/logs/log-compactors.ts';
import { engineMachine } from '../../../machines/engine.ts';
import type { logCompactorMachine } from '../../../machines/log-compactor.ts';
import { type CompactionOptions, resolveCompaction } from '../../../protocol/compaction-options.ts';
import type { EngineEvent } from '../../../protocol/events.ts';
import { CompactedLog } from './compacted-log.ts';
import { ManualRuntime, settled } from './manual-runtime.ts';

export const ID = { topic: 3, partition: 0 };

/** Log compactors under a real root actor, over logs of which only the size is known; time passes when it is told to. */
export class CompactorHouse {
  readonly runtime = new ManualRuntime();
  readonly events: EngineEvent[] = [];
  readonly log = new CompactedLog();
  readonly compactors: LogCompactors;
  readonly root: ActorRefFrom<typeof engineMachine>;

  private constructor() {
    const { clock, keepAlive } = this.runtime;
    const hub = new EventHub(undefined);
    hub.events$.subscribe((event) => this.events.push(event));
    this.compactors = new LogCompactors({
      ...{ clock, keepAlive, hub },
      send: (event) => this.root.send(event),
      refOf: (name) => this.refOf(name),
    });
    const nothing = fromPromise(async () => {});
    this.root = createActor(
      engineMachine.provide({
        actors: { openStore: nothing, recoverStore: nothing, closeStore: nothing, logCompactor: this.compactors.logic() },
      }),
      {
        systemId: 'engine',
        clock: { setTimeout: (run, ms) => clock.setTimer(run, ms), clearTimeout: (timer) => clock.clearTimer(timer) },
        input: { compactors: [], workers: [], mailboxCapacity: 1, closeDeadlineMs: 1, graceMs: 1 },
      },
    );
    this.root.on('logCompactorBroke', ({ id, error }) => this.compactors.broke(id, error));
    this.root.subscribe({ error: () => {} });
    this.root.start();
  }

  static async open(): Promise<CompactorHouse> {
    const house = new CompactorHouse();
    await waitFor(house.root, (snapshot) => snapshot.matches('running'));
    return house;
  }

  /** A house whose log is registered, with a threshold of 100 bytes unless said otherwise. */
  static async with(options: CompactionOptions = {}): Promise<CompactorHouse> {
    const house = await CompactorHouse.open();
    await house.register(options);
    return house;
  }

  register(options: CompactionOptions = {}, log = this.log): Promise<void> {
    return this.compactors.register(ID, log, resolveCompaction({ compactionThreshold: 100, minDirtyRatio: 0, ...options }));
  }

  refOf(name = 'log-3-0'): ActorRefFrom<typeof logCompactorMachine> | undefined {
    const children: Readonly<Record<string, unknown>> = this.root.getSnapshot().children;
    // By name: what a child is, its name says.
    return children[name] as ActorRefFrom<typeof logCompactorMachine> | undefined;
  }

  /** Produces, and says so as the writer does after its commit. */
  produce(bytes: number): void {
    this.log.produce(bytes);
    this.compactors.noticed(ID);
  }

  /** What was said since the last call: types of events. */
  saidNow(): string[] {
    return this.events.splice(0).map(({ type }) => type);
  }

  /** The last event of a type; the spec fails without one. */
  last<T extends EngineEvent['type']>(type: T): Extract<EngineEvent, { type: T }> {
    const found = this.events.findLast((event): event is Extract<EngineEvent, { type: T }> => event.type === type);
    if (found === undefined) throw new Error(`nothing said ${type}`);
    return found;
  }

  /** Has this promise settled? 'resolved', the code of its error, or 'pending'. */
  async stateOf(promise: Promise<unknown>): Promise<string> {
    await settled();
    const pending = Promise.resolve('pending');
    const seen = promise.then(
      () => 'resolved',
      ({ code }) => String(code),
    );
    return Promise.race([seen, pending.then((state) => settled().then(() => state))]);
  }
}
