import { fileURLToPath } from 'node:url';
import test from 'ava';
import { nodeRuntime } from '../../index.ts';
import { openEngine, quiet, TINY } from '../support/engines.ts';

const MEMORY = { ...TINY, storage: 'memory' } as const;
const HERE = fileURLToPath(import.meta.url);

test('stats tell how many moments are held, and of the oldest who holds it, since when and from where', async (t) => {
  let now = 1000;
  const real = nodeRuntime();
  const runtime = { ...real, clock: { ...real.clock, now: () => now } };
  const engine = await openEngine(t, { ...MEMORY, trackLeases: true, runtime });
  t.deepEqual(engine.stats().snapshots, { count: 0, pinnedBytes: 0 });
  await engine.kv.put('a', '1');
  const [first, firstLine] = [engine.kv.snapshot(), here()];
  now += 5;
  await engine.kv.put('a', '2');
  const [second, secondLine] = [engine.kv.iterator(), here()];
  now += 7;
  const { count, oldest } = engine.stats().snapshots;
  t.is(count, 2);
  t.like(oldest, { owner: 'snapshot', sequence: 1, ageMs: 12 });
  t.is(placeOf(oldest?.stack), firstLine);

  await first.close();
  t.like(engine.stats().snapshots.oldest, { owner: 'iterator', sequence: 2, ageMs: 7 });
  t.is(placeOf(engine.stats().snapshots.oldest?.stack), secondLine);
  await second.close();
  t.deepEqual(engine.stats().snapshots, { count: 0, pinnedBytes: 0 });
});

test('the line that is named is the caller’s, however it came to read', async (t) => {
  const engine = await openEngine(t, { ...MEMORY, trackLeases: true });
  const deep = engine.kv.sublevel('one').sublevel('two');
  await deep.open();
  await deep.put('a', '1');
  const readers = {
    'a snapshot': () => [engine.kv.snapshot(), here()] as const,
    'an iterator': () => [engine.kv.iterator(), here()] as const,
    'an iterator over keys': () => [engine.kv.keys({ reverse: true }), here()] as const,
    'an iterator over values': () => [engine.kv.values(), here()] as const,
    'a sublevel of a sublevel': () => [deep.iterator(), here()] as const,
  };
  for (const [name, read] of Object.entries(readers)) {
    const [reader, line] = read();
    t.is(placeOf(engine.stats().snapshots.oldest?.stack), line, name);
    await reader.close();
  }
});

test('among those at the oldest moment it is the one that has been there longest', async (t) => {
  const engine = await openEngine(t, MEMORY);
  await engine.kv.put('a', '1');
  const snapshot = engine.kv.snapshot();
  const iterator = engine.kv.iterator({ snapshot });
  t.is(engine.stats().snapshots.count, 2);
  t.is(engine.stats().snapshots.oldest?.owner, 'snapshot');
  await snapshot.close();
  t.is(engine.stats().snapshots.oldest?.owner, 'iterator');
  await iterator.close();
});

test('where they were made is not looked at unless it is asked for', async (t) => {
  const engine = await openEngine(t, MEMORY);
  await engine.kv.put('a', '1');
  engine.kv.snapshot();
  t.false('stack' in (engine.stats().snapshots.oldest ?? { stack: '' }));
});

test('closed twice, left by a break or ended by an error, each lets go of its moment once', async (t) => {
  const engine = await openEngine(t, MEMORY);
  await engine.kv.batch(['a', 'b', 'c'].map((key) => ({ type: 'put', key, value: key })));
  const stays = engine.kv.snapshot();
  const gone = engine.kv.snapshot();
  await Promise.all([gone.close(), gone.close()]);
  const iterator = engine.kv.iterator();
  await Promise.all([iterator.close(), iterator.next().catch(() => undefined), iterator.close()]);
  for await (const [key] of engine.kv.iterator()) if (key === 'b') break;
  await t.throwsAsync(
    async () => {
      for await (const [key] of engine.kv.iterator()) throw new Error(key);
    },
    { message: 'a' },
  );
  await engine.kv.iterator().all();
  await engine.kv.clear({ limit: 1 });
  t.is(engine.stats().snapshots.count, 1);
  t.deepEqual(engine.stats().leases, []);
  await stays.close();
  t.is(engine.stats().snapshots.count, 0);
});

test('an engine that closes lets go of all that was left open, whatever it is doing', async (t) => {
  const engine = await openEngine(t, { ...MEMORY, cacheBytes: 0 });
  await engine.kv.batch(Array.from({ length: 50 }, (_, i) => ({ type: 'put', key: `key-${i}`, value: 'v'.repeat(50) })));
  await engine.ask({ type: 'MinorCompact' });
  const idle = engine.kv.iterator();
  const busy = engine.kv.iterator();
  const begun = busy.nextv(50);
  const snapshot = engine.kv.snapshot();
  await engine.close();
  t.true((await begun).length > 0);
  await t.throwsAsync(idle.next(), { code: 'LEVEL_ITERATOR_NOT_OPEN' });
  await t.throwsAsync(engine.kv.get('key-1', { snapshot }), { code: 'LEVEL_DATABASE_NOT_OPEN' });
  const { snapshots, leases } = engine.stats();
  t.deepEqual({ snapshots, leases }, { snapshots: { count: 0, pinnedBytes: 0 }, leases: [] });
});

test('what was kept for a snapshot only goes when it does, without being asked to', async (t) => {
  const engine = await openEngine(t, MEMORY);
  const write = (value: string) => engine.kv.batch(Array.from({ length: 100 }, (_, i) => ({ type: 'put', key: `key-${i}`, value })));
  const entries = () => engine.stats().levels.reduce((sum, level) => sum + level.entries, 0);
  await write('old');
  const snapshot = engine.kv.snapshot();
  await write('new');
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
  t.is(entries(), 200);
  await snapshot.close();
  await quiet(engine);
  t.is(entries(), 100);
});

/** File and line of whoever calls this. */
function here(): string {
  return placeOf(new Error('here').stack?.split('\n').slice(2).join('\n'));
}

/** Of the first frame. */
function placeOf(stack: string | undefined): string {
  const [frame] = stack?.split('\n') ?? [];
  const [, line] = /:(\d+):\d+\)?$/.exec(frame ?? '') ?? [];
  return frame?.includes(HERE) ? `line ${line}` : `not here: ${frame}`;
}
