import test from 'ava';
import fc from 'fast-check';
import { FAULT } from './support/desk.ts';
import { LogCompactorRig, PHASES, type PhaseName } from './support/log-compactor-rig.ts';

const RUN = ['ageActive', 'analyze', 'newWork', 'rewrite', 'swap'] as const;

function names(rig: LogCompactorRig): PhaseName[] {
  return rig.begun.map(({ name }) => name);
}

test("the seed's end-to-end run: two agings, two work writers, one recovery, two swaps, and idle", async (t) => {
  // Its strategy has room for one key, its log holds keys 0 and 1 at offsets 0 and 1.
  const rig = new LogCompactorRig();
  await rig.done('recover');
  const states = [rig.state];
  const end = async (phase: PhaseName, output?: { end?: number; overflowAt?: number }) => {
    await rig.done(phase, output);
    states.push(rig.state);
  };
  for (const overflow of [{ overflowAt: 1 }, {}]) {
    await end('ageActive', { end: 1 });
    await end('analyze', overflow);
    for (const phase of ['newWork', 'rewrite', 'swap'] as const) await end(phase);
  }
  const pass = ['preparingAnalyze', 'analyzing', 'preparingCompaction', 'compacting.rewriting', 'compacting.swapping'];
  t.deepEqual(states, [...pass, ...pass, 'idle']);
  t.deepEqual(
    (['ageActive', 'newWork', 'recover', 'swap'] as const).map((phase) => rig.countOf(phase)),
    [2, 2, 1, 2],
  );
  t.deepEqual(rig.said, ['run 1', 'pass 1: 0 to 1', 'swapped', 'pass 2: 1 to 1', 'swapped', 'compacted', 'idle']);
});

test('what an earlier life left is cleared away once, before the first run of a registration', async (t) => {
  const rig = new LogCompactorRig({ recovered: true, runs: 4 });
  t.is(rig.running, 'ageActive');
  await rig.finish();
  t.deepEqual([names(rig), rig.said[0]], [[...RUN], 'run 5']);
});

test('a log without a record has nothing to compact', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  await rig.done('ageActive', {});
  t.deepEqual([rig.state, names(rig), rig.said], ['idle', ['ageActive'], ['run 1', 'compacted', 'idle']]);
});

test('each pass begins where the one before was full, and covers what was aged meanwhile', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  const passes = [
    { end: 9, overflowAt: 3 },
    { end: 12, overflowAt: 7 },
    { end: 15, overflowAt: undefined },
  ];
  for (const { end, overflowAt } of passes) {
    await rig.done('ageActive', { end });
    await rig.done('analyze', overflowAt === undefined ? {} : { overflowAt });
    for (const phase of ['newWork', 'rewrite', 'swap'] as const) await rig.done(phase);
  }
  const analyzed = rig.begun.filter(({ name }) => name === 'analyze').map(({ input: { pass, from, end } }) => [pass, from, end]);
  t.deepEqual(analyzed, [
    [1, 0, 9],
    [2, 3, 12],
    [3, 7, 15],
  ]);
  t.is(rig.state, 'idle');
});

test('a strategy that is full at its first record is broken; it does not make passes for ever', async (t) => {
  for (const overflowAt of [3, 2, 0]) {
    const rig = new LogCompactorRig({ recovered: true });
    await rig.done('ageActive', { end: 9 });
    await rig.done('analyze', { overflowAt: 3 });
    for (const phase of ['newWork', 'rewrite', 'swap'] as const) await rig.done(phase);
    await rig.done('ageActive', { end: 9 });
    await rig.done('analyze', { overflowAt });
    t.deepEqual([rig.state, rig.running, rig.said.at(-1)], ['backingOff', undefined, 'failed LITHIFY_STRATEGY']);
    t.deepEqual(rig.context.error?.details, { from: 3, overflowAt });
  }
  const atOnce = new LogCompactorRig({ recovered: true });
  await atOnce.done('ageActive');
  await atOnce.done('analyze', { overflowAt: 0 });
  t.is(atOnce.said.at(-1), 'failed LITHIFY_STRATEGY');
});

test('asked again in any phase, it makes one more run after this one, however often it was asked', async (t) => {
  for (const phase of PHASES) {
    const rig = new LogCompactorRig();
    await rig.upTo(phase);
    rig.send('Again');
    rig.send('Again');
    await rig.finish();
    t.deepEqual(names(rig), ['recover', ...RUN, ...RUN], phase);
    t.deepEqual([rig.state, rig.context.completed], ['idle', 2]);
  }
});

test('asked again while it backs off, it begins at once', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  await rig.fails('ageActive', FAULT);
  rig.send('Again');
  t.is(rig.running, 'ageActive');
  await rig.finish();
  t.deepEqual([rig.state, rig.context.completed], ['idle', 1], 'that run was the one that was asked for');
});

test('whatever comes in, in whatever order: one phase at a time, and it ends as soon as nobody wants more', async (t) => {
  const anything = fc.array(fc.constantFrom('done', 'done', 'done', 'full', 'fail', 'time', 'Again', 'Unregister'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(anything, async (moves) => {
      const rig = new LogCompactorRig();
      for (const move of moves) {
        const phase = rig.running;
        const { from, unregistered } = rig.context;
        if (rig.state === 'idle') break;
        if (move === 'Again' || move === 'Unregister') rig.send(move);
        else if (move === 'time') rig.clock.increment(30_000);
        else if (phase === undefined) continue;
        else if (move === 'fail') await rig.fails(phase, FAULT);
        else await rig.done(phase, phase === 'ageActive' ? { end: 1_000 } : move === 'full' ? { overflowAt: from + 1 } : {});
        if (unregistered && rig.begun.at(-1)?.name !== phase && rig.running !== undefined)
          throw new Error('began something after it was let go');
      }
      rig.clock.increment(30_000);
      await rig.finish();
      if (rig.state !== 'idle') throw new Error(`stayed ${rig.state}`);
    }),
    { numRuns: 200 },
  );
  t.pass();
});
