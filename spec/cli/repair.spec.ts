import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from 'lithify';
import { ended, freshLocation, lithify, startLithify } from '../support/cli.ts';
import { changeBlocks, flipped, holds } from '../support/damage.ts';

const SMALL = { workers: 0, blockBytes: 256 };

async function store(t: ExecutionContext, fill: (engine: Engine) => Promise<void>): Promise<string> {
  const db = await freshLocation(t);
  await using engine = await open(db, SMALL);
  for (let i = 0; i < 40; i++) await engine.kv.put(`key ${i}`, `value ${i};`);
  await fill(engine);
  await engine.ask({ type: 'MinorCompact' });
  return db;
}

test('a store without damage is repaired with exit code 0, and says that nothing is lost', async (t) => {
  const db = await store(t, (engine) =>
    engine
      .topic('events')
      .produce({ key: 1n, value: 'a' })
      .then(() => undefined),
  );
  const to = join(dirname(db), 'new');
  const { code, stdout, stderr } = await lithify(['repair', db, '--to', to]);
  t.deepEqual([code, stderr], [0, '']);
  t.regex(stdout, /^.+\/new: 40 entries, 1 record of 1 topic, in [\d.]+ s\nnothing is lost\n$/);
  const get = await lithify(['get', 'key 7', '--db', to]);
  t.is(get.stdout, 'value 7;\n');
});

test('losses are listed by key and by offset, keys as text or as digits, and the exit code is 3', async (t) => {
  const db = await store(t, async (engine) => {
    await engine.kv.put(Buffer.from('ff00ff', 'hex'), 'binary value;', { keyEncoding: 'view' });
    for (let i = 0; i < 40; i++) await engine.topic('events').produce({ key: 1n, value: `event ${i};` });
  });
  const isHit = ['value 20;', 'binary value;', 'event 20;'];
  await changeBlocks(db, (block) => (isHit.some((text) => holds(block, text)) ? flipped(block) : undefined));
  const to = join(dirname(db), 'new');
  const { code, stdout, stderr } = await lithify(['repair', db, '--to', to]);
  t.is(code, 3);
  t.regex(stdout, /^lost: keys from "key \d+" to "key \d+" \(blob \d+, block \d+\): .*checksum.*$/m);
  t.regex(stdout, /^lost: keys from .+ to 0xff00ff \(blob/m);
  t.regex(stdout, /^lost: records \d+ to \d+ of topic "events", partition 0 \(blob \d+, block \d+\): .+$/m);
  t.regex(stderr, /^lithify: 3 losses, 0 ranges of stale keys; everything else is in .+\n$/);
});

test('--json prints one document, with keys as in a dump', async (t) => {
  const db = await store(t, async (engine) => {
    await engine.kv.put(Buffer.from('ff00ff', 'hex'), 'binary value;', { keyEncoding: 'view' });
  });
  await changeBlocks(db, (block) => (holds(block, 'binary value;') ? flipped(block) : undefined));
  const { code, stdout } = await lithify(['repair', db, '--to', join(dirname(db), 'new'), '--json']);
  t.is(code, 3);
  const report = JSON.parse(stdout);
  t.like(report, { records: 0, topics: 0, stale: [], lost: [{ what: 'keys', to64: Buffer.from('ff00ff', 'hex').toString('base64') }] });
  t.regex(report.lost[0].from, /^key \d+$/);
});

test('older values that are left out on request are lost, and are not there', async (t) => {
  const db = await store(t, async (engine) => {
    await engine.ask({ type: 'MinorCompact' });
    await engine.kv.put('key 7', 'newest 7;');
  });
  await changeBlocks(db, (block) => (holds(block, 'newest 7;') ? flipped(block) : undefined));
  const kept = join(dirname(db), 'kept');
  const stale = await lithify(['repair', db, '--to', kept]);
  t.regex(stale.stdout, /^stale: 1 key from "key 7" to "key 7" \(blob \d+, block 0\): .+$/m);
  t.is((await lithify(['get', 'key 7', '--db', kept])).stdout, 'value 7;\n');
  const without = join(dirname(db), 'without');
  const out = await lithify(['repair', db, '--to', without, '--leave-out-stale']);
  t.deepEqual([out.code, /stale:/.test(out.stdout)], [3, false]);
  t.is((await lithify(['get', 'key 7', '--db', without])).code, 1);
});

test('what cannot be repaired, or into there, fails with 1 and one line; wrong usage with 2', async (t) => {
  const db = await store(t, async () => {});
  const nothing = await lithify(['repair', `${db}-not`, '--to', join(dirname(db), 'new')]);
  t.is(nothing.code, 1);
  t.regex(nothing.stderr, /^lithify: LITHIFY_NOT_FOUND: .+\n$/);
  const taken = await lithify(['repair', db, '--to', dirname(db)]);
  t.is(taken.code, 1);
  t.regex(taken.stderr, /^lithify: LITHIFY_EXISTS: .+\n$/);
  t.is((await lithify(['repair', db])).code, 2);
  t.is((await lithify(['repair', '', '--to', 'x'])).code, 2);
  t.deepEqual(await readdir(dirname(db)), ['store']);
});

test('a repair that is stopped leaves nothing, and exits with the number of the signal', async (t) => {
  const db = await store(t, async (engine) => {
    for (let i = 0; i < 30; i++) await engine.kv.put(`large ${i}`, Math.random().toString(36).repeat(20_000));
  });
  const child = startLithify(['repair', db, '--to', join(dirname(db), 'new')]);
  const done = ended(child);
  // As soon as it has begun to write.
  while ((await readdir(dirname(db))).length === 1 && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGTERM');
  const { code } = await done;
  t.is(code, 143);
  t.deepEqual(await readdir(dirname(db)), ['store']);
});
