import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { open } from 'lithify';
import { fileOf } from '../log/support/streambed.ts';
import { freshDirectory, lithify } from '../support/cli.ts';

test('a store that another process has open is refused with LITHIFY_LOCKED in one line, whatever is asked of its logs', async (t) => {
  const directory = await freshDirectory(t);
  const db = join(directory, 'store');
  const [out, file] = [join(directory, 'out'), join(directory, 'lines')];
  await writeFile(join(directory, 't'), fileOf(0, 3));
  await writeFile(file, 'kept');
  await using engine = await open(db);
  await engine.topic('t').produce({ key: 1n, value: 'x' });
  const commands = [
    ['produce'],
    ['subscribe', 't', '--output', file],
    ['compact', 't', '--max-bytes', '1'],
    ['import', directory, '--topic', 't'],
    ['export', 't', '--out', out],
  ];
  for (const { code, stdout, stderr } of await Promise.all(commands.map((command) => lithify(['log', ...command, '--db', db])))) {
    t.deepEqual([code, stdout], [1, '']);
    t.regex(stderr, /^lithify: LITHIFY_LOCKED: .+\n$/);
  }
  t.is(engine.topic('t').offsets()?.next, 1);
});
