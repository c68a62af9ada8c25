import { type LogCompactorContext, logCompactorMachine, type PhaseInput } from '../../../../machines/log-compactor.ts';
import { type ChartCase, CLOSING, DEFECT, type Ending, type Heard, REJECTIONS, type Sending, type World, well } from '../chart-case.ts';
import { Ledger } from '../ledger.ts';
import type { Stage } from '../stage.ts';

/** How any phase may fail. */
const FAILURES: readonly Ending[] = [
  ...REJECTIONS,
  { name: 'refused', end: 'stop', error: CLOSING },
  { name: 'broke', end: 'death', error: DEFECT },
];

/** A log compactor and those who wait for its runs, as actors/logs/registration.ts has them. */
class LogCompactorWorld implements World {
  readonly ledger = new Ledger();
  readonly endings: World['endings'] = {
    recover: [well(), ...FAILURES],
    ageActive: [well({ end: 9 }), { name: 'empty', output: {} }, ...FAILURES],
    analyze: [
      well({}),
      { name: 'full', output: ({ from }: PhaseInput) => ({ overflowAt: from + 1 }) },
      { name: 'stuck', output: ({ from }: PhaseInput) => ({ overflowAt: from }) },
      ...FAILURES,
    ],
    newWork: [well(), ...FAILURES],
    rewrite: [well(), ...FAILURES],
    swap: [well(), ...FAILURES],
  };
  readonly #stage: Stage;
  /** Who waits for the end of which run. */
  #waiters: { readonly id: string; readonly run: number }[] = [];
  #asked = 0;
  #runs = 0;
  #isOver = false;
  #isComplete = false;
  readonly #lost: string[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#wait();
  }

  sendings(): readonly Sending[] {
    const unregister: Sending = { name: 'Unregister', end: 'stop', send: () => this.#unregister() };
    const again: Sending = { name: 'Again', send: () => this.#again() };
    const close: Sending = { name: 'the engine closes', end: 'stop', send: () => this.#close() };
    return [unregister, close, ...(this.#isOver || this.#stage.isOver || this.#waiters.length > 1 ? [] : [again])];
  }

  hears(action: string, heard: Heard): void {
    const { runs } = heard.context as LogCompactorContext;
    if (action === 'announceStarted') [this.#runs, this.#isComplete] = [runs, false];
    if (action === 'announceCompacted') {
      this.#isComplete = true;
      this.#answer('well', (run) => run <= runs);
    }
    if (action === 'announceFailed') {
      this.#answer('with an error', (run) => run <= runs);
      if (this.#isOver) this.#stage.send({ type: 'Unregister' });
    }
    if (action === 'announceIdle') this.#idled();
  }

  complaints(): readonly string[] {
    return this.#lost;
  }

  digest(): string {
    return `${this.#waiters.map(({ run }) => run - this.#runs)} ${this.#isOver} ${this.#isComplete}`;
  }

  #wait(): void {
    const id = `run ${++this.#asked}`;
    this.ledger.owe(id);
    this.#waiters.push({ id, run: this.#runs + 1 });
  }

  #again(): void {
    this.#wait();
    this.#stage.send({ type: 'Again' });
  }

  #unregister(): void {
    this.#isOver = true;
    this.#stage.send({ type: 'Unregister' });
  }

  /** What runs goes on to its end; only who waits for a back-off is woken. */
  #close(): void {
    this.#isOver = true;
    if (this.#stage.leaves.includes('log-compactor.backingOff')) this.#stage.send({ type: 'Unregister' });
  }

  #idled(): void {
    // After a run that was given up, whoever wants another is served by the next actor; after one that ended well, this one had to.
    if (this.#isComplete && !this.#isOver && this.#waiters.length > 0) this.#lost.push('it is idle, though another run is wanted');
    this.#answer('with an error', () => true);
  }

  #answer(how: string, isMeant: (run: number) => boolean): void {
    for (const { id } of this.#waiters.filter(({ run }) => isMeant(run))) this.ledger.answer(id, how);
    this.#waiters = this.#waiters.filter(({ run }) => !isMeant(run));
  }
}

export const logCompactorCase: ChartCase = {
  machine: logCompactorMachine,
  id: 'log-1-0',
  input: { registration: 1, topic: 1, partition: 0, runs: 0, recovered: false },
  world: (stage) => new LogCompactorWorld(stage),
  rests: ['log-compactor.idle'],
  stop: 'Unregister',
  over: ['log-compactor.idle'],
  always: ['stop'],
};
