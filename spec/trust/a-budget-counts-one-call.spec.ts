import test from 'ava';
import { SimulatedClock } from 'xstate';
import { StrategyWatch } from '../../actors/logs/strategy-watch.ts';
import { LithifyError } from '../../protocol/errors.ts';

// What is slow and moves is left alone: many calls, slow storage between them, a thread or a loop that had no turn.

const BUDGET = 1000;
const STEP = 50;

function watching(budgetMs = BUDGET) {
  const clock = new SimulatedClock();
  const watch = new StrategyWatch({
    clock: {
      now: () => clock.now(),
      wall: () => clock.now(),
      setTimer: (run, ms) => clock.setTimeout(run, ms),
      clearTimer: (timer) => clock.clearTimeout(timer as never),
    },
    ...{ budgetMs, place: { topic: 't', partition: 0 } },
    strategy: { kind: 'module', module: 'file:///strategy.js', export: 'default' },
  });
  let ended = 0;
  const end = watch.begin(() => void ended++);
  /** In steps, since a timer that is set in one is not looked at before the next. */
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= STEP) clock.increment(Math.min(STEP, left));
  };
  return { pass, calls: watch.calls, watch, end, ended: () => ended };
}

const FAILED = new LithifyError('LITHIFY_SST', 'something else');
const DIED = new LithifyError('LITHIFY_WORKER_DIED', 'Worker thread worker-0 is gone: it exited with code 3');

test('a call that does not come back is ended once, after its budget, and blamed with its offset', (t) => {
  const { pass, calls, watch, ended } = watching();
  calls.enter('reduce', 41);
  pass(BUDGET);
  t.is(ended(), 0);
  pass(BUDGET);
  t.is(ended(), 1);
  pass(10 * BUDGET);
  t.is(ended(), 1);
  const error = watch.explain(DIED);
  t.like(error, { code: 'LITHIFY_STRATEGY', details: { topic: 't', partition: 0, offset: 41, budgetMs: BUDGET } });
});

test('however long they take together, calls that come back are left alone', (t) => {
  const { pass, calls, watch, ended } = watching();
  for (let offset = 0; offset < 50; offset++) {
    calls.enter('reduce', offset);
    pass(0.9 * BUDGET);
    calls.leave();
  }
  t.is(ended(), 0);
  t.is(watch.explain(FAILED), FAILED);
});

test('one call after another at the same record is not one call', (t) => {
  const { pass, calls, ended } = watching();
  for (let i = 0; i < 20; i++) {
    calls.enter(i % 2 === 0 ? 'key' : 'reduce', 7);
    pass(0.6 * BUDGET);
  }
  t.is(ended(), 0);
});

test('time outside the code of the user counts nothing', (t) => {
  const { pass, calls, ended } = watching();
  calls.enter('init');
  calls.leave();
  pass(100 * BUDGET);
  t.is(ended(), 0);
});

test('without a limit nothing is ended, and no timer is set', (t) => {
  const { pass, calls, ended } = watching(Number.POSITIVE_INFINITY);
  calls.enter('init');
  pass(100 * BUDGET);
  t.is(ended(), 0);
});

test('when the job has ended nothing is watched any more', (t) => {
  const { pass, calls, end, ended } = watching();
  calls.enter('collect');
  end();
  pass(100 * BUDGET);
  t.is(ended(), 0);
});

test('a thread that ends inside a call is blamed on the strategy, one that ends outside is not', (t) => {
  const inside = watching();
  inside.calls.enter('key', 3);
  t.like(inside.watch.explain(DIED), { code: 'LITHIFY_STRATEGY', cause: DIED, details: { offset: 3, module: 'file:///strategy.js' } });
  t.is(inside.watch.explain(FAILED), FAILED);
  const outside = watching();
  outside.calls.enter('key', 3);
  outside.calls.leave();
  t.is(outside.watch.explain(DIED), DIED);
});
