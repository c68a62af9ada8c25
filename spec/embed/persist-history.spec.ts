import test from 'ava';
import { createActor } from 'xstate';
import { type Engine, forget, open, persist, persisted, persistedIds } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { all, counter, memoryEngine, rest, started } from './support/kept-actors.ts';

function keep(engine: Engine, id: string, history?: number, topic?: string) {
  return persist(counter(), { engine, id, ...(history !== undefined && { history }), ...(topic !== undefined && { topic }) });
}

async function add(actor: ReturnType<typeof started<ReturnType<typeof keep>>>, count: number): Promise<void> {
  for (let by = 1; by <= count; by++) await persisted(actor).send({ type: 'ADD', by });
}

test('a history has the last events with their revisions and times, oldest first, beginning with the first of all', async (t) => {
  const engine = await memoryEngine(t);
  let now = 1000;
  const actor = started(persist(counter(), { engine, id: 'one', now: () => now++ }));
  await add(actor, 2);
  t.deepEqual(await all(persisted(actor).history()), [
    { revision: 1, at: 1000, event: { type: 'xstate.init' } },
    { revision: 2, at: 1001, event: { type: 'ADD', by: 1 } },
    { revision: 3, at: 1002, event: { type: 'ADD', by: 2 } },
  ]);
  t.deepEqual(
    (await all(persisted(actor).history({ last: 1 }))).map(({ revision }) => revision),
    [3],
  );
  await t.throwsAsync(all(persisted(actor).history({ last: -1 })), { code: 'LITHIFY_INVALID_ARGUMENT' });
});

test('only so many are shown, and histories of several actors do not mix', async (t) => {
  const engine = await memoryEngine(t);
  const [one, two] = [started(keep(engine, 'one', 3)), started(keep(engine, 'two', 3))];
  await Promise.all([add(one, 5), add(two, 1)]);
  t.deepEqual(
    (await all(persisted(one).history())).map(({ revision }) => revision),
    [4, 5, 6],
  );
  t.deepEqual(
    (await all(persisted(two).history())).map(({ revision }) => revision),
    [1, 2],
  );
});

test('in a topic of several partitions a history is whole, of one of them, and forgotten with its actor', async (t) => {
  const engine = await open(await tempDirectory(t));
  t.teardown(() => engine.close());
  const topic = await engine.topic('many', { partitions: 7 }).make();
  const ids = Array.from({ length: 12 }, (_, i) => `actor ${i}`);
  const actors = ids.map((id) => started(keep(engine, id, 4, 'many')));
  await Promise.all(actors.map((actor) => add(actor, 9)));
  const taken = Array.from({ length: 7 }, (_, partition) => topic.offsets(partition)?.next ?? 0n);
  t.true(taken.filter((next) => next > 0n).length > 1, 'the actors are spread over partitions');
  await topic.compact();
  t.is(engine.topics().find(({ name }) => name === 'many')?.records, ids.length * 4);
  for (const actor of actors)
    t.deepEqual(
      (await all(persisted(actor).history())).map(({ revision }) => revision),
      [7, 8, 9, 10],
    );
  actors[0]?.stop();
  t.true(await forget(engine, 'actor 0', { topic: 'many' }));
  const again = started(keep(engine, 'actor 0', 4, 'many'));
  await rest(again);
  t.deepEqual(
    (await all(persisted(again).history())).map(({ revision }) => revision),
    [1],
  );
});

test('of a topic with several partitions only one is read for a history', async (t) => {
  const engine = await memoryEngine(t);
  const topic = await engine.topic('many', { partitions: 4 }).make();
  const actor = started(keep(engine, 'one', 4, 'many'));
  await rest(actor);
  const [record] = await all(topic.subscribe({ from: 'beginning', idleTimeout: 0 }));
  if (record === undefined) throw new Error('nothing was written');
  // Where nothing of it ever is: who looks there, finds it.
  for (let partition = 0; partition < 4; partition++) if (partition !== record.partition) await topic.produce({ ...record, partition });
  t.is((await all(persisted(actor).history())).length, 1);
});

test('compacting its topic leaves the last events of each actor, and no others', async (t) => {
  const engine = await open(await tempDirectory(t));
  t.teardown(() => engine.close());
  const actors = ['one', 'two', 'three'].map((id) => started(keep(engine, id, 4)));
  await Promise.all(actors.map((actor) => add(actor, 20)));
  await engine.topic('lithify.actors').compact();
  const [{ records } = { records: 0 }] = engine.topics();
  t.is(records, 3 * 4);
  for (const actor of actors)
    t.deepEqual(
      (await all(persisted(actor).history())).map(({ revision }) => revision),
      [18, 19, 20, 21],
    );
});

test('one topic keeps as many for all; another topic may keep another number, and none is a number too', async (t) => {
  const engine = await memoryEngine(t);
  await rest(started(keep(engine, 'one', 3)));
  const other = started(keep(engine, 'other', 4));
  await t.throwsAsync(persisted(other).settled(), { code: 'LITHIFY_INVALID_ARGUMENT', message: /lithify\.actors.*3/ });
  const elsewhere = started(keep(engine, 'elsewhere', 4, 'long'));
  await add(elsewhere, 1);
  t.is((await all(persisted(elsewhere).history())).length, 2);
  const none = started(keep(engine, 'none', 0, 'nothing'));
  await add(none, 1);
  t.deepEqual(await all(persisted(none).history()), []);
  t.deepEqual(
    engine.topics().map(({ name }) => name),
    ['lithify.actors', 'long'],
  );
});

test('a forgotten actor begins anew, its history with it', async (t) => {
  const engine = await memoryEngine(t);
  const first = started(keep(engine, 'one'));
  await add(first, 3);
  await t.throwsAsync(forget(engine, 'one'), { code: 'LITHIFY_CONFLICT' });
  first.stop();
  t.true(await forget(engine, 'one'));
  t.false(await forget(engine, 'one'));
  t.deepEqual(await all(persistedIds(engine)), []);
  const second = started(keep(engine, 'one'));
  await add(second, 1);
  t.is(second.getSnapshot().context.count, 1);
  t.deepEqual(
    (await all(persisted(second).history())).map(({ revision }) => revision),
    [1, 2],
  );
});

test('an actor that is started while it is being forgotten begins anew', async (t) => {
  const engine = await memoryEngine(t);
  const first = started(keep(engine, 'one'));
  await add(first, 3);
  first.stop();
  const forgetting = forget(engine, 'one');
  const second = started(keep(engine, 'one'));
  t.is(second.getSnapshot().context.count, 6, 'what is stored at this moment');
  t.true(await forgetting);
  await add(second, 1);
  t.is(second.getSnapshot().context.count, 1);
});

test('all ids are listed, whatever they are made of', async (t) => {
  const engine = await memoryEngine(t);
  const ids = ['a', 'a!b', '!', 'ü', '🦀', 'x'.repeat(1024), '~'];
  for (const id of ids) await rest(started(keep(engine, id)));
  await engine.kv.put('zebra', 'not an actor');
  await engine.kv.put('!lithify', 'not an actor');
  t.deepEqual((await all(persistedIds(engine))).sort(), [...ids].sort());
});

test('an application restores all of its actors by their ids', async (t) => {
  const directory = await tempDirectory(t);
  const before = await open(directory);
  for (let i = 1; i <= 5; i++) await add(started(keep(before, `counter ${i}`)), i);
  await before.close();
  const engine = await open(directory);
  t.teardown(() => engine.close());
  const counts: number[] = [];
  for await (const id of persistedIds(engine)) counts.push(createActor(keep(engine, id)).start().getSnapshot().context.count);
  t.deepEqual(counts, [1, 3, 6, 10, 15]);
});

test('a thousand actors share their commits, and each has its own state', async (t) => {
  const engine = await open(await tempDirectory(t));
  t.teardown(() => engine.close());
  const actors = Array.from({ length: 1000 }, (_, i) => started(keep(engine, `actor ${i}`, 2)));
  await Promise.all(actors.map((actor) => persisted(actor).settled()));
  const before = engine.stats().writes.commits;
  await Promise.all(actors.map((actor, i) => persisted(actor).send({ type: 'ADD', by: i })));
  t.true(actors.every((actor, i) => actor.getSnapshot().context.count === i));
  const commits = engine.stats().writes.commits - before;
  t.true(commits < 100, `${commits} commits`);
  for (const actor of actors) actor.stop();
  t.true(
    Array.from({ length: 1000 }, (_, i) => i).every((i) => createActor(keep(engine, `actor ${i}`, 2)).getSnapshot().context.count === i),
  );
});
