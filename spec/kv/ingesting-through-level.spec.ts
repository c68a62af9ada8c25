import { join } from 'node:path';
import test from 'ava';
import { Level } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { openLevel } from './support/databases.ts';

const PAIRS = Array.from({ length: 500 }, (_, i) => [`k${String(i).padStart(4, '0')}`, `ü${i}`] as const);

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await undefined;
    yield item;
  }
}

test('iterables and async iterables are taken, also before the database is open', async (t) => {
  for (const pairs of [PAIRS, new Map(PAIRS), later(PAIRS)]) {
    const db = new Level(join(await tempDirectory(t), 'db'), TINY);
    t.is(db.status, 'opening');
    const report = await db.ingest(pairs);
    t.is(report.entries, 500);
    t.deepEqual(
      await db.iterator().all(),
      PAIRS.map(([key, value]) => [key, value]),
    );
    await db.close();
  }
});

test('keys and values are encoded as the database, or the call, says', async (t) => {
  const db = await openLevel<string, unknown>(t, { valueEncoding: 'json' });
  await db.ingest([
    ['a', { n: 1 }],
    ['b', [2]],
  ]);
  await db.ingest([[Uint8Array.of(99), Uint8Array.of(51)]], { keyEncoding: 'view', valueEncoding: 'view' });
  t.deepEqual(await db.iterator().all(), [
    ['a', { n: 1 }],
    ['b', [2]],
    ['c', 3],
  ]);
});

test('writes that go on meanwhile do not get into what is ingested', async (t) => {
  const db = await openLevel(t);
  async function* interrupted() {
    for (const [key, value] of PAIRS) {
      void db.put(`other ${key}`, 'x'.repeat(50));
      yield [key, value] as const;
    }
  }
  await db.ingest(interrupted());
  t.deepEqual(
    await db.iterator({ gte: 'k', lt: 'l' }).all(),
    PAIRS.map(([key, value]) => [key, value]),
  );
  t.is((await db.keys({ gte: 'other', lt: 'p' }).all()).length, 500);
});

test('what cannot be ingested is refused by its name, and leaves nothing', async (t) => {
  const db = await openLevel(t);
  // What TypeScript refuses, JavaScript can still do.
  const ingest = (pairs: unknown) => db.ingest(pairs as Iterable<[string, string]>);
  await t.throwsAsync(ingest(undefined), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await t.throwsAsync(ingest({}), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await t.throwsAsync(ingest([['a', 'b'], 'c']), { code: 'LITHIFY_INVALID_ARGUMENT' });
  await t.throwsAsync(
    ingest([
      ['a', 'b'],
      [null, 'c'],
    ]),
    { code: 'LEVEL_INVALID_KEY' },
  );
  await t.throwsAsync(
    ingest([
      ['a', 'b'],
      ['c', undefined],
    ]),
    { code: 'LEVEL_INVALID_VALUE' },
  );
  await t.throwsAsync(
    ingest([
      ['a', 'b'],
      ['€'.repeat(21_846), ''],
    ]),
    { code: 'LITHIFY_INVALID_ARGUMENT' },
  );
  t.deepEqual(await db.keys().all(), []);
  await db.close();
  await t.throwsAsync(ingest(PAIRS), { code: 'LEVEL_DATABASE_NOT_OPEN' });
});

test('an iterable that fails, or is refused, is closed, and its own error is the one that is told', async (t) => {
  const db = await openLevel(t);
  let closed = 0;
  async function* failing(last: readonly [string, string] | Error) {
    try {
      yield ['b', '1'] as const;
      if (last instanceof Error) throw last;
      yield last;
    } finally {
      closed++;
    }
  }
  await t.throwsAsync(db.ingest(failing(new RangeError('mine'))), { message: /mine/ });
  await t.throwsAsync(db.ingest(failing(['a', 'descends'])), { code: 'LITHIFY_INVALID_ARGUMENT' });
  t.is(closed, 2);
  t.deepEqual(await db.keys().all(), []);
});
