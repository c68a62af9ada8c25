import test from 'ava';
import type { ActorRefLike, AnyStateMachine, InspectionEvent } from 'xstate';
import { EventHub } from '../../actors/events.ts';
import { LogCompactors } from '../../actors/logs/log-compactors.ts';
import { open } from '../../index.ts';
import { compactorMachine } from '../../machines/compactor.ts';
import { engineMachine } from '../../machines/engine.ts';
import { logCompactorMachine } from '../../machines/log-compactor.ts';
import { mailboxMachine } from '../../machines/mailbox/mailbox.ts';
import { tabletMachine } from '../../machines/tablet.ts';
import { workerMachine } from '../../machines/worker.ts';
import { writerMachine } from '../../machines/writer.ts';
import { nodeRuntime } from '../../platform/node-runtime.ts';
import { freshLocation } from '../support/cli.ts';
import { handlersIn, invokesIn, isPlaceholder, namesIn } from './support/chart-walk.ts';

/** They run as long as the engine does. */
const ALWAYS: readonly AnyStateMachine[] = [engineMachine, mailboxMachine, compactorMachine, workerMachine, tabletMachine, writerMachine];
const CHARTS: readonly AnyStateMachine[] = [...ALWAYS, logCompactorMachine];

/** Charts of a real engine, as its inspector sees them, by the chart's id. */
async function runningCharts(location: string): Promise<Map<string, AnyStateMachine>> {
  const found = new Map<string, AnyStateMachine>();
  const inspect = (event: unknown) => {
    const { type, actorRef } = event as InspectionEvent;
    if (type === '@xstate.actor' && isChart(actorRef)) found.set(actorRef.logic.id, actorRef.logic);
  };
  await (await open(location, { inspect })).close();
  return found;
}

function isChart(ref: ActorRefLike): ref is ActorRefLike & { logic: AnyStateMachine } {
  return 'logic' in ref && typeof ref.logic === 'object' && ref.logic !== null && 'root' in ref.logic;
}

/** As it is spawned when a log is to be compacted. */
function boundLogCompactor(): AnyStateMachine {
  const never = () => {
    throw new Error('nothing runs here');
  };
  return new LogCompactors({
    clock: nodeRuntime().clock,
    hub: new EventHub(undefined),
    keepAlive: never,
    send: never,
    refOf: never,
  }).logic();
}

test('every action, guard, delay and actor that a chart names has an implementation', (t) => {
  for (const chart of CHARTS) {
    const names = namesIn(chart);
    t.true(names.length > 0);
    for (const { kind, name } of names) t.true(name in chart.implementations[kind], `${chart.id} has no ${name} among its ${kind}`);
  }
});

test('in a running engine every placeholder has been replaced', async (t) => {
  const running = await runningCharts(await freshLocation(t));
  t.deepEqual([...running.keys()].toSorted(), ALWAYS.map(({ id }) => id).toSorted());
  running.set(logCompactorMachine.id, boundLogCompactor());
  for (const chart of CHARTS) {
    const bound = running.get(chart.id)?.implementations;
    for (const { kind, name } of namesIn(chart)) {
      t.false(isPlaceholder(bound?.[kind][name]), `${chart.id} runs without a real ${name}`);
      if (kind === 'actors') t.not(bound?.actors[name], chart.implementations.actors[name], `${chart.id} runs without a real ${name}`);
    }
  }
});

test('only the root listens to what it does not know by name, and only for actors that ended or broke', (t) => {
  const wild = CHARTS.flatMap((chart) => handlersIn(chart).filter(({ event }) => event.includes('*')));
  t.deepEqual(
    wild,
    ['xstate.done.actor.*', 'xstate.error.actor.*'].map((event) => ({ path: 'engine', event })),
  );
});

test('every promise that a chart waits for has a way on when it fails', (t) => {
  for (const { path, invoke } of CHARTS.flatMap((chart) => invokesIn(chart))) {
    // A callback never settles.
    if (invoke.src !== 'watchThread') t.true('onError' in invoke && 'onDone' in invoke, `${path} does not say what follows`);
    t.is(typeof invoke.id, 'string', `${path} invokes without an id`);
  }
});
