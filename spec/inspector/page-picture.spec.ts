import test from 'ava';
import { actorRows, innermost } from '../../inspector/page/model/actor-rows.ts';
import { waitingByType, waitingIn } from '../../inspector/page/model/mailbox.ts';
import { Picture } from '../../inspector/page/model/picture.ts';
import { progressOf } from '../../inspector/page/model/progress.ts';
import { topicRows } from '../../inspector/page/model/topics.ts';
import {
  inventedActor,
  inventedCompactor,
  inventedFrame,
  inventedShape,
  inventedStats,
  inventedTopic,
  inventedTransition,
} from '../support/invented-frames.ts';

test('what a frame does not have is as it was', (t) => {
  const picture = new Picture();
  picture.apply(
    inventedFrame(1, {
      shape: inventedShape({ version: 7 }),
      actors: [inventedActor('engine')],
      topics: [inventedTopic('a')],
      topicsLeftOut: 3,
    }),
  );
  picture.apply(inventedFrame(2));
  t.like(picture, { shape: { version: 7 }, topicsLeftOut: 3 });
  t.is(picture.actors.length, 1);
  picture.apply(inventedFrame(3, { shape: inventedShape({ version: 8 }), actors: [], topics: [] }));
  t.like(picture, { shape: { version: 8 }, topicsLeftOut: 0 });
  t.deepEqual([picture.actors, picture.topics], [[], []]);
});

test('over thousands of frames a picture stays as large as it is', (t) => {
  const picture = new Picture();
  const size = () => picture.entries.size + picture.transitions.length;
  const feed = (from: number, to: number) => {
    for (let n = from; n < to; n++)
      picture.apply(inventedFrame(n, { entries: [inventedTransition(2 * n), inventedTransition(2 * n + 1)] }));
  };
  feed(1, 2000);
  const before = size();
  feed(2000, 9000);
  t.true(size() <= 1.5 * before);
  t.is(picture.transitions.at(-1)?.frame, 8999);
});

test('a transition that comes again after a reconnection does not flash again', (t) => {
  const picture = new Picture();
  picture.apply(inventedFrame(1, { entries: [inventedTransition(5)] }));
  picture.apply(inventedFrame(2, { entries: [inventedTransition(5), inventedTransition(6)] }));
  t.deepEqual(
    picture.transitions.map(({ n, frame }) => [n, frame]),
    [
      [5, 1],
      [6, 2],
    ],
  );
});

test('a rate is the growth of one job between two frames', (t) => {
  const job = { job: 'regular', state: 'working' };
  const before = { atMs: 1000, compactors: [inventedCompactor(0, { ...job, entries: 100, bytes: 1000 })] };
  const now = { atMs: 1500, compactors: [inventedCompactor(0, { ...job, entries: 150, bytes: 4000 }), inventedCompactor(1, job)] };
  const [first, second] = progressOf(now, before);
  t.like(first, { entriesPerSecond: 100, bytesPerSecond: 6000 });
  t.is(second.bytesPerSecond, undefined, 'it was not there before');
});

test('no rate is told of another job, of one that began anew, or of no time', (t) => {
  const at = (atMs: number, bytes: number, job?: string) => ({ atMs, compactors: [inventedCompactor(0, { bytes, ...(job && { job }) })] });
  for (const [now, before] of [
    [at(2000, 500, 'minor'), at(1000, 100, 'flush')],
    [at(2000, 50, 'flush'), at(1000, 100, 'flush')],
    [at(1000, 500, 'flush'), at(1000, 100, 'flush')],
    [at(2000, 500), at(1000, 100)],
  ]) {
    t.is(progressOf(now, before)[0].bytesPerSecond, undefined);
  }
  t.is(progressOf(at(1, 1, 'flush'), undefined)[0].bytesPerSecond, undefined);
});

test('actors stand below their parents, with their own names', (t) => {
  const actors = [
    inventedActor('engine'),
    inventedActor('b', { parent: 'engine' }),
    inventedActor('c', { parent: 'engine' }),
    inventedActor('b/run', { parent: 'b' }),
  ];
  t.deepEqual(
    actorRows(actors).map(({ name, depth }) => `${depth} ${name}`),
    ['0 engine', '1 b', '2 run', '1 c'],
  );
});

test('an actor whose parent is gone, or is itself, is shown once', (t) => {
  const rows = actorRows([inventedActor('a', { parent: 'gone' }), inventedActor('b', { parent: 'b' })]);
  t.deepEqual(
    rows.map(({ actor, depth }) => [actor.id, depth]),
    [
      ['a', 0],
      ['b', 0],
    ],
  );
});

test('of nested states the innermost is told', (t) => {
  t.deepEqual(innermost(['running', 'running.open', 'other']), ['running.open', 'other']);
});

test('a group’s lag is that of all its partitions, the largest first', (t) => {
  const lag = (group: string, partition: number, records: number) => ({
    group,
    partition,
    lag: records,
    committed: 0,
    idleMs: 100 * partition,
  });
  const topic = inventedTopic('a', { groups: [lag('near', 0, 5), lag('far', 0, 20), lag('far', 1, 30)] });
  const [{ groups, activeBytes, historyBytes }] = topicRows([topic], inventedStats().logs);
  t.deepEqual(
    groups.map(({ group, lag: behind, share, idleMs }) => [group, behind, share, idleMs]),
    [
      ['far', 50, 0.5, 0],
      ['near', 5, 0.05, 0],
    ],
  );
  t.deepEqual([activeBytes, historyBytes], [500, 1500]);
});

test('in the mailbox wait users’ messages and the engine’s own tickets, and what is most is told first', (t) => {
  const mailbox = { byType: { MinorCompact: 0, background: 1, slice: 4 } };
  t.is(waitingIn(mailbox), 5);
  t.deepEqual(waitingByType(mailbox), [
    ['slice', 4],
    ['background', 1],
  ]);
});
