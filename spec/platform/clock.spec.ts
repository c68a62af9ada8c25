import test from 'ava';
import { type HostTimers, LONGEST_DELAY, nodeClock } from '../../platform/clock.ts';
import { runScript } from './run-script.ts';

/** A host whose time goes on only when the spec says so. */
function fakeHost() {
  const armed = new Map<object, { run: () => void; ms: number }>();
  let now = 0;
  const host = {
    now: () => now,
    wall: () => now,
    start: (run: () => void, ms: number) => {
      const timer = {};
      armed.set(timer, { run, ms });
      return timer;
    },
    stop: (timer: object) => void armed.delete(timer),
  };
  const fire = () => {
    const [timer, { run, ms }] = [...armed][0];
    armed.delete(timer);
    now += ms;
    run();
  };
  // A host's timers are opaque to the clock.
  return { host: host as unknown as HostTimers, fire, delays: () => [...armed.values()].map(({ ms }) => ms), passed: () => now };
}

test('a delay above 2^31 ms is waited for in full', (t) => {
  const { host, fire, delays, passed } = fakeHost();
  let fired = 0;
  nodeClock(host).setTimer(() => fired++, 2 * LONGEST_DELAY + 5);
  fire();
  t.deepEqual([fired, delays()], [0, [LONGEST_DELAY]]);
  fire();
  t.deepEqual([fired, delays()], [0, [5]]);
  fire();
  t.deepEqual([fired, delays(), passed()], [1, [], 2 * LONGEST_DELAY + 5]);
});

test('a cleared timer never fires, also between two of its stretches', (t) => {
  const { host, fire, delays } = fakeHost();
  const clock = nodeClock(host);
  clock.clearTimer(clock.setTimer(() => t.fail(), 10));
  t.deepEqual(delays(), []);
  const long = clock.setTimer(() => t.fail(), LONGEST_DELAY + 10);
  fire();
  clock.clearTimer(long);
  t.deepEqual(delays(), []);
});

test('a timer that never ends arms again and again, and a negative delay fires at once', (t) => {
  const { host, fire, delays } = fakeHost();
  const clock = nodeClock(host);
  const never = clock.setTimer(() => t.fail(), Number.POSITIVE_INFINITY);
  fire();
  t.deepEqual(delays(), [LONGEST_DELAY]);
  clock.clearTimer(never);
  clock.setTimer(() => t.pass(), -5);
  t.deepEqual(delays(), [0]);
  fire();
});

test('clearing what is no timer of this clock does nothing', (t) => {
  const clock = nodeClock();
  t.notThrows(() => clock.clearTimer(undefined));
  t.notThrows(() => clock.clearTimer({}));
});

test('a pending timer does not hold the process open', async (t) => {
  const { stdout } = await runScript(`
    import { nodeClock } from '${new URL('../../platform/clock.ts', import.meta.url)}';
    nodeClock().setTimer(() => {}, 3_600_000);
    console.log('end');
  `);
  t.is(stdout, 'end\n');
});

test('a timer of this Node fires, and its time goes on', async (t) => {
  const clock = nodeClock();
  const before = clock.now();
  const hold = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => clock.setTimer(resolve, 2));
  clearInterval(hold);
  t.true(clock.now() > before);
});
