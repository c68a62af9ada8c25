import test from 'ava';
import { freshLocation, lithify, ndjson } from '../support/cli.ts';

test('what put stores get prints, and del takes away', async (t) => {
  const db = await freshLocation(t);
  t.deepEqual(await lithify(['put', 'naïve', '1 2', '--db', db]), { code: 0, signal: null, stdout: '', stderr: '' });
  t.is((await lithify(['get', 'naïve', '--db', db])).stdout, '1 2\n');
  t.is((await lithify(['get', 'naïve', '--db', db, '--json'])).stdout, '{"key":"naïve","value":"1 2"}\n');
  t.is((await lithify(['del', 'naïve', '--db', db])).code, 0);
  t.deepEqual(await lithify(['get', 'naïve', '--db', db]), {
    code: 1,
    signal: null,
    stdout: '',
    stderr: 'lithify: no value under "naïve"\n',
  });
});

test('scan prints a range in both directions, whole or keys or values, for eyes and for programs', async (t) => {
  const db = await freshLocation(t);
  await lithify(['load', '--db', db], { input: ndjson(...['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, value: `${key}!` }))) });
  const scan = async (...options: string[]) => (await lithify(['scan', '--db', db, ...options])).stdout;
  t.is(await scan(), 'a\ta!\nb\tb!\nc\tc!\nd\td!\ne\te!\n');
  t.is(await scan('--gte', 'b', '--lt', 'd'), 'b\tb!\nc\tc!\n');
  t.is(await scan('--gt', 'a', '--lte', 'c', '--keys'), 'b\nc\n');
  t.is(await scan('--reverse', '--limit', '2', '--json'), '{"key":"e","value":"e!"}\n{"key":"d","value":"d!"}\n');
  t.is(await scan('--limit', '0'), '');
  t.is(await scan('--values', '--json', '--limit', '1'), '{"value":"a!"}\n');
});

test('scan keeps an entry on its line and control characters away from the terminal', async (t) => {
  const db = await freshLocation(t);
  await lithify(['load', '--db', db], { input: ndjson({ key: 'a\tb', value: '\u001b[2J\n' }) });
  t.is((await lithify(['scan', '--db', db])).stdout, 'a\\u0009b\t\\u001b[2J\\u000a\n');
});

test('get prints bytes that are no text as they are', async (t) => {
  const db = await freshLocation(t);
  await lithify(['load', '--db', db], { input: ndjson({ key: 'k', value64: '/w==' }, { key: 'l', value64: 'AP8=' }) });
  t.is((await lithify(['get', 'l', '--db', db, '--json'])).stdout, '{"key":"l","value64":"AP8="}\n');
  t.is((await lithify(['get', 'l', '--db', db])).stdout, '\u0000\ufffd\n');
});
