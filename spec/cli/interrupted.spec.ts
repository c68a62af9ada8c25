import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { ended, freshLocation, lithify, ndjson, startLithify } from '../support/cli.ts';

test('Ctrl-C in the middle of a demo closes the store, exits 130, and the store is sound', async (t) => {
  const db = await freshLocation(t);
  const child = startLithify(['demo', '--db', db, '--writes', '4000000', '--keys', '1000', '--batch', '10', '--intent', `${db}.intent`]);
  const end = ended(child);
  await lineThatBegins(child, 'writing');
  child.kill('SIGINT');
  const { code, signal, stdout } = await end;
  t.deepEqual([code, signal, stdout], [130, null, '']);
  const check = await lithify(['demo', '--db', db, '--check', `${db}.intent`]);
  t.is(check.code, 0, check.stderr);
  t.is((await lithify(['verify', '--db', db])).code, 0);
});

test('a load that waits for its input can be stopped', async (t) => {
  const db = await freshLocation(t);
  const watcher = watch(dirname(db));
  t.teardown(() => watcher.close());
  const created = once(watcher, 'change');
  const child = startLithify(['load', '--db', db]);
  child.stdin?.write(ndjson({ key: 'a', value: 'never a whole batch' }));
  await created;
  child.kill('SIGTERM');
  const { code, signal, stdout, stderr } = await ended(child);
  t.deepEqual([code, signal, stdout], [143, null, '']);
  t.is(stderr, 'lithify: stopped by SIGTERM; the store is closed\n');
});

async function lineThatBegins({ stderr }: ChildProcess, start: string): Promise<void> {
  if (stderr === null) return;
  const lines = createInterface({ input: stderr });
  for await (const line of lines) if (line.startsWith(start)) return;
}
