import test from 'ava';
import { type ActorRefFrom, createActor, SimulatedClock } from 'xstate';
import { EventHub } from '../../actors/events.ts';
import { type Loan, Workers } from '../../actors/workers.ts';
import type { workerMachine } from '../../machines/worker.ts';
import { nodeRuntime } from '../../platform/node-runtime.ts';
import { LithifyError } from '../../protocol/errors.ts';
import { FakeThread, SETUP } from './support.ts';

const DIED = { instanceOf: LithifyError, code: 'LITHIFY_WORKER_DIED' };

/** Workers over threads that are none. */
function shop(...names: string[]): {
  workers: Workers;
  threads: FakeThread[];
  clock: SimulatedClock;
  opening: { answer: FakeThread['answer'] };
} {
  const threads: FakeThread[] = [];
  const opening: { answer: FakeThread['answer'] } = { answer: () => Promise.resolve({ ok: true, value: undefined }) };
  const startThread = () => {
    const thread = new FakeThread();
    thread.answer = opening.answer;
    threads.push(thread);
    return thread;
  };
  const clock = new SimulatedClock();
  const refs = new Map<string, ActorRefFrom<typeof workerMachine>>();
  const workers = new Workers({
    names,
    runtime: nodeRuntime({ startThread }),
    hub: new EventHub(undefined),
    refOf: (name) => refs.get(name),
    setup: () => SETUP,
    released: () => {},
    inProcess: { run: () => Promise.reject(new Error('there are threads')) },
    stopGraceMs: 1_000,
  });
  for (const name of names) refs.set(name, createActor(workers.logic(), { clock, input: { name } }).start());
  return { workers, threads, clock, opening };
}

/** The thread of the first worker dies while it is lent; who comes next waits until it may be started again. */
async function dieLent(workers: Workers, threads: readonly FakeThread[]): Promise<void> {
  await workers.lend('a');
  threads[0].die('killed');
  // The chart hears of it in a moment.
  while (workers.stateOf('w0').state !== 'down') await Promise.resolve();
}

test('no thread is started before somebody needs one, and not more than are needed', async (t) => {
  const { workers, threads } = shop('w0', 'w1');
  t.is(threads.length, 0);
  const loan = await workers.lend('c0');
  loan.giveBack();
  (await workers.lend('c1')).giveBack();
  t.is(threads.length, 1);
  await Promise.all([workers.lend('c0'), workers.lend('c1')]);
  t.is(threads.length, 2);
});

test('first come, first served; giving back twice gives nothing away', async (t) => {
  const { workers } = shop('w0');
  const order: string[] = [];
  const lend = async (name: string): Promise<Loan> => {
    const loan = await workers.lend(name);
    order.push(name);
    return loan;
  };
  const first = await lend('a');
  const rest = [lend('b'), lend('c')];
  first.giveBack();
  const second = await rest[0];
  first.giveBack();
  t.deepEqual(order, ['a', 'b']);
  second.giveBack();
  await rest[1];
  t.deepEqual(order, ['a', 'b', 'c']);
});

test('who stands in line when the only thread dies gets the next one, though nobody else comes', async (t) => {
  const { workers, threads, clock } = shop('w0');
  await workers.lend('a');
  const inLine = workers.lend('b');
  threads[0].die('killed');
  // The chart hears of it in a moment, and backs off before it starts another.
  while (workers.stateOf('w0').state !== 'down') await Promise.resolve();
  clock.increment(50);
  (await inLine).giveBack();
  t.is(threads.length, 2);
});

test('who waits for a thread that does not start is told, and the next one in line has another try', async (t) => {
  const { workers, threads, clock, opening } = shop('w0');
  opening.answer = () => Promise.resolve({ ok: false, error: { name: 'Error', message: 'no room' } });
  const first = t.throwsAsync(workers.lend('a'), { ...DIED, message: /w0 did not start: no room/ });
  const second = workers.lend('b');
  await first;
  opening.answer = () => Promise.resolve({ ok: true, value: undefined });
  clock.increment(50);
  (await second).giveBack();
  t.is(threads.length, 2);
});

test('stopped for good, it refuses who waits and who comes, and has ended every thread', async (t) => {
  const { workers, threads } = shop('w0');
  const loan = await workers.lend('a');
  const waiting = t.throwsAsync(workers.lend('b'), DIED);
  const stopped = workers.stopAll();
  await waiting;
  await t.throwsAsync(workers.lend('c'), DIED);
  await stopped;
  loan.giveBack();
  t.is(threads.length, 1);
  t.deepEqual(threads[0].calls, ['open', 'close']);
});

test('stopped while a thread is still starting, it waits for that one too', async (t) => {
  const { workers, threads, opening } = shop('w0');
  const gate = Promise.withResolvers<void>();
  opening.answer = (call) =>
    call === 'open' ? gate.promise.then(() => ({ ok: true, value: undefined })) : Promise.resolve({ ok: true, value: undefined });
  const loan = t.throwsAsync(workers.lend('a'), DIED);
  let stopped = false;
  const stopping = workers.stopAll().then(() => {
    stopped = true;
  });
  await loan;
  for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
  t.false(stopped, 'whoever closes LevelDB now would bring the process down');
  gate.resolve();
  await stopping;
  t.deepEqual(threads[0].calls, ['open', 'close']);
});

test('stopped for good, it refuses who waits for a thread that died and may not be started yet', async (t) => {
  const { workers, threads } = shop('w0');
  await dieLent(workers, threads);
  const waiting = t.throwsAsync(workers.lend('b'), DIED);
  await workers.stopAll();
  await waiting;
});

test('recycled, it lends new threads', async (t) => {
  const { workers, threads } = shop('w0');
  (await workers.lend('a')).giveBack();
  await workers.recycleAll(async () => {});
  (await workers.lend('b')).giveBack();
  t.is(threads.length, 2);
});

test('while threads are recycled none is started, neither for who stands in line nor for who waits for a dead one', async (t) => {
  for (const hasDied of [false, true]) {
    const { workers, threads, clock } = shop('w0', 'w1');
    if (hasDied) await dieLent(workers, threads);
    const loans = hasDied ? [] : [await workers.lend('a')];
    const atW0 = hasDied ? workers.lend('b').catch(() => undefined) : undefined;
    loans.push(await workers.lend('slow'));
    const inLine = workers.lend('c');
    const before = threads.length;
    const exits = Promise.withResolvers<unknown>();
    threads[before - 1].answer = () => exits.promise;
    const reopening = Promise.withResolvers<void>();
    const recycled = workers.recycleAll(() => reopening.promise);
    for (const loan of loans) loan.giveBack();
    clock.increment(10_000);
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
    exits.resolve({ ok: true });
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
    t.is(threads.length, before, 'it would open what is about to be closed');
    reopening.resolve();
    await recycled;
    (await inLine).giveBack();
    await atW0;
  }
});

test('when LevelDB did not open again, who stands in line is served all the same', async (t) => {
  const { workers } = shop('w0');
  await workers.lend('a');
  const inLine = workers.lend('b');
  await t.throwsAsync(
    workers.recycleAll(() => Promise.reject(new Error('the disk is full'))),
    { message: 'the disk is full' },
  );
  (await inLine).giveBack();
});
