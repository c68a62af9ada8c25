import test from 'ava';
import { actorRows, rowOf } from '../../inspector/page/model/actor-rows.ts';
import { BranchChanges } from '../../inspector/page/model/branch-changes.ts';
import { Picture } from '../../inspector/page/model/picture.ts';
import { inventedActor, inventedFrame, inventedTransition } from '../support/invented-frames.ts';

const ACTORS = [
  inventedActor('engine'),
  inventedActor('tablet', { parent: 'engine' }),
  inventedActor('tablet/write', { parent: 'tablet' }),
  inventedActor('tablet/write/sync', { parent: 'tablet/write' }),
  inventedActor('compactor-0', { parent: 'engine' }),
];

function changed(id: string, states: readonly string[]): typeof ACTORS {
  return ACTORS.map((actor) => (actor.id === id ? { ...actor, states } : actor));
}

test('a collapsed branch hides everything below it, says what, and stays one while nothing is below it', (t) => {
  const rows = actorRows(ACTORS, new Set(['tablet', 'compactor-0']));
  t.deepEqual(
    rows.map(({ actor, isBranch, hides }) => [actor.id, isBranch, hides]),
    [
      ['engine', true, undefined],
      ['tablet', true, ['tablet/write', 'tablet/write/sync']],
      ['compactor-0', true, []],
    ],
  );
  t.is(actorRows(ACTORS, new Set(['gone'])).length, ACTORS.length);
});

test('for an actor stands its own row, or that of the outermost branch that hides it', (t) => {
  const rows = actorRows(ACTORS, new Set(['tablet', 'tablet/write']));
  t.is(rowOf(rows, 'tablet/write/sync')?.actor.id, 'tablet');
  t.is(rowOf(rows, 'compactor-0')?.actor.id, 'compactor-0');
  t.is(rowOf(rows, 'gone'), undefined);
});

test('a change is one of every branch that it is in, and of no other', (t) => {
  const branches = new BranchChanges();
  branches.apply(100, ACTORS, []);
  t.is(branches.below('engine'), undefined, 'the first picture is no change');
  branches.apply(200, changed('tablet/write/sync', ['busy']), []);
  t.deepEqual(
    ['engine', 'tablet', 'tablet/write', 'tablet/write/sync', 'compactor-0'].map((id) => branches.below(id)),
    [200, 200, 200, undefined, undefined],
  );
});

test('who comes, goes, fails or says something else is a change; who stays as it was is none', (t) => {
  const branches = new BranchChanges();
  const last = ACTORS.at(-1) ?? t.fail();
  const steps = [
    ACTORS.slice(0, -1),
    ACTORS,
    ACTORS.with(-1, { ...last, note: 'flush' }),
    ACTORS.with(-1, { ...last, status: 'error' }),
    ACTORS.slice(0, -1),
  ];
  for (const [at, actors] of steps.entries()) {
    branches.apply(at, actors, []);
    branches.apply(at + 0.5, structuredClone(actors), []);
    t.is(branches.below('engine'), at === 0 ? undefined : at);
  }
});

test('a state that was left and entered again between two frames is a change as well', (t) => {
  const picture = new Picture();
  picture.apply(inventedFrame(1, { actors: ACTORS }));
  picture.apply(inventedFrame(2, { entries: [inventedTransition(5)] }));
  t.is(picture.branches.below('engine'), 2000);
  picture.apply(inventedFrame(3, { entries: [inventedTransition(5)] }));
  t.is(picture.branches.below('engine'), 2000, 'it came again after a reconnection');
});

test('nothing is kept of actors that are gone', (t) => {
  const branches = new BranchChanges();
  branches.apply(1, ACTORS, []);
  branches.apply(2, changed('tablet/write', ['busy']), []);
  t.is(branches.below('tablet'), 2);
  branches.apply(3, ACTORS.slice(0, 1), []);
  t.deepEqual([branches.below('tablet'), branches.below('engine')], [undefined, 3]);
});

test('actors that are their own ancestors keep nobody busy', (t) => {
  const branches = new BranchChanges();
  const circle = [inventedActor('a', { parent: 'b' }), inventedActor('b', { parent: 'a' })];
  branches.apply(1, circle, []);
  branches.apply(2, circle, ['a']);
  t.deepEqual([branches.below('a'), branches.below('b')], [2, 2]);
  t.deepEqual(actorRows(circle, new Set(['a'])), []);
});
