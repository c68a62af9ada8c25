import { type ActorRefFrom, createActor, fromPromise, SimulatedClock } from 'xstate';
import { type LogCompactorContext, type LogCompactorEvent, logCompactorMachine, type PhaseInput } from '../../../machines/log-compactor.ts';

export const PHASES = ['recover', 'ageActive', 'analyze', 'newWork', 'rewrite', 'swap'] as const;
export type PhaseName = (typeof PHASES)[number];
interface Begun {
  readonly name: PhaseName;
  readonly input: PhaseInput;
  readonly settled: PromiseWithResolvers<unknown>;
}

/** A log compactor's chart over phases that end when, and as, they are told to. */
export class LogCompactorRig {
  readonly clock = new SimulatedClock();
  /** What it announced and signalled. */
  readonly said: string[] = [];
  /** Every phase that was begun. */
  readonly begun: { readonly name: PhaseName; readonly input: PhaseInput }[] = [];
  readonly actor: ActorRefFrom<typeof logCompactorMachine>;
  #running: Begun | undefined;

  constructor(input: { recovered?: boolean; runs?: number } = {}) {
    const note = (what: string) => () => void this.said.push(what);
    const phase = <T>(name: PhaseName) => fromPromise<T, PhaseInput>(({ input: given }) => this.#begin<T>(name, given));
    const logic = logCompactorMachine.provide({
      actors: {
        ...{
          ageActive: phase<{ readonly end?: number | undefined }>('ageActive'),
          analyze: phase<{ readonly overflowAt?: number | undefined }>('analyze'),
        },
        ...{ recover: phase<void>('recover'), newWork: phase<void>('newWork') },
        ...{ rewrite: phase<void>('rewrite'), swap: phase<void>('swap') },
      },
      actions: {
        signalAbort: note('abort'),
        announceStarted: ({ context }) => void this.said.push(`run ${context.runs}`),
        announcePass: ({ context: { pass, from, end } }) => void this.said.push(`pass ${pass}: ${from} to ${end}`),
        announceSwapped: note('swapped'),
        announceCompacted: note('compacted'),
        announceFailed: ({ context }) => void this.said.push(`failed ${context.error?.code}`),
        announceIdle: note('idle'),
      },
    });
    this.actor = createActor(logic, {
      clock: this.clock,
      input: { registration: 1, topic: 3, partition: 0, runs: 0, recovered: false, ...input },
    });
    this.actor.start();
  }

  /** 'compacting.rewriting' and the like. */
  get state(): string {
    const { value } = this.actor.getSnapshot();
    if (typeof value === 'string') return value;
    return Object.entries(value)
      .map(([outer, inner]) => `${outer}.${String(inner)}`)
      .join();
  }

  get context(): LogCompactorContext {
    return this.actor.getSnapshot().context;
  }

  /** The phase that runs; undefined when none does. */
  get running(): PhaseName | undefined {
    return this.#running?.name;
  }

  countOf(name: PhaseName): number {
    return this.begun.filter((one) => one.name === name).length;
  }

  send(type: LogCompactorEvent['type']): void {
    this.actor.send({ type });
  }

  /** The phase that runs ends well: with this, or with what a log of two records needs in one pass. */
  async done(expected: PhaseName, output?: { end?: number; overflowAt?: number }): Promise<void> {
    const given = output ?? (expected === 'ageActive' ? { end: 1 } : {});
    await this.#settle(expected, (settled) => settled.resolve(given));
  }

  async fails(expected: PhaseName, error: Error): Promise<void> {
    await this.#settle(expected, (settled) => settled.reject(error));
  }

  /** Phases end well until this one runs. */
  async upTo(phase: PhaseName): Promise<void> {
    for (let at = this.running; at !== phase; at = this.running) {
      if (at === undefined) throw new Error(`nothing runs, so ${phase} never will`);
      await this.done(at);
    }
  }

  /** Phases end well until none runs. */
  async finish(): Promise<void> {
    for (let at = this.running; at !== undefined; at = this.running) await this.done(at);
  }

  async #settle(expected: PhaseName, settle: (settled: PromiseWithResolvers<unknown>) => void): Promise<void> {
    const running = this.#running;
    if (running?.name !== expected) throw new Error(`${expected} was to end, but ${running?.name ?? 'nothing'} runs`);
    this.#running = undefined;
    settle(running.settled);
    // Until the chart has heard of it: its own promise takes a few turns.
    for (let turns = 0; turns < 10; turns++) await Promise.resolve();
  }

  #begin<T>(name: PhaseName, input: PhaseInput): Promise<T> {
    if (this.#running !== undefined) throw new Error(`${name} was begun while ${this.#running.name} runs`);
    const settled = Promise.withResolvers<unknown>();
    this.#running = { name, input, settled };
    this.begun.push({ name, input });
    // What a phase resolves with, the spec says.
    return settled.promise as Promise<T>;
  }
}
