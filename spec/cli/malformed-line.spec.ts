import test from 'ava';
import { freshLocation, lithify, ndjson } from '../support/cli.ts';

test('a malformed line exits 1 with its number and what is wrong, and stores nothing of its batch', async (t) => {
  const db = await freshLocation(t);
  const input = `${ndjson({ key: 'a', value: '1' })}\n${ndjson({ key: 'b', vaule: '2' }, { key: 'c', value: '3' })}`;
  const { code, stdout, stderr } = await lithify(['load', '--db', db], { input });
  t.is(code, 1);
  t.is(stdout, '');
  t.is(stderr, 'lithify: line 3: unknown field "vaule"; known are key, value, key64 and value64 (nothing is stored)\n');
  t.is((await lithify(['dump', '--db', db])).stdout, '');
});

test('whole batches before a malformed line are stored, and it says up to where', async (t) => {
  const db = await freshLocation(t);
  const good = Array.from({ length: 1500 }, (_, number) => ({ key: `k${String(number).padStart(4, '0')}`, value: 'v' }));
  const { code, stderr } = await lithify(['load', '--db', db], { input: `${ndjson(...good)}{"key":"x"` });
  t.is(code, 1);
  t.regex(stderr, /^lithify: line 1501: not JSON \(.+\) \(lines 1 to 1000 are stored, nothing after them\)\n$/);
  const keys = (await lithify(['scan', '--keys', '--db', db])).stdout.trim().split('\n');
  t.is(keys.length, 1000);
  t.is(keys.at(-1), 'k0999');
});
