import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { freshDirectory } from '../support/cli.ts';
import { lines, numbered, produce, stdoutOf } from './support/logs.ts';

test('at an offset, at a time, behind what a group has committed, or at the end', async (t) => {
  const directory = await freshDirectory(t);
  const db = join(directory, 'store');
  await produce(db, 'a,1', numbered(10));
  const read = async (...options: readonly string[]) => {
    const args = ['log', 'subscribe', 'a,1', '--idle-timeout', '0', '--db', db, ...options];
    return lines(await stdoutOf(t, args)).map((line) => JSON.parse(line).offset);
  };
  t.deepEqual(await read('--offset', 'a,1,0,6'), [7, 8, 9], 'an offset is what has been read already; a name may have commas');
  t.deepEqual(await read('--from', '2023-11-14T22:13:28Z'), [8, 9]);
  t.deepEqual(await read('--from', 'end'), []);
  t.deepEqual(await read('--group', 'g', '--offset', 'a,1,0,7'), [8, 9]);
  t.deepEqual(await read('--group', 'g'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'nobody has committed anything');

  const file = join(directory, 'out.jsonl');
  t.deepEqual(await read('--group', 'g', '--commit', '--output', file), []);
  t.is(lines(await readFile(file, 'utf8')).length, 10);
  await produce(db, 'a,1', numbered(1));
  t.deepEqual(await read('--group', 'g'), [10]);
  t.deepEqual(await read('--group', 'g', '--from', 'beginning', '--offset', 'a,1,0,8'), [9, 10]);
});
