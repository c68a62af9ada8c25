import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { IntentFile, parseIntent, readIntent } from '../../cli/demo/intent.ts';
import { freshDirectory } from '../support/cli.ts';

const workload = { seed: 1, writes: 100, keys: 10, valueBytes: 20, batch: 10 };

test('what was issued and acknowledged is read back, and each line is in the file when the call returns', async (t) => {
  const path = join(await freshDirectory(t), 'intent');
  using intent = new IntentFile(path, workload);
  intent.phase('writing');
  intent.issued(10);
  intent.issued(20);
  t.deepEqual(readIntent(path), { workload, issued: 20, acknowledged: 0, phase: 'writing' });
  intent.acknowledged(10);
  t.deepEqual(readIntent(path), { workload, issued: 20, acknowledged: 10, phase: 'writing' });
});

test('an unfinished last line is as if it were not there', async (t) => {
  const path = join(await freshDirectory(t), 'intent');
  using intent = new IntentFile(path, workload);
  intent.issued(10);
  intent.issued(20);
  const text = readFileSync(path, 'utf8');
  t.is(parseIntent(text.slice(0, -1)).issued, 10);
});

test('an old file is not overwritten, and what is no intent file is refused', async (t) => {
  const path = join(await freshDirectory(t), 'intent');
  using _ = new IntentFile(path, workload);
  t.throws(() => new IntentFile(path, workload), { code: 'LITHIFY_INVALID_ARGUMENT', message: /something in its place/ });
  t.throws(() => parseIntent(''), { message: /empty/ });
  t.throws(() => parseIntent('{}\n'), { message: /workload/ });
  t.throws(() => parseIntent(`${JSON.stringify(workload)}\nfoo 3\n`), { message: /none/ });
});
