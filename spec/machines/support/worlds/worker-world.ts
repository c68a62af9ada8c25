import { workerMachine } from '../../../../machines/worker.ts';
import { type ChartCase, DIED, REJECTIONS, type Sending, type World, well } from '../chart-case.ts';
import { Ledger } from '../ledger.ts';
import type { Stage } from '../stage.ts';

/** A worker and those who stand in line for it, as actors/workers.ts has them: each gets the thread, or is told that it does not. */
class WorkerWorld implements World {
  readonly ledger = new Ledger();
  readonly endings: World['endings'] = {
    startThread: [well(), ...REJECTIONS],
    stopThread: [well(), REJECTIONS[0]],
    watchThread: [],
  };
  readonly #stage: Stage;
  readonly #line: string[] = [];
  #borrower: { readonly id: string; isHanded: boolean } | undefined;
  #asked = 0;
  #hasEnded = false;
  /** LevelDB is being closed and opened again: a thread that starts would keep it open. */
  #isRecycling = false;
  readonly #early: string[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  sendings(): readonly Sending[] {
    const borrower = this.#borrower;
    const hasRoom = !this.#hasEnded && this.#line.length < 2;
    return [
      { name: 'Stop', end: 'stop', send: () => this.#stop() },
      { name: 'Died', end: 'death', send: () => this.#send({ type: 'Died', error: DIED }) },
      { name: 'Recycle', end: 'storage', send: () => this.#recycle() },
      ...(this.#isRecycling && !this.#isStopping ? [{ name: 'LevelDB is open again', send: () => this.#reopened() }] : []),
      ...(hasRoom ? [{ name: 'somebody asks', send: () => this.#ask() }] : []),
      ...(borrower ? [{ name: 'GiveBack', end: 'abort', send: () => this.#giveBack(borrower.id) } as const] : []),
    ];
  }

  hears(action: string): void {
    const borrower = this.#borrower;
    if (action === 'hand' && borrower !== undefined) {
      this.ledger.answer(borrower.id, 'with the thread');
      borrower.isHanded = true;
    }
    if (action !== 'fail') return;
    this.#borrower = undefined;
    if (borrower?.isHanded === false) this.ledger.answer(borrower.id, 'with an error');
    this.#match();
  }

  begins(src: string): void {
    if (src === 'startThread' && this.#isRecycling) this.#early.push('a thread is started before LevelDB is open again');
  }

  next(): Sending | undefined {
    const borrower = this.#borrower;
    if (this.#isRecycling) return { name: 'LevelDB is open again', send: () => this.#reopened() };
    return borrower?.isHanded ? { name: 'GiveBack', send: () => this.#giveBack(borrower.id) } : undefined;
  }

  get out(): string[] {
    return this.#borrower?.isHanded ? [`the thread of ${this.#borrower.id}`] : [];
  }

  complaints(): string[] {
    const isLent = this.#stage.leaves.includes('worker.alive.lent');
    return [...this.#early, ...(isLent && this.#borrower === undefined ? ['it is lent to nobody'] : [])];
  }

  digest(): string {
    return `${this.#line.length} ${this.#borrower?.isHanded} ${this.#hasEnded} ${this.#isRecycling}`;
  }

  /** LevelDB is not opened before its thread has ended. */
  get #isStopping(): boolean {
    return [...this.#stage.running].some(({ src }) => src === 'stopThread');
  }

  #ask(): void {
    const id = `asker ${++this.#asked}`;
    this.ledger.owe(id);
    this.#line.push(id);
    this.#match();
  }

  #match(): void {
    if (this.#hasEnded || this.#isRecycling || this.#borrower !== undefined) return;
    const id = this.#line.shift();
    if (id === undefined) return;
    this.#borrower = { id, isHanded: false };
    this.#send({ type: 'Lend', borrower: id });
  }

  /** Who has not got it yet has gone. */
  #giveBack(id: string): void {
    if (this.#borrower?.isHanded === false) this.ledger.answer(id, 'by nobody: it went');
    this.#borrower = undefined;
    this.#send({ type: 'GiveBack' });
    this.#match();
  }

  #recycle(): void {
    this.#isRecycling = true;
    this.#send({ type: 'Recycle' });
  }

  #reopened(): void {
    this.#isRecycling = false;
    this.#match();
  }

  #stop(): void {
    this.#hasEnded = true;
    for (const id of this.#line.splice(0)) this.ledger.answer(id, 'with an error');
    this.#send({ type: 'Stop' });
  }

  #send(event: { type: string; error?: Error; borrower?: string }): void {
    this.#stage.send(event);
  }
}

export const workerCase: ChartCase = {
  machine: workerMachine,
  id: 'w0',
  input: { name: 'w0' },
  world: (stage) => new WorkerWorld(stage),
  rests: ['worker.absent', 'worker.alive.waiting', 'worker.stopped'],
  stop: 'Stop',
  over: ['worker.stopped'],
  // Ending a thread waits for its start, and ending it twice is ending it.
  leaves: ['startThread', 'stopThread'],
  standing: ['watchThread'],
  always: ['stop', 'death', 'storage'],
};
