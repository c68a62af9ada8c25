import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { EngineCore } from '../../actors/engine-core.ts';
import type { TicketContext } from '../../actors/tickets/context.ts';
import { nodeRuntime } from '../../platform/node-runtime.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { EngineEvent } from '../../protocol/events.ts';
import { resolveOptions } from '../../protocol/options.ts';
import { tempDirectory } from '../support/engines.ts';

const NOTHING_TO_VERIFY = { kind: 'verify', tables: [] } as const;

/** An engine in memory with one compactor, and everything that it says. */
async function engineWithOne(t: ExecutionContext): Promise<{ engine: EngineCore; events: EngineEvent[] }> {
  const runtime = nodeRuntime();
  const inMemory = { ...runtime, files: runtime.memoryFiles() };
  const engine = await EngineCore.open(t.title, resolveOptions({ storage: 'memory', compactors: 1 }), inMemory);
  const events: EngineEvent[] = [];
  engine.events$.subscribe((event) => events.push(event));
  return { engine, events };
}

/** What was said of jobs. */
function jobsIn(events: readonly EngineEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'jobStarted') return [`${event.job} on ${event.compactor}: ${event.reason}`];
    return event.type === 'jobSettled' ? [`${event.job} ${event.outcome}`] : [];
  });
}

test('a phase has its jobs done by the compactor that holds its ticket, or here, and both are announced', async (t) => {
  const { engine, events } = await engineWithOne(t);
  const result = await engine.logs.desk.submit('analyze', async (context) => {
    await context.job(NOTHING_TO_VERIFY, 'lent');
    return { done: await context.jobHere(NOTHING_TO_VERIFY, 'here') };
  });
  t.deepEqual(result.damage, []);
  t.deepEqual(jobsIn(events), ['verify on compactor-0: lent', 'verify done', 'verify on compactor-0: here', 'verify done']);
  await engine.ask({ type: 'Shutdown' });
});

test('what cannot cross to another thread is done here, and starts none', async (t) => {
  const options = resolveOptions({ compactors: 1, workers: 1, durability: 'os' });
  const engine = await EngineCore.open(await tempDirectory(t), options, nodeRuntime());
  const { desk } = engine.logs;
  await desk.submit('analyze', async (context) => ({ done: await context.jobHere(NOTHING_TO_VERIFY, 'here') }));
  t.is(engine.stats().workers[0].state, 'absent');
  await desk.submit('analyze', async (context) => ({ done: await context.job(NOTHING_TO_VERIFY, 'lent') }));
  t.not(engine.stats().workers[0].state, 'absent');
  await engine.ask({ type: 'Shutdown' });
});

test('a phase makes way for a flush when there is one compactor, and goes on after it', async (t) => {
  const { engine, events } = await engineWithOne(t);
  await engine.core.writer.put(new Uint8Array([1]), new Uint8Array([1]));
  let turns = 0;
  const begun = Promise.withResolvers<void>();
  const phase = engine.logs.desk.submit('rewrite', async (context: TicketContext) => {
    turns += 1;
    begun.resolve();
    if (turns > 1) return { done: await context.job(NOTHING_TO_VERIFY, 'second turn') };
    while (!context.isYielding()) await setImmediate();
    return { again: true };
  });
  await begun.promise;
  await engine.ask({ type: 'MinorCompact' });
  await phase;
  t.deepEqual(
    jobsIn(events).filter((what) => !what.includes('delete')),
    ['flush on compactor-0: memtable 1 is sealed', 'flush done', 'verify on compactor-0: second turn', 'verify done'],
  );
  t.is(turns, 2);
  await engine.ask({ type: 'Shutdown' });
});

test("a failing phase makes its compactor back off; a strategy's failure does not", async (t) => {
  const { engine, events } = await engineWithOne(t);
  const fail = (code: 'LITHIFY_STRATEGY' | 'LITHIFY_SST') =>
    t.throwsAsync(
      engine.logs.desk.submit('analyze', () => Promise.reject(new LithifyError(code, 'broken'))),
      { code },
    );
  await fail('LITHIFY_STRATEGY');
  t.false(events.some(({ type }) => type === 'backingOff'));
  await fail('LITHIFY_SST');
  t.is(events.findLast(({ type }) => type === 'backingOff')?.type, 'backingOff');
  await engine.ask({ type: 'Shutdown', deadlineMs: 0 });
});

test('aborted, a phase that waits leaves the mailbox, and the job of one that runs is told to stop', async (t) => {
  const { engine } = await engineWithOne(t);
  const control = new AbortController();
  const begun = Promise.withResolvers<void>();
  const isTold = Promise.withResolvers<void>();
  const submit = (run: (context: TicketContext) => Promise<never>) =>
    t.throwsAsync(engine.logs.desk.submit('rewrite', run, control.signal), { code: 'LITHIFY_ABORTED' });
  const running = submit(async () => {
    begun.resolve();
    await isTold.promise;
    throw new LithifyError('LITHIFY_ABORTED', 'stopped');
  });
  await begun.promise;
  const waiting = submit(() => Promise.reject(new TypeError('never begun')));
  control.abort();
  await waiting;
  t.is(engine.stats().compactors[0].state, 'aborting');
  isTold.resolve();
  await running;
  await engine.ask({ type: 'Shutdown' });
});

test('a Shutdown lets the phase that runs finish, and refuses those that wait, come later, or want another turn', async (t) => {
  const { engine } = await engineWithOne(t);
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const running = engine.logs.desk.submit('analyze', async () => {
    begun.resolve();
    await gate.promise;
    return { done: 'finished' };
  });
  await begun.promise;
  const refused = { code: 'LITHIFY_SHUTTING_DOWN' };
  const waiting = t.throwsAsync(
    engine.logs.desk.submit('age', async () => ({ done: 1 })),
    refused,
  );
  const closed = engine.ask({ type: 'Shutdown' });
  await waiting;
  await t.throwsAsync(
    engine.logs.desk.submit('age', async () => ({ done: 1 })),
    refused,
  );
  gate.resolve();
  t.is(await running, 'finished');
  t.like(await closed, { refused: 0, aborted: 0 });
  await t.throwsAsync(
    engine.logs.desk.submit('age', async () => ({ done: 1 })),
    { code: 'LITHIFY_CLOSED' },
  );
});
