import { join } from 'node:path';
import test from 'ava';
import { ClassicLevel } from 'classic-level';
import type { Level } from '../../index.ts';
import { quiet, tempDirectory } from '../support/engines.ts';
import { openLevel } from './support/databases.ts';

/** What a snapshot shows by every way of reading; the same type fits both databases. */
async function shown(db: ClassicLevel<string, string>, snapshot: ReturnType<ClassicLevel['snapshot']>): Promise<unknown> {
  const one = db.iterator({ snapshot, gte: 'b' });
  one.seek('k5');
  return {
    get: await db.get('k1', { snapshot }),
    getSync: db.getSync('k2', { snapshot }),
    getMany: await db.getMany(['k1', 'k2', 'none'], { snapshot }),
    has: [await db.has('k3', { snapshot }), await db.has('none', { snapshot })],
    hasMany: await db.hasMany(['k3', 'none'], { snapshot }),
    iterator: await db.iterator({ snapshot }).all(),
    reverse: await db.keys({ snapshot, reverse: true, limit: 3 }).all(),
    values: await db.values({ snapshot, gt: 'k3' }).all(),
    sought: await one.all(),
    sublevel: await db.sublevel('s').iterator({ snapshot }).all(),
  };
}

async function changed(db: ClassicLevel<string, string>): Promise<void> {
  await db.batch([
    { type: 'put', key: 'k1', value: 'changed' },
    { type: 'del', key: 'k2' },
    { type: 'put', key: 'none', value: 'now' },
  ]);
  await db.clear({ gte: 'k3', lt: 'k5' });
  await db.sublevel('s').clear();
}

test('by every way of reading a snapshot shows what classic-level’s shows, also after everything was compacted', async (t) => {
  const theirs = new ClassicLevel(join(await tempDirectory(t), 'theirs'));
  t.teardown(() => theirs.close());
  const ours = await openLevel(t);
  const both = [theirs, ours] as const;
  for (const db of both) {
    for (let i = 0; i < 9; i++) await db.put(`k${i}`, `v${i}`);
    await db.sublevel('s').put('a', '1');
  }
  const snapshots = both.map((db) => db.snapshot());
  for (const db of both) await changed(db);
  const expected = await shown(theirs, snapshots[0]);
  t.deepEqual(await shown(ours, snapshots[1]), expected);
  for (const message of ['MinorCompact', 'MajorCompaction', 'GarbageCollect'] as const) {
    await ours.engine.ask({ type: message });
    await quiet(ours.engine);
    t.deepEqual(await shown(ours, snapshots[1]), expected, message);
  }
  t.deepEqual(await ours.iterator().all(), await theirs.iterator().all());
});

test('clear with a snapshot deletes what the snapshot has, and nothing that came later', async (t) => {
  const db = await openLevel(t);
  await db.batch(['a', 'b', 'c'].map((key) => ({ type: 'put', key, value: '1' })));
  await using snapshot = db.snapshot();
  await db.put('bb', '2');
  await db.put('b', 'written again');
  await db.clear({ gte: 'b', snapshot });
  t.deepEqual(await db.keys().all(), ['a', 'bb']);
  t.deepEqual(await db.keys({ snapshot }).all(), ['a', 'b', 'c']);
});

test('a closed snapshot is refused, and a database that closes closes its own', async (t) => {
  const db = await openLevel(t);
  const sublevel = db.sublevel('s');
  await sublevel.open();
  const [first, second] = [db.snapshot(), sublevel.snapshot()];
  t.is(db.engine.stats().snapshots.count, 2);
  await first.close();
  await t.throwsAsync(db.get('k', { snapshot: first }), { code: 'LEVEL_SNAPSHOT_NOT_OPEN' });
  t.is(db.engine.stats().snapshots.count, 1);
  await db.close();
  await db.open();
  t.is(db.engine.stats().snapshots.count, 0);
  await t.throwsAsync(db.get('k', { snapshot: second }), { code: 'LEVEL_SNAPSHOT_NOT_OPEN' });
});

test('a snapshot of another store is refused, not read as one of this', async (t) => {
  const [db, other] = [await openLevel(t), await openLevel(t)];
  const foreign = other.snapshot();
  const refused = { code: 'LITHIFY_INVALID_ARGUMENT', message: /snapshot/ };
  await t.throwsAsync(db.get('k', { snapshot: foreign }), refused);
  t.throws(() => db.getSync('k', { snapshot: foreign }), refused);
  await t.throwsAsync(db.clear({ snapshot: foreign }), refused);
  t.throws(() => db.iterator({ snapshot: foreign }), refused);
});

test('databases on one engine share their snapshots', async (t) => {
  const db = await openLevel(t);
  await db.put('k', 'before');
  const snapshot = db.engine.kv.snapshot();
  await db.put('k', 'after');
  t.is(await (db as Level).get('k', { snapshot }), 'before');
});
