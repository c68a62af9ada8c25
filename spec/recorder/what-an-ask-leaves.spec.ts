import test from 'ava';
import { eventsOf, openEngine, quiet, TINY } from '../support/engines.ts';
import { fill } from '../support/held-engine.ts';
import { chainOf, entriesOf } from './support/recorded.ts';

test('a request can be followed from the door through the mailbox and a compactor to its reply', async (t) => {
  const engine = await openEngine(t, { ...TINY, compactors: 1 });
  await fill(engine, 20);
  await quiet(engine);
  await engine.kv.put('one', 'more');
  await engine.ask({ type: 'MinorCompact' });
  const entries = entriesOf(engine);
  const reply = entries.findLast(({ type, details }) => type === 'Reply' && JSON.stringify(details).includes('MinorCompact'));
  t.deepEqual(chainOf(entries, reply).slice(-7), [
    'engine MinorCompact',
    'mailbox MinorCompact',
    'compactor-0 Assign',
    'compactor-0/job xstate.init',
    'compactor-0 xstate.done.actor.job',
    'mailbox Settled',
    'engine Reply',
  ]);
  t.like(reply, { kind: 'message', from: 'mailbox', details: { ok: true } });
  t.true((reply?.ms ?? 0) > 0);
  const asked = entries.filter(({ envelope }) => envelope === reply?.envelope).map(({ actor, from, type }) => [actor, from, type]);
  t.deepEqual(asked, [
    ['engine', undefined, 'MinorCompact'],
    ['mailbox', 'engine', 'MinorCompact'],
    ['engine', 'mailbox', 'Reply'],
  ]);
});

test('what a job tells belongs to the compactor that runs it, and what a commit makes noticed to that commit', async (t) => {
  const engine = await openEngine(t, { ...TINY, compactors: 1 });
  await fill(engine, 20);
  await engine.ask({ type: 'MinorCompact' });
  const entries = entriesOf(engine);
  const settled = entries.findLast(({ type }) => type === 'jobSettled');
  t.like(settled, { kind: 'event', actor: 'compactor-0/job', details: { job: 'flush', outcome: 'done' } });
  t.deepEqual(chainOf(entries, settled).slice(-3), ['compactor-0 Assign', 'compactor-0/job xstate.init', 'compactor-0/job jobSettled']);
  const compacted = entries.findLast(({ type }) => type === 'compacted');
  t.deepEqual(chainOf(entries, compacted).slice(-3), ['tablet/write xstate.init', 'tablet xstate.done.actor.write', 'tablet compacted']);
});

test('transitions have their chart, their event and the states before and after it, and only real ones are there', async (t) => {
  const engine = await openEngine(t, { ...TINY, compactors: 1 });
  await fill(engine, 20);
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
  const transitions = entriesOf(engine).filter(({ kind }) => kind === 'transition');
  const ofCompactor = transitions.filter(({ actor }) => actor === 'compactor-0');
  t.like(ofCompactor[0], {
    type: 'idle → working.running',
    details: { machine: 'compactor', event: 'Assign', from: ['idle'], to: ['working.running'] },
  });
  t.like(ofCompactor[1], { type: 'working.running → rested', details: { event: 'xstate.done.actor.job' } });
  t.like(ofCompactor[2], { type: 'rested → idle', cause: ofCompactor[1]?.cause });
  t.deepEqual(
    transitions.filter(({ details }) => JSON.stringify(details?.from) === JSON.stringify(details?.to)),
    [],
  );
  // Where one ends the next begins.
  for (const [at, { details }] of ofCompactor.slice(1).entries()) t.deepEqual(details?.from, ofCompactor[at]?.details?.to);
});

test('names are those of the actors that run, and every engine event is there once', async (t) => {
  const engine = await openEngine(t, TINY);
  const events = eventsOf(engine);
  for (const prefix of ['a', 'b', 'c']) await fill(engine, 100, prefix);
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  const entries = entriesOf(engine);
  const running = new Set(engine.actors().map(({ id }) => id));
  const named = new Set(entries.flatMap(({ actor, from = actor }) => [actor, from]).filter((name) => !name.includes('/')));
  t.deepEqual(
    [...named].filter((name) => !running.has(name)),
    [],
  );
  const told = entries.filter(
    ({ kind, type }) => kind === 'event' || (kind === 'decision' && !['orderChosen', 'notPicked'].includes(type)),
  );
  t.deepEqual(
    told.map(({ type }) => type),
    events.map(({ type }) => type).filter((type) => type !== 'replied'),
  );
});

test('the planner says which order it chose and why, and what it did not pick', async (t) => {
  const engine = await openEngine(t, TINY);
  for (const prefix of ['a', 'b', 'c']) await fill(engine, 100, prefix);
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  const decisions = entriesOf(engine).filter(({ kind }) => kind === 'decision');
  const chosen = decisions.find(({ type, details }) => type === 'orderChosen' && details?.kind === 'major');
  t.like(chosen, { actor: 'tablet', details: { target: 6 } });
  t.regex(String(chosen?.details?.reason), /asked for/);
  const notPicked = decisions.filter(({ type }) => type === 'notPicked').map(({ details }) => JSON.stringify(details));
  t.true(notPicked.length > 0);
  t.true(notPicked.every((text, at) => text !== notPicked[at - 1]));
});

test('what a compaction of a log tells belongs to its actor, though topics are told by their names', async (t) => {
  const engine = await openEngine(t);
  await engine.topic('other').produce({ key: 1n, value: 'x' });
  const topic = engine.topic('orders', {
    partitions: 2,
    compaction: { maxBytes: 1, compactionThreshold: 2 ** 30, keepUnreadBy: ['late'] },
  });
  await topic.produceMany(Array.from({ length: 20 }, (_, i) => ({ key: BigInt(i), value: 'x'.repeat(20) })));
  const seen = eventsOf(engine);
  await topic.compact();
  const names = new Set(engine.actors().map(({ id }) => id));
  const told = entriesOf(engine).filter(({ type }) => /^log(Compact|Pass)|^groupHoldsLog/.test(type));
  t.is(told.length, seen.filter(({ type }) => /^log(Compact|Pass)|^groupHoldsLog/.test(type)).length);
  t.true(told.length >= 6);
  const actors = entriesOf(engine).filter(({ kind, details }) => kind === 'transition' && details?.machine === 'log-compactor');
  for (const { actor, details } of told) {
    t.regex(actor, new RegExp(`^log-\\d+-${details?.partition}$`));
    t.true(names.has(actor) || actors.some((one) => one.actor === actor), actor);
  }
  t.is(new Set(told.map(({ actor }) => actor)).size, 2);
});
