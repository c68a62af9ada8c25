import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { freshDirectory, freshLocation, lithify, ndjson } from '../support/cli.ts';

const records = [
  { key: '__proto__', value: 'plain data' },
  { key: 'constructor', value: '' },
  { key: 'lines\nand "quotes"', value: '\u0000\u2028' },
  { key: 'ünï→🙂', value: 'x'.repeat(200) },
  { key64: '//4=', value: 'a key that is no text' },
  { key64: '/w==', value64: 'gA==' },
];

test('what dump prints load takes back, byte for byte', async (t) => {
  const [first, second] = [await freshLocation(t), await freshLocation(t)];
  const loaded = await lithify(['load', '--db', first, '--json'], { input: ndjson(...records.toReversed()) });
  t.deepEqual(JSON.parse(loaded.stdout), { stored: records.length, deleted: 0, batches: 1 });
  const dump = (await lithify(['dump', '--db', first])).stdout;
  t.is((await lithify(['load', '-', '--db', second], { input: dump })).code, 0);
  t.is((await lithify(['dump', '--db', second])).stdout, dump);
  t.deepEqual(dump.trim().split('\n').sort(), records.map((record) => JSON.stringify(record)).sort());
});

test('a file of several batches is loaded in its order, and null deletes', async (t) => {
  const db = await freshLocation(t);
  const file = join(await freshDirectory(t), 'data.ndjson');
  const numbers = Array.from({ length: 2500 }, (_, number) => number);
  const puts = numbers.map((number) => ({ key: `k${number % 2000}`, value: `${number}` }));
  await writeFile(file, ndjson(...puts, { key: 'k7', value: null }, { key: 'never', value: null }).trimEnd());
  const loaded = await lithify(['load', file, '--db', db]);
  t.is(loaded.stdout, '2,500 stored, 2 deleted\n');
  t.is(loaded.stderr, '');
  t.is((await lithify(['get', 'k3', '--db', db])).stdout, '2003\n');
  t.is((await lithify(['get', 'k7', '--db', db])).code, 1);
  t.is((await lithify(['scan', '--keys', '--db', db])).stdout.split('\n').length, 2000);
});

test('loading nothing is fine', async (t) => {
  const db = await freshLocation(t);
  t.is((await lithify(['load', '--db', db], { input: '\n \r\n' })).stdout, '0 stored, 0 deleted\n');
  t.is((await lithify(['dump', '--db', db])).stdout, '');
});
