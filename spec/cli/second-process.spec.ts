import test from 'ava';
import { open } from 'lithify';
import { freshLocation, lithify } from '../support/cli.ts';

test('a store that another process has open is refused with LITHIFY_LOCKED, and neither side is harmed', async (t) => {
  const db = await freshLocation(t);
  await using engine = await open(db);
  await engine.kv.put('a', '1');
  for (const command of [
    ['get', 'a'],
    ['put', 'a', '2'],
  ]) {
    const { code, stdout, stderr } = await lithify([...command, '--db', db]);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, /^lithify: LITHIFY_LOCKED: .+\n$/);
  }
  await engine.kv.put('b', '2');
  t.is(await engine.kv.get('a'), '1');
  await engine.close();
  t.is((await lithify(['scan', '--db', db])).stdout, 'a\t1\nb\t2\n');
});
