import test from 'ava';
import { LithifyError } from '../../protocol/errors.ts';
import { ABORTED, FAULT } from './support/desk.ts';
import { LogCompactorRig, PHASES } from './support/log-compactor-rig.ts';

const CLOSING = new LithifyError('LITHIFY_SHUTTING_DOWN', 'closing');

test('a failure in any phase is said, and after a back-off a new run begins from the first offset', async (t) => {
  for (const phase of PHASES) {
    const rig = new LogCompactorRig();
    await rig.upTo(phase);
    await rig.fails(phase, FAULT);
    t.deepEqual([rig.state, rig.said.at(-1)], ['backingOff', 'failed LITHIFY_SST'], phase);
    rig.clock.increment(100);
    t.is(rig.running, phase === 'recover' ? 'recover' : 'ageActive', 'recovery is repeated only if it failed');
    await rig.finish();
    const last = rig.begun.findLast(({ name }) => name === 'analyze');
    t.like(last?.input, { run: 2, pass: 1, from: 0 }, phase);
    t.deepEqual([rig.state, rig.context.error], ['idle', undefined]);
  }
});

test('a failure in a later pass begins again with the first', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  await rig.done('ageActive');
  await rig.done('analyze', { overflowAt: 1 });
  await rig.upTo('ageActive');
  await rig.upTo('rewrite');
  await rig.fails('rewrite', FAULT);
  rig.clock.increment(100);
  await rig.upTo('analyze');
  t.like(rig.begun.at(-1)?.input, { run: 2, pass: 1, from: 0 });
});

test('what breaks instead of failing gets a code', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  await rig.fails('ageActive', new TypeError('a defect'));
  t.is(rig.said.at(-1), 'failed LITHIFY_INTERNAL');
  t.true(rig.context.error?.cause instanceof TypeError);
});

test('the back-off doubles from a tenth of a second to half a minute, and a run that ends well forgets it', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  for (const ms of [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]) {
    await rig.fails('ageActive', FAULT);
    rig.clock.increment(ms - 1);
    t.is(rig.state, 'backingOff');
    rig.clock.increment(1);
    t.is(rig.running, 'ageActive');
  }
  rig.send('Again');
  await rig.upTo('swap');
  await rig.done('swap');
  await rig.fails('ageActive', FAULT);
  t.is(rig.context.backOffMs, 100);
});

test('unregistered in any phase, it gives the phase up, waits until it has stopped, and begins nothing more', async (t) => {
  for (const phase of PHASES) {
    for (const ends of ['well', 'aborted', 'by a fault'] as const) {
      const rig = new LogCompactorRig();
      await rig.upTo(phase);
      const state = rig.state;
      rig.send('Unregister');
      t.deepEqual([rig.said.at(-1), rig.state, rig.running], ['abort', state, phase], `${phase} must not go on behind its back`);
      const begun = rig.begun.length;
      if (ends === 'well') await rig.done(phase);
      else await rig.fails(phase, ends === 'aborted' ? ABORTED : FAULT);
      t.deepEqual([rig.state, rig.said.at(-1), rig.begun.length], ['idle', 'idle', begun], `${phase} ended ${ends}`);
      t.false(
        rig.said.some((what) => what.startsWith('failed')),
        'nobody wants to hear of it',
      );
    }
  }
});

test('unregistered between two passes, or while another run is wanted, it ends all the same', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  await rig.done('ageActive', { end: 9 });
  await rig.done('analyze', { overflowAt: 3 });
  await rig.upTo('swap');
  rig.send('Again');
  rig.send('Unregister');
  await rig.done('swap');
  t.deepEqual([rig.state, rig.running, rig.countOf('ageActive')], ['idle', undefined, 1]);
});

test('unregistered while it backs off, it is idle at once', async (t) => {
  const rig = new LogCompactorRig({ recovered: true });
  await rig.fails('ageActive', FAULT);
  rig.send('Unregister');
  t.is(rig.state, 'idle');
  rig.clock.increment(60_000);
  t.is(rig.begun.length, 1);
});

test('a phase that is refused because the engine closes, or given up at its deadline, ends the run without a retry', async (t) => {
  for (const error of [CLOSING, ABORTED]) {
    const rig = new LogCompactorRig({ recovered: true });
    await rig.upTo('rewrite');
    await rig.fails('rewrite', error);
    t.deepEqual([rig.state, rig.context.error, rig.said.at(-1)], ['idle', error, 'idle']);
  }
});
