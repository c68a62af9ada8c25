import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { freshDirectory, lithify } from '../support/cli.ts';
import { produce, recordsIn, stdoutOf, texts } from './support/logs.ts';

const MODULE = `export const evens = {
  key: ({ key }) => (key === 0n ? key : undefined),
  init: () => new Map(),
  reduce: (state, key, { offset }) => state.set(key, offset) === undefined,
  collect: (state) => state,
};\n`;

test('what the strategy and the rules keep is kept, and before and after are printed', async (t) => {
  const directory = await freshDirectory(t);
  await writeFile(join(directory, 'strategy.mjs'), MODULE);
  const compacted = async (name: string, ...options: readonly string[]) => {
    const db = join(directory, name);
    await produce(
      db,
      't',
      Array.from({ length: 8 }, (_, i) => ({ key: BigInt(i % 2), value: i === 7 ? '' : `${i}`, timestamp: i < 4 ? 0 : Date.now() - 1000 })),
    );
    const stdout = await stdoutOf(t, ['log', 'compact', 't', '--json', '--db', db, ...options]);
    const values = texts(await recordsIn(db, 't'));
    const { before, after } = JSON.parse(stdout);
    t.deepEqual([before.records, after.records], [8, values.length]);
    t.true(before.bytes > after.bytes);
    return values;
  };
  t.deepEqual(await compacted('key', '--strategy', 'key', '--max-keys', '1'), ['6', ''], 'one key a pass');
  t.deepEqual(await compacted('nth', '--strategy', 'nth', '--n', '2', '--max-keys', '10'), ['4', '5', '6', '']);
  const tombstones = ['--tombstones', 'empty-value', '--tombstone-delay', '0'];
  t.deepEqual(await compacted('tombstones', '--strategy', 'key', '--max-keys', '10', '--max-age', '1h', ...tombstones), ['6']);
  t.deepEqual(await compacted('age', '--max-age', '1d'), ['4', '5', '6', '']);
  t.deepEqual(await compacted('module', '--module', join(directory, 'strategy.mjs'), '--export', 'evens'), ['1', '3', '5', '6', '']);
});

test('a strategy that cannot be loaded, and a topic that is not there, are said in one line', async (t) => {
  const directory = await freshDirectory(t);
  const db = join(directory, 'store');
  await produce(db, 't', [{ key: 1n, value: 'kept' }]);
  const failed = await lithify(['log', 'compact', 't', '--module', join(directory, 'missing.mjs'), '--db', db]);
  t.is(failed.code, 1);
  t.regex(failed.stderr, /^lithify: LITHIFY_STRATEGY: .+\n$/);
  t.regex((await lithify(['log', 'compact', 'u', '--max-bytes', '1', '--db', db])).stderr, /^lithify: LITHIFY_NOT_FOUND: .+\n$/);
  t.deepEqual(texts(await recordsIn(db, 't')), ['kept']);
});
