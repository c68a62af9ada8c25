import test from 'ava';
import { openEngine } from '../support/engines.ts';

test('a write that only expects is refused when that does not hold, and changes nothing', async (t) => {
  const engine = await openEngine(t);
  await engine.kv.put('key', 'value');
  t.deepEqual(await engine.write((tx) => tx.expect('key', 'value')), []);
  t.deepEqual(await engine.write((tx) => tx.expect('other', undefined)), []);
  await t.throwsAsync(
    engine.write((tx) => tx.expect('key', 'another')),
    { code: 'LITHIFY_CONFLICT' },
  );
  await t.throwsAsync(
    engine.write((tx) => tx.expect('key', undefined)),
    { code: 'LITHIFY_CONFLICT' },
  );
  t.deepEqual(await engine.write(() => {}), []);
});
