import test from 'ava';
import type { ChartCase } from './support/chart-case.ts';
import { type Plant, planted } from './support/planted-chart.ts';
import { coverageOf } from './support/state-coverage.ts';
import { compactorCase } from './support/worlds/compactor-world.ts';
import { engineCase } from './support/worlds/engine-world.ts';
import { logCompactorCase } from './support/worlds/log-compactor-world.ts';
import { mailboxCase } from './support/worlds/mailbox-world.ts';
import { tabletCase } from './support/worlds/tablet-world.ts';
import { workerCase } from './support/worlds/worker-world.ts';
import { writerCase } from './support/worlds/writer-world.ts';

async function failuresOf(chartCase: ChartCase, plant: Plant): Promise<readonly string[]> {
  return (await coverageOf({ ...chartCase, machine: planted(chartCase.machine, plant) })).failures;
}

test('a new state that nothing leads to is named', async (t) => {
  for (const chartCase of [compactorCase, workerCase, tabletCase, writerCase, logCompactorCase]) {
    const failures = await failuresOf({ ...chartCase, depth: 1 }, { 'states.planted': {} });
    t.true(failures.includes(`no path reaches ${chartCase.machine.id}.planted`), chartCase.machine.id);
  }
});

test('a new state inside another is named as well', async (t) => {
  const failures = await failuresOf(compactorCase, { 'states.working.states.planted': {} });
  t.deepEqual(failures, ['no path reaches compactor.working.planted']);
});

test('a new state that something known leads to is found, and met, without a word about it', async (t) => {
  const before = await coverageOf(tabletCase);
  const machine = planted(tabletCase.machine, {
    'states.planted': { on: { Commit: { actions: 'enqueue', target: 'settled' }, Close: 'closed' }, after: { 100: 'settled' } },
    'states.poisoned.on.Reopen.target': 'planted',
  });
  const after = await coverageOf({ ...tabletCase, machine });
  t.deepEqual([after.failures, after.states], [[], before.states + 1]);
  t.is(after.pairs, before.pairs + 3, 'a stop, the storage opened again, and its clock');
});

test('a new state that does not hear a stop is named', async (t) => {
  const failures = await failuresOf(tabletCase, {
    'states.planted': { on: { Commit: { actions: 'enqueue', target: 'settled' } }, after: { 100: 'settled' } },
    'states.poisoned.on.Reopen.target': 'planted',
  });
  t.true(failures.some((one) => /^tablet\.planted, .*: Close, then rest: it stays in tablet\.settled/.test(one)));
});

test('an event that nobody sends is named', async (t) => {
  t.deepEqual(await failuresOf(tabletCase, { 'states.settled.on.Planted': 'closed' }), ['nothing ever sends tablet a Planted']);
});

test('a promise of which nobody has said how it may end is named', async (t) => {
  const invoke = { id: 'planted', src: 'planted', onDone: 'down', onError: 'down' };
  const { stopThread } = workerCase.machine.implementations.actors;
  const machine = planted(workerCase.machine, { 'states.absent.invoke': invoke }).provide({ actors: { planted: stopThread } });
  await t.throwsAsync(coverageOf({ ...workerCase, machine }), { message: 'nobody has said how planted may end' });
});

const first = ([one]: readonly unknown[]) => one;
const others = ([, ...rest]: readonly unknown[]) => rest;
const firstTwice = (all: readonly unknown[]) => [first(all), ...all];
const without = (name: string) => (all: readonly unknown[]) => all.filter((one) => one !== name);

/** Defects of one chart each, and what is said of them. */
const DEFECTS: readonly [what: string, of: ChartCase, plant: Plant, said: RegExp][] = [
  ['a stop that is not heard', tabletCase, { 'states.poisoned.on.Close': undefined }, /Close, then rest: it stays in tablet\.settled/],
  ['a change that is refused in silence', tabletCase, { 'states.closed.on.Commit': {} }, /commit \d was never answered/],
  [
    'a change that is answered twice',
    tabletCase,
    { 'states.committing.invoke.onDone.actions': firstTwice },
    /commit 1 was answered as written, as/,
  ],
  ['a write that is left', tabletCase, { 'states.committing.on.Close': 'closed' }, /writeManifest was left before it had settled/],
  ['a borrower that is forgotten', workerCase, { 'states.down.on.Stop': 'stopped' }, /asker \d was never answered/],
  [
    'a thread that starts too early',
    workerCase,
    { 'states.down.on.Recycle': undefined },
    /a thread is started before LevelDB is open again/,
  ],
  ['a thread that is lent and never handed', workerCase, { 'states.alive.states.lent.entry': undefined }, /asker \d was never answered/],
  ['a ticket that a defect drops', compactorCase, { 'states.working.invoke.onError.actions': undefined }, /ticket \d was never answered/],
  ['a ticket that comes while it is busy', compactorCase, { 'states.working.on.Assign': undefined }, /ticket \d was never answered/],
  ['a dismissal that is forgotten', compactorCase, { 'states.rested.always': others }, /Dismiss.*, then rest: it stays in compactor\.idle/],
  ['a compactor that has gone unnoticed', mailboxCase, { 'on.Gone': undefined }, /asks for a flush \d was never answered/],
  ['a mailbox that is never empty', mailboxCase, { 'states.draining.always': undefined }, /it stays in mailbox\.draining/],
  ['an empty mailbox that nobody hears of', mailboxCase, { 'states.drained.entry': undefined }, /it reported 0 times that it is empty/],
  ['writers who wait at the end', writerCase, { 'states.closing.entry': undefined }, /write \d was never answered/],
  ['groups behind one that was refused', writerCase, { 'states.faulted.always': undefined }, /write \d was never answered/],
  [
    'a further run that nobody begins',
    logCompactorCase,
    { 'states.ended.always': (ways: unknown[]) => [first(ways), ways.at(-1)] },
    /another run is wanted/,
  ],
  ['a back-off that does not end', logCompactorCase, { 'states.backingOff.after': undefined }, /it stays in log-compactor\.backingOff/],
  ['a Shutdown while it opens', engineCase, { 'states.opening.invoke.onDone': others }, /shutdown \d was never answered/],
  [
    'a mailbox that stays shut after a recovery',
    engineCase,
    { 'states.running.states.recovering.invoke.onDone.actions': without('resumeMailbox') },
    /request \d was never answered/,
  ],
];

/** As deep as it takes: the search need not be whole to find them. */
const DEPTHS = new Map([
  [engineCase, 2],
  [mailboxCase, 1],
  [workerCase, 5],
]);

for (const [what, chartCase, plant, said] of DEFECTS) {
  test(`planted, and found in the ${chartCase.machine.id}: ${what}`, async (t) => {
    const failures = await failuresOf({ ...chartCase, depth: DEPTHS.get(chartCase) ?? 3 }, plant);
    t.true(
      failures.some((one) => said.test(one)),
      failures.slice(0, 5).join('\n'),
    );
  });
}
