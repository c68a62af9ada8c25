import { type CommitResult, writerMachine } from '../../../../machines/writer.ts';
import { type ChartCase, DEFECT, type Ending, POISONED, REJECTIONS, type Sending, type World, well } from '../chart-case.ts';
import { Ledger } from '../ledger.ts';
import type { Stage } from '../stage.ts';

interface Group {
  readonly id: string;
  readonly isExclusive: boolean;
}

/** A writer and its queue of groups, as actors/writer.ts has them: every group is committed, or its callers told that it is not. */
class WriterWorld implements World {
  readonly ledger = new Ledger();
  readonly guards = { hasGroups: () => this.#groups.length > 0 || this.#seal !== undefined, owes: () => this.#owes && !this.#hasClosed };
  readonly endings: World['endings'] = {
    commitGroup: [
      well(() => this.#commit()),
      { name: 'full', output: () => (this.#groups.length > 0 ? { more: true, full: true } : this.#commit()) },
      { name: 'refused', end: 'storage', output: () => this.#refuse() },
      { name: 'broke', end: 'death', error: DEFECT },
    ],
    waitForRoom: [well(), ...REJECTIONS],
    pause: [well(), { name: 'still owed' }, { name: 'broke', end: 'death', error: DEFECT }],
    emptyMemory: [well(), ...REJECTIONS],
    runExclusive: [well(), { name: 'storage failed', end: 'storage', error: POISONED }],
    closeLog: [well(), { name: 'storage failed', end: 'storage', error: POISONED }],
  };
  readonly #stage: Stage;
  #groups: Group[] = [];
  #seal: string | undefined;
  #owes = false;
  #hasClosed = false;
  #asked = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  sendings(): readonly Sending[] {
    const close: Sending = { name: 'Close', end: 'stop', send: () => this.#close() };
    if (this.#hasClosed) return [close];
    const submits = (name: string, isExclusive: boolean): Sending => ({ name, send: () => this.#submit(name, isExclusive) });
    return [
      close,
      { name: 'falling behind', send: () => void (this.#owes = true) },
      ...(this.#groups.length < 2 ? [submits('write', false), submits('exclusive', true)] : []),
      ...(this.#seal === undefined ? [{ name: 'seal', send: () => this.#askToSeal() }] : []),
    ];
  }

  hears(action: string): void {
    if (action === 'refuseHead') this.#answerHead('with an error');
    if (action === 'refuseAll') this.#refuseGroups();
    if (action !== 'refuseLate') return;
    this.#refuseGroups();
    this.#sealed();
  }

  /** Each of these begins by sealing what is to be sealed. */
  begins(src: string): void {
    if (src === 'commitGroup' || src === 'waitForRoom' || src === 'emptyMemory') this.#sealed();
  }

  ending(src: string, _: string, { name }: Ending): void {
    if (src === 'pause' && name !== 'still owed') this.#owes = false;
    if (src === 'runExclusive') this.#answerHead(name);
    if (src === 'commitGroup' && name === 'broke') this.#answerHead('with an error');
  }

  digest(): string {
    return JSON.stringify([this.#groups.map(({ isExclusive }) => isExclusive), this.#seal !== undefined, this.#owes, this.#hasClosed]);
  }

  #submit(name: string, isExclusive: boolean): void {
    const group = { id: `${name} ${++this.#asked}`, isExclusive };
    this.ledger.owe(group.id);
    this.#groups.push(group);
    if (this.#groups.length === 1) this.#stage.send({ type: 'Submitted' });
  }

  #askToSeal(): void {
    this.#seal = `seal ${++this.#asked}`;
    this.ledger.owe(this.#seal);
    this.#stage.send({ type: 'Submitted' });
    // Who waits for room looks again.
    if ([...this.#stage.running].some(({ src }) => src === 'waitForRoom' || src === 'emptyMemory')) this.#sealed();
  }

  #close(): void {
    this.#hasClosed = true;
    this.#stage.send({ type: 'Close' });
  }

  #commit(): CommitResult {
    const [head] = this.#groups;
    if (head === undefined) return { more: false, full: false };
    if (head.isExclusive) return { more: true, full: false, exclusive: true };
    this.#answerHead('as committed');
    return { more: this.#groups.length > 0, full: false };
  }

  #refuse(): CommitResult {
    this.#answerHead('with an error');
    return { more: this.#groups.length > 0, full: false, error: POISONED };
  }

  #answerHead(how: string): void {
    const head = this.#groups.shift();
    if (head !== undefined) this.ledger.answer(head.id, how);
  }

  #refuseGroups(): void {
    for (const { id } of this.#groups.splice(0)) this.ledger.answer(id, 'with an error');
  }

  #sealed(): void {
    if (this.#seal !== undefined) this.ledger.answer(this.#seal, 'one way or the other');
    this.#seal = undefined;
  }
}

export const writerCase: ChartCase = {
  machine: writerMachine,
  id: 'writer',
  world: (stage) => new WriterWorld(stage),
  rests: ['writer.idle', 'writer.faulted', 'writer.closed'],
  stop: 'Close',
  over: ['writer.closed'],
  // They hear of it by their signal, and nothing has been done that would have to be taken back.
  leaves: ['waitForRoom', 'pause', 'emptyMemory'],
  always: ['stop'],
};
