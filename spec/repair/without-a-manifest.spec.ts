import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from '../../index.ts';
import { manifestKey } from '../../storage/blobs/keys.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { changeBlocks, flipped, holds } from '../support/damage.ts';
import { TINY } from '../support/engines.ts';
import { changeManifest, damageEntry } from './support/manifests.ts';
import { type BuiltStore, copyOf, entries, keyOf, repaired, settle, storeWith } from './support/stores.ts';
import { contentsOf, expectNoFault, type Written } from './support/written.ts';

async function fill(written: Written, engine: Engine): Promise<void> {
  await written.put(entries(0, 200, 'first'));
  await settle(engine);
  await written.put(entries(0, 100, 'second', 2));
  await written.produce('orders', ['a', 'b', 'x'.repeat(9000), 'd']);
  await written.produce('payments', ['e'], 0);
  await engine.ask({ type: 'MinorCompact' });
  await written.put(entries(300, 10, 'in the log'));
  await written.produce('orders', ['f']);
}

function built(t: ExecutionContext): Promise<BuiltStore> {
  return storeWith(t, fill);
}

test('without any manifest the tables are found by what they are, and the log by its segments', async (t) => {
  const { location, written } = await built(t);
  await rm(join(location, 'manifest'), { recursive: true });
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual([...found.keys], [...written.current].sort());
  t.true(report.lost.some(({ what }) => what === 'manifest'));
  t.true(report.warnings.some((warning) => warning.includes('may be back')));
});

test('topics come back under made-up names then, which are said, with their records and offsets', async (t) => {
  const { location, written } = await built(t);
  await rm(join(location, 'manifest'), { recursive: true });
  const { report, found } = await repaired(t, location);
  t.deepEqual([...found.records.keys()], ['recovered-topic-1/0', 'recovered-topic-2/0']);
  t.deepEqual(found.records.get('recovered-topic-1/0'), written.records.get('orders/0'));
  t.deepEqual(found.records.get('recovered-topic-2/0'), written.records.get('payments/0'));
  t.true(report.warnings.some((warning) => warning.includes('recovered-topic-1, recovered-topic-2')));
  t.is(found.next['recovered-topic-1/0'], 5);
});

test('log blocks whose index is damaged too come back under the name of their blob', async (t) => {
  const { location, written } = await built(t);
  await changeBlocks(location, (block) => (block.bytes[1] === BlockType.logIndex ? flipped(block) : undefined));
  await rm(join(location, 'manifest'), { recursive: true });
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  const values = [...found.records].filter(([name]) => name.startsWith('recovered-blob-')).flatMap(([, records]) => [...records.values()]);
  t.deepEqual(new Set(values), new Set(['a', 'b', 'x'.repeat(9000), 'd', 'e']));
});

test('an entry that is damaged is passed over: what the others say is used, and what this one said is found', async (t) => {
  const { location, written } = await built(t);
  const { last } = await manifestOf(location);
  for (let number = 1; number <= last; number++) {
    const copy = await copyOf(t, location);
    await damageEntry(copy, () => number);
    const { report, found } = await repaired(t, copy);
    expectNoFault(t, written, found, report);
    t.deepEqual([...found.keys], [...written.current].sort(), `entry ${number}`);
    t.true(report.lost.some(({ what }) => what === 'manifest'));
  }
});

async function manifestOf(location: string): Promise<{ last: number }> {
  let found = 0;
  await changeManifest(location, async (_, { last }) => {
    found = last;
  });
  return { last: found };
}

test('an entry that is missing is reported by its number', async (t) => {
  const { location, written } = await built(t);
  await changeManifest(location, (database, { last }) => database.write([], [manifestKey(last - 1)]));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.true(report.lost.some(({ what, reason }) => what === 'manifest' && /Entry \d+ of the manifest is lost/.test(reason)));
});

test('a head that is damaged costs nothing, but nobody can be certain of that', async (t) => {
  const { location, written } = await built(t);
  await damageEntry(location, () => 0);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(found, await contentsOf(await undamaged(t)));
  t.like(report.lost, [{ what: 'manifest' }]);
});

/** The same store once more. */
async function undamaged(t: ExecutionContext): Promise<string> {
  const { location } = await built(t);
  return location;
}

test('a manifest that is whole but older than the store is noticed: what it did not know of yet is found', async (t) => {
  const { location, written } = await built(t);
  const older = await copyOf(t, location);
  const engine = await open(location, TINY);
  await engine.kv.put(keyOf(0), 'third');
  written.keys.get(keyOf(0))?.push('third');
  await settle(engine);
  await engine.close();
  await rm(join(location, 'manifest'), { recursive: true });
  await copyManifest(older, location);
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.is(found.keys.get(keyOf(0)), 'third');
  t.true(report.lost.length > 0);
});

async function copyManifest(from: string, to: string): Promise<void> {
  const { cp } = await import('node:fs/promises');
  await cp(join(from, 'manifest'), join(to, 'manifest'), { recursive: true });
}

test('a bad block is a bad block without a manifest too, reported between its neighbours', async (t) => {
  const { location, written } = await built(t);
  await changeBlocks(location, (block) => (block.bytes[1] === BlockType.data && holds(block, 'first of 151') ? flipped(block) : undefined));
  await rm(join(location, 'manifest'), { recursive: true });
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.true(report.lost.some((one) => one.what === 'keys' && one.from !== undefined && one.to !== undefined));
  t.true(found.keys.size > written.current.size - 12);
});
