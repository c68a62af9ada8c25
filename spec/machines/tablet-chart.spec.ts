import test from 'ava';
import { type ActorRefFrom, createActor, fromPromise, waitFor } from 'xstate';
import { tabletMachine } from '../../machines/tablet.ts';
import { FAULT } from './support/desk.ts';

/** The chart over a manifest that is written when it is told to. */
class TabletRig {
  readonly said: string[] = [];
  readonly actor: ActorRefFrom<typeof tabletMachine>;
  #write: PromiseWithResolvers<void> | undefined;

  constructor() {
    const writeManifest = fromPromise<void, { commitId: number }>(({ input }) => {
      this.said.push(`write ${input.commitId}`);
      this.#write = Promise.withResolvers();
      return this.#write.promise;
    });
    const logic = tabletMachine.provide({
      actors: { writeManifest },
      actions: {
        resolveCommit: (_, { commitId }) => void this.said.push(`resolve ${commitId}`),
        rejectAll: (_, { commitIds }) => void this.said.push(...commitIds.map((id) => `reject ${id}`)),
        rejectCommit: ({ event }) => void this.said.push(`reject ${event.type === 'Commit' ? event.commitId : '?'}`),
      },
    });
    this.actor = createActor(logic).start();
  }

  commit(...ids: number[]): void {
    for (const commitId of ids) this.actor.send({ type: 'Commit', commitId, what: 'a change' });
  }

  async written(error?: Error): Promise<void> {
    const before = this.actor.getSnapshot();
    if (error === undefined) this.#write?.resolve();
    else this.#write?.reject(error);
    await waitFor(
      this.actor,
      (snapshot) => snapshot !== before && (!snapshot.matches('committing') || this.#isNext(before.context.commits)),
    );
  }

  get state(): unknown {
    return this.actor.getSnapshot().value;
  }

  #isNext(commits: number): boolean {
    return this.actor.getSnapshot().context.commits > commits;
  }
}

test('changes are written one at a time, in the order in which they came', async (t) => {
  const rig = new TabletRig();
  rig.commit(1, 2, 3);
  for (let i = 0; i < 3; i++) await rig.written();
  t.deepEqual(rig.said, ['write 1', 'resolve 1', 'write 2', 'resolve 2', 'write 3', 'resolve 3']);
  t.is(rig.state, 'settled');
});

test('one failed write refuses everything that waits and all that comes, until the storage is open again', async (t) => {
  const rig = new TabletRig();
  rig.commit(1, 2);
  await rig.written(FAULT);
  rig.commit(3);
  t.deepEqual([rig.state, rig.said], ['poisoned', ['write 1', 'reject 1', 'reject 2', 'reject 3']]);
  t.is(rig.actor.getSnapshot().context.error, FAULT);
  rig.actor.send({ type: 'Reopen' });
  rig.commit(4);
  await rig.written();
  t.deepEqual(rig.said.slice(4), ['write 4', 'resolve 4']);
});

test('opened again while nothing is wrong it goes on as before', async (t) => {
  const rig = new TabletRig();
  rig.actor.send({ type: 'Reopen' });
  rig.commit(1);
  rig.actor.send({ type: 'Reopen' });
  await rig.written();
  t.deepEqual([rig.state, rig.said], ['settled', ['write 1', 'resolve 1']]);
});

test('closed it refuses changes: from rest, from poison, and after the write that is under way', async (t) => {
  const resting = new TabletRig();
  const poisoned = new TabletRig();
  poisoned.commit(1);
  await poisoned.written(FAULT);
  const committing = new TabletRig();
  committing.commit(1, 2);
  for (const rig of [resting, poisoned, committing]) rig.actor.send({ type: 'Close' });
  t.is(committing.state, 'committing');
  await committing.written();
  await committing.written();
  t.deepEqual(committing.said, ['write 1', 'resolve 1', 'write 2', 'resolve 2'], 'what was there before is still written');
  for (const rig of [resting, poisoned, committing]) {
    rig.said.length = 0;
    rig.commit(9);
    t.deepEqual([rig.state, rig.said], ['closed', ['reject 9']]);
  }
});
