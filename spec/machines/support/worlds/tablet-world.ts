import { tabletMachine } from '../../../../machines/tablet.ts';
import { type ChartCase, type Heard, POISONED, type Sending, type World, well } from '../chart-case.ts';
import { Ledger } from '../ledger.ts';
import type { Stage } from '../stage.ts';

/** A tablet and those who commit to it: each change is written, or its committer told that it was not. */
class TabletWorld implements World {
  readonly ledger = new Ledger();
  readonly endings: World['endings'] = { writeManifest: [well(), { name: 'storage failed', end: 'storage', error: POISONED }] };
  readonly #stage: Stage;
  #commits = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  sendings(): readonly Sending[] {
    const reopen: Sending = { name: 'Reopen', end: 'storage', send: () => this.#send({ type: 'Reopen' }) };
    const commit: Sending = { name: 'Commit', send: () => this.#commit() };
    const close: Sending = { name: 'Close', end: 'stop', send: () => this.#send({ type: 'Close' }) };
    return [close, reopen, ...(this.ledger.open.length < 3 ? [commit] : [])];
  }

  hears(action: string, { event, params }: Heard): void {
    const { commitId, commitIds } = (params ?? {}) as { commitId?: number; commitIds?: readonly number[] };
    if (action === 'resolveCommit') this.#answer(commitId, 'as written');
    if (action === 'rejectAll') for (const id of commitIds ?? []) this.#answer(id, 'with an error');
    if (action === 'rejectCommit') this.#answer((event as { commitId: number }).commitId, 'with an error');
  }

  /** The engine opens the storage again. */
  next(): Sending | undefined {
    const isPoisoned = this.#stage.leaves.includes('tablet.poisoned');
    return isPoisoned ? { name: 'Reopen', send: () => this.#send({ type: 'Reopen' }) } : undefined;
  }

  digest(): string {
    return String(this.ledger.open.length);
  }

  #answer(commitId: number | undefined, how: string): void {
    this.ledger.answer(`commit ${commitId}`, how);
  }

  #commit(): void {
    const commitId = ++this.#commits;
    this.ledger.owe(`commit ${commitId}`);
    this.#send({ type: 'Commit', commitId, what: 'a change' });
  }

  #send(event: { type: string; commitId?: number; what?: string }): void {
    this.#stage.send(event);
  }
}

export const tabletCase: ChartCase = {
  machine: tabletMachine,
  id: 'tablet',
  world: (stage) => new TabletWorld(stage),
  rests: ['tablet.settled', 'tablet.closed'],
  stop: 'Close',
  over: ['tablet.closed'],
  always: ['stop', 'storage'],
};
