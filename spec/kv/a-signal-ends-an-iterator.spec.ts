import test, { type ExecutionContext } from 'ava';
import type { Level } from '../../index.ts';
import { openLevel } from './support/databases.ts';

const ABORTED = { code: 'LEVEL_ABORTED', name: 'AbortError' };

/** With 300 entries in tables of which nothing is cached. */
async function filled(t: ExecutionContext) {
  const db = await openLevel(t, { cacheBytes: 0, memtableBytes: 1024 * 1024, memoryBytes: 4 * 1024 * 1024 });
  await db.batch(Array.from({ length: 300 }, (_, i) => ({ type: 'put', key: `k${String(i).padStart(3, '0')}`, value: 'x'.repeat(50) })));
  await db.engine.ask({ type: 'MajorCompaction' });
  return db;
}

/** Aborts every kind of read, at once or after `when` has resolved. */
async function assertEnds(t: ExecutionContext, db: Level, when?: () => Promise<void>): Promise<void> {
  for (const read of ['next', 'nextv', 'all'] as const) {
    const controller = new AbortController();
    const iterator = db.iterator({ signal: controller.signal });
    const reading = t.throwsAsync(read === 'nextv' ? iterator.nextv(300) : iterator[read](), ABORTED, read);
    if (when !== undefined) await when();
    controller.abort();
    await reading;
    await t.throwsAsync(iterator.next(), { code: read === 'all' ? 'LEVEL_ITERATOR_NOT_OPEN' : 'LEVEL_ABORTED' }, read);
    await iterator.close();
  }
}

test('a read that waits for the store ends when its signal is aborted', async (t) => {
  const db = await filled(t);
  await assertEnds(t, db, async () => {
    // By now it has asked for its first block, which takes another thread longer than this.
    for (let i = 0; i < 20; i++) await undefined;
  });
});

test('so does one that memory could answer, when it is aborted before the caller waits', async (t) => {
  const db = await openLevel(t);
  await db.put('k', 'v');
  await assertEnds(t, db);
});

test('in the middle of a loop it ends the loop, and the iterator is closed', async (t) => {
  const db = await filled(t);
  const controller = new AbortController();
  let seen = 0;
  const loop = async () => {
    for await (const _ of db.keys({ signal: controller.signal })) if (++seen === 100) controller.abort();
  };
  await t.throwsAsync(loop(), ABORTED);
  t.is(seen, 100);
  t.is(db.engine.stats().leases.length, 0);
});

test('one that is never aborted changes nothing', async (t) => {
  const db = await filled(t);
  const { signal } = new AbortController();
  t.is((await db.iterator({ signal }).all()).length, 300);
  t.true((await db.values({ signal, reverse: true }).nextv(20)).length > 0);
  let seen = 0;
  for await (const _ of db.iterator({ signal })) seen++;
  t.is(seen, 300);
});
