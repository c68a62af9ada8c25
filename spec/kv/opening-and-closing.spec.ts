import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { type Engine, Level, nodeRuntime, open, type Runtime } from '../../index.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { codesOf, openLevel } from './support/databases.ts';

test('a database can be used before it is open, and again after it was closed', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const db = new Level(location, TINY);
  t.is(db.status, 'opening');
  await db.put('k', 'v');
  t.is(db.status, 'open');
  await db.close();
  t.is(db.status, 'closed');
  t.deepEqual(await codesOf(db.get('k')), ['LEVEL_DATABASE_NOT_OPEN']);
  await db.open();
  t.is(await db.get('k'), 'v');
  await db.close();
  await db.close();
});

test('it has its engine while it is open, and says so when it is not', async (t) => {
  const db = new Level(join(await tempDirectory(t), 'db'), TINY);
  t.throws(() => db.engine, { code: 'LEVEL_DATABASE_NOT_OPEN' });
  await db.open();
  const { engine } = db;
  t.is(engine.stats().state, 'open');
  await engine.ask({ type: 'MajorCompaction' });
  await db.close();
  t.throws(() => db.engine, { code: 'LEVEL_DATABASE_NOT_OPEN' });
  await engine.closed;
  await t.throwsAsync(engine.ask({ type: 'MinorCompact' }), { code: 'LITHIFY_CLOSED' });
});

test('when its engine closes, the database closes with it, and can be opened again at once', async (t) => {
  const seen: string[] = [];
  const db = await openLevel(t, { runtime: nodeRuntime({ lock: watched(seen) }) });
  await db.put('k', 'v');
  const iterator = db.iterator();
  db.once('closing', () => t.throws(() => db.engine, { code: 'LEVEL_DATABASE_NOT_OPEN' }));
  const closed = once(db, 'closed');
  const closing = db.engine.close();
  await closed;
  await db.open();
  await closing;
  t.deepEqual(seen, ['locked', 'unlocked', 'locked']);
  t.is(db.status, 'open');
  t.deepEqual(await codesOf(iterator.next()), ['LEVEL_ITERATOR_NOT_OPEN']);
  t.is(await db.get('k'), 'v');
});

/** Tells when the directory is taken, and when it is given back. */
function watched(seen: string[]): Runtime['lock'] {
  const { lock } = nodeRuntime();
  return async (path) => {
    seen.push('locked');
    const unlock = await lock(path);
    return (
      unlock &&
      (() => {
        seen.push('unlocked');
        unlock();
      })
    );
  };
}

test('database and engine closed at the same moment close once', async (t) => {
  for (const first of ['database', 'engine'] as const) {
    const db = await openLevel(t);
    const { engine } = db;
    const events: string[] = [];
    engine.events$.subscribe(({ type }) => events.push(type));
    const closing = first === 'database' ? [db.close(), engine.close()] : [engine.close(), db.close()];
    await Promise.all(closing);
    t.is(db.status, 'closed');
    t.is(events.filter((type) => type === 'closed').length, 1);
  }
});

test('two databases on one engine read each other, and close without it', async (t) => {
  const engine = await openEngine(t);
  t.true(engine.kv instanceof Level);
  const json = new Level<string, unknown>(engine, { valueEncoding: 'json' });
  await json.put('k', { a: [1] });
  t.is(await engine.kv.get('k'), '{"a":[1]}');
  t.deepEqual([json.location, json.engine], [engine.location, engine]);
  await json.close();
  t.throws(() => json.getSync('k'), { code: 'LEVEL_DATABASE_NOT_OPEN' });
  t.is(await engine.kv.get('k'), '{"a":[1]}');
  await json.open();
  await engine.kv.close();
  t.deepEqual(await json.get('k'), { a: [1] });
});

test('an engine that closes takes all databases on it along; they do not open again without it', async (t) => {
  const engine = await openEngine(t);
  const other = new Level(engine);
  await other.open();
  await engine.close();
  t.deepEqual([engine.kv.status, other.status], ['closed', 'closed']);
  t.deepEqual(await codesOf(other.open()), ['LEVEL_DATABASE_NOT_OPEN', 'LITHIFY_CLOSED']);
  t.deepEqual(await codesOf(engine.kv.open()), ['LEVEL_DATABASE_NOT_OPEN', 'LITHIFY_CLOSED']);
});

test('a store that is open is refused under the name that Level has for it, with our error behind it', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const db = await openLevel(t, {}, location);
  t.deepEqual(await codesOf(new Level(location, TINY).open()), ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_LOCKED', 'LITHIFY_LOCKED']);
  await db.put('k', 'still here');
  await db.close();
  const engine: Engine = await open(location, TINY);
  t.is(await engine.kv.get('k'), 'still here');
  t.deepEqual(await codesOf(db.open()), ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_LOCKED', 'LITHIFY_LOCKED']);
  await engine.close();
});

test('a postopen hook that fails leaves nothing open', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const db = new Level(location, TINY);
  db.hooks.postopen.add(async () => {
    throw new Error('not today');
  });
  t.is((await codesOf(db.open()))[0], 'LEVEL_HOOK_ERROR');
  t.is(db.status, 'closed');
  await setImmediate();
  t.is((await openLevel(t, {}, location)).status, 'open');
});

test('what is only in memory lives through closing and opening, and belongs to one database', async (t) => {
  const location = join(await tempDirectory(t), 'db');
  const db = await openLevel(t, { storage: 'memory' }, location);
  t.false(db.supports.permanence);
  await db.put('flushed', '1');
  await db.engine.ask({ type: 'MinorCompact' });
  await db.put('logged', '2');
  await db.close();
  await db.open();
  t.deepEqual(await db.iterator().all(), [
    ['flushed', '1'],
    ['logged', '2'],
  ]);
  const other = await openLevel(t, { storage: 'memory' }, location);
  t.deepEqual(await other.keys().all(), []);
});
