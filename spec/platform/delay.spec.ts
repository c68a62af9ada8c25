import test from 'ava';
import { delayWatch } from '../../platform/delay.ts';

/** Long enough that no noise of the machine explains it. */
const HELD = 100;

function holdEventLoop(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD);
}
const nextTimers = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a held event loop shows in the next answer, once', async (t) => {
  const longest = delayWatch();
  t.is(longest(), 0);
  await nextTimers();
  holdEventLoop();
  await nextTimers();
  t.true(longest() >= HELD / 2);
  t.is(longest(), 0);
});
