import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'ava';
import { ended, freshLocation, startLithify } from '../support/cli.ts';
import { numbered, produce, recordsIn } from './support/logs.ts';

test('records are stored as they come, not when enough have come, and Ctrl-C leaves what was acknowledged', async (t) => {
  const db = await freshLocation(t);
  const child = startLithify(['log', 'produce', '--topic', 't', '--json', '--db', db]);
  const offsets = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  for (let i = 0; i < 3; i++) {
    child.stdin?.write(`{"headers":null,"key":${i},"value":""}\n`);
    t.is((await offsets.next()).value, `{"offset":${i}}`);
  }
  child.kill('SIGINT');
  const { code, signal, stderr } = await ended(child);
  t.deepEqual([code, signal, stderr], [130, null, 'lithify: stopped by SIGINT; the store is closed\n']);
  t.is((await recordsIn(db, 't')).length, 3);
});

test('a subscription without a time-out waits at the end until it is stopped', async (t) => {
  const db = await freshLocation(t);
  await produce(db, 't', numbered(2));
  const child = startLithify(['log', 'subscribe', 't', '--db', db]);
  const records = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  await records.next();
  t.regex((await records.next()).value ?? '', /"offset":1}$/);
  child.kill('SIGTERM');
  const { code, stderr } = await ended(child);
  t.deepEqual([code, stderr], [143, 'lithify: stopped by SIGTERM; the store is closed\n']);
});

test('a reader that has seen enough ends a subscription quietly', async (t) => {
  const db = await freshLocation(t);
  await produce(
    db,
    't',
    Array.from({ length: 20_000 }, (_, i) => ({ key: BigInt(i), value: 'v'.repeat(200) })),
  );
  const child = startLithify(['log', 'subscribe', 't', '--db', db]);
  const end = once(child, 'close');
  let stderr = '';
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  await once(child.stdout ?? child, 'data');
  child.stdout?.destroy();
  t.deepEqual(await end, [0, null]);
  t.is(stderr, '');
});

test('nobody has to hear the offsets: all records are stored', async (t) => {
  const db = await freshLocation(t);
  const child = startLithify(['log', 'produce', '--topic', 't', '--json', '--db', db]);
  const end = once(child, 'close');
  child.stdin?.write('{"headers":null,"key":1,"value":""}\n');
  await once(child.stdout ?? child, 'data');
  child.stdout?.destroy();
  child.stdin?.end('{"headers":null,"key":1,"value":""}\n'.repeat(10_000));
  t.deepEqual(await end, [0, null]);
  t.is((await recordsIn(db, 't')).length, 10_001);
});
