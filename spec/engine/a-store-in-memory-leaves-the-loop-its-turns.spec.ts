import test from 'ava';
import { openEngine } from '../support/engines.ts';

/** Some hundred memtables, and still below the memory at which writers have to wait. */
const MOST_PUTS = 100_000;

test('who awaits one write after the other does not keep timers and flushes from their turn', async (t) => {
  const engine = await openEngine(t, { storage: 'memory', memtableBytes: 65_536 });
  let [hasTicked, hasFlushed] = [false, false];
  engine.events$.subscribe(({ type }) => {
    hasFlushed ||= type === 'compacted';
  });
  const timer = setTimeout(() => {
    hasTicked = true;
  }, 1);
  for (let i = 0; i < MOST_PUTS && !(hasTicked && hasFlushed); i++) await engine.kv.put(`key ${i % 500}`, 'x'.repeat(100));
  clearTimeout(timer);
  t.deepEqual({ hasTicked, hasFlushed }, { hasTicked: true, hasFlushed: true });
});
