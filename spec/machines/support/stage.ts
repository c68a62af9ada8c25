import { setImmediate } from 'node:timers/promises';
import { type AnyActorRef, createActor, createMachine, fromCallback, spawnChild } from 'xstate';
import type { ChartCase, Ending, World } from './chart-case.ts';
import { leavesOf } from './chart-walk.ts';
import { BREAK, type PlayedChart } from './played-chart.ts';
import { Timers } from './timers.ts';

/** A promise or a callback that a chart has started and that has not ended. */
export interface Running {
  readonly src: string;
  readonly owner: string;
  readonly input: unknown;
  readonly settled: PromiseWithResolvers<unknown>;
}

/**
 * A chart that runs: whatever it invokes, and whatever the charts under it invoke, ends when and as it is told to; time
 * passes when it is told to; the rest of the world is played by its World.
 */
export class Stage {
  readonly world: World;
  readonly timers = new Timers();
  readonly running = new Set<Running>();
  /** Promises that were left before they had settled. */
  readonly left = new Set<string>();
  /** Leaves that the chart was ever in, passing states included. */
  readonly visited = new Set<string>();
  /** Types of events that reached the chart. */
  readonly received = new Set<string>();
  readonly broken: unknown[] = [];
  readonly #case: ChartCase;
  readonly #root: AnyActorRef;
  readonly subject: AnyActorRef;

  constructor(chartCase: ChartCase, played: PlayedChart) {
    this.#case = chartCase;
    this.world = chartCase.world(this);
    played.stage = this;
    const { id, input } = chartCase;
    const { logic } = played;
    const around = Object.entries(this.world.neighbours ?? {}).map(([name, hear]) =>
      spawnChild(
        fromCallback(({ receive }) => receive(hear)),
        { id: name, systemId: name },
      ),
    );
    this.#root = createActor(createMachine({ entry: [...around, spawnChild(logic, { id, systemId: id, input })] }), {
      clock: this.timers,
      inspect: (event) => {
        if (!('id' in event.actorRef) || event.actorRef.id !== id) return;
        if (event.type === '@xstate.event') this.received.add(event.event.type);
        if (event.type === '@xstate.microstep' || event.type === '@xstate.snapshot') this.#note(event.snapshot);
      },
    });
    this.#root.subscribe({ error: (error) => void this.broken.push(error) });
    this.#root.start();
    this.subject = this.#root.system.get(id) ?? this.#root.getSnapshot().children[id];
    this.world.begun?.(this);
  }

  /** Leaves of the state that it is in. */
  get leaves(): string[] {
    return leavesOf(this.subject.getSnapshot().value).map((leaf) => `${this.#case.machine.id}.${leaf}`);
  }

  get isOver(): boolean {
    return this.subject.getSnapshot().status !== 'active';
  }

  /** It runs for as long as its state is there. */
  isStanding(src: string): boolean {
    return this.#case.standing?.includes(src) === true;
  }

  send(event: { type: string }): void {
    this.subject.send(event);
  }

  /** Another actor of the same system. */
  actor(name: string): AnyActorRef | undefined {
    return this.#root.system.get(name);
  }

  /** Charts that the chart has spawned. */
  get children(): string[] {
    const { children } = this.subject.getSnapshot() as { children: Record<string, AnyActorRef> };
    return Object.keys(children).filter((name) => isChart(children[name]));
  }

  break(name: string): void {
    this.actor(name)?.send({ type: BREAK });
  }

  /** Something that a chart invokes begins. */
  begin(owner: string, src: string, input: unknown): Running {
    const one = { src, owner, input, settled: Promise.withResolvers<unknown>() };
    // What is left is told nothing any more.
    one.settled.promise.catch(() => undefined);
    this.running.add(one);
    this.world.begins?.(src, input);
    return one;
  }

  /** Its state was left. */
  leave(one: Running): void {
    if (this.running.delete(one)) this.left.add(one.src);
  }

  end(one: Running, ending: Ending): void {
    this.running.delete(one);
    this.world.ending?.(one.src, one.owner, ending);
    if (ending.error !== undefined) one.settled.reject(ending.error);
    else one.settled.resolve(typeof ending.output === 'function' ? ending.output(one.input) : ending.output);
  }

  /** Until everything has heard of what was done. */
  async turn(): Promise<void> {
    await setImmediate();
  }

  #note(snapshot: unknown): void {
    if (typeof snapshot !== 'object' || snapshot === null || !('value' in snapshot)) return;
    for (const leaf of leavesOf(snapshot.value)) this.visited.add(`${this.#case.machine.id}.${leaf}`);
  }
}

function isChart(ref: AnyActorRef | undefined): boolean {
  return ref !== undefined && 'logic' in ref && typeof ref.logic === 'object' && ref.logic !== null && 'root' in ref.logic;
}
