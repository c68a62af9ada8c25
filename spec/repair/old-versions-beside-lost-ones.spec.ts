import test, { type ExecutionContext } from 'ava';
import type { Engine } from '../../index.ts';
import { BlockType } from '../../storage/sst/format.ts';
import { changeBlocks, flipped, holds } from '../support/damage.ts';
import { type BuiltStore, entries, keyOf, repaired, settle, storeWith } from './support/stores.ts';
import { expectNoFault, isIn, type Written } from './support/written.ts';

/** An old value of every key in the last level, and above it what `later` does. */
function twoLayers(t: ExecutionContext, later: (written: Written, engine: Engine) => Promise<void>): Promise<BuiltStore> {
  return storeWith(t, async (written, engine) => {
    await written.put(entries(0, 200, 'old'));
    await settle(engine);
    await later(written, engine);
    await engine.ask({ type: 'MinorCompact' });
  });
}

const NEW = (key: number) => `new of ${key}`;

async function hitBlockOf(location: string, text: string): Promise<void> {
  const hits = await changeBlocks(location, (block) =>
    block.bytes[1] === BlockType.data && holds(block, text) ? flipped(block) : undefined,
  );
  if (hits !== 1) throw new Error(`${hits} blocks hold ${text}`);
}

test('older values of keys in a lost block are kept, and listed as stale with where the newer ones were', async (t) => {
  const { location, written } = await twoLayers(t, (model) => model.put(entries(100, 100, 'new')));
  await hitBlockOf(location, NEW(150));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.is(found.keys.get(keyOf(150)), 'old of 150');
  t.is(found.keys.get(keyOf(110)), NEW(110));
  t.is(found.keys.size, 200);
  const old = [...found.keys].filter(([key, value]) => value.startsWith('old') && key >= keyOf(100)).map(([key]) => key);
  const [stale] = report.stale;
  t.is(report.stale.length, 1);
  t.is(stale.entries, old.length);
  t.deepEqual([isIn(old[0], stale), isIn(old[old.length - 1], stale), isIn(keyOf(99), stale)], [true, true, false]);
  t.deepEqual([stale.blobId, stale.block], [report.lost[0].what === 'keys' ? report.lost[0].blobId : -1, stale.block]);
});

test('a deletion that was in a lost block lets the deleted value come back, and it is listed', async (t) => {
  const { location, written } = await twoLayers(t, async (model) => {
    await model.put(entries(100, 20, 'new'));
    await model.put(entries(110, 5, 'gone').map(([key]) => [key, undefined]));
    await model.put(entries(120, 20, 'new'));
  });
  await hitBlockOf(location, NEW(115));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  const back = [...found.keys.keys()].filter((key) => !written.current.has(key));
  for (const key of back)
    t.true(
      report.stale.some((one) => isIn(key, one)),
      key,
    );
});

test('what is left out on request is not there, and its range is among the lost ones', async (t) => {
  const { location, written } = await twoLayers(t, (model) => model.put(entries(100, 100, 'new')));
  await hitBlockOf(location, NEW(150));
  const { report, found } = await repaired(t, location, { keepStale: false });
  expectNoFault(t, written, found, report);
  t.deepEqual(report.stale, []);
  t.false(found.keys.has(keyOf(150)));
  t.true([...found.keys].every(([key, value]) => value === written.current.get(key)));
  t.true(found.keys.size > 190);
});

test('a lost block that was older than what is found makes nothing stale', async (t) => {
  const { location, written } = await twoLayers(t, (model) => model.put(entries(100, 100, 'new')));
  await hitBlockOf(location, 'old of 150');
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(report.stale, []);
  t.deepEqual([...found.keys], [...written.current].sort());
});

test('what the log has of a key is newer than any lost block', async (t) => {
  const { location, written } = await storeWith(t, async (model, engine) => {
    await model.put(entries(0, 100, 'new'));
    await engine.ask({ type: 'MinorCompact' });
    await model.put([[keyOf(50), 'newest']]);
  });
  await hitBlockOf(location, NEW(50));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.is(found.keys.get(keyOf(50)), 'newest');
  t.deepEqual(report.stale, []);
});

test('range deletes go on covering what is older, also beside a lost block', async (t) => {
  const { location, written } = await twoLayers(t, async (model) => {
    await model.clear(keyOf(20), keyOf(60));
    await model.put(entries(100, 100, 'new'));
  });
  await hitBlockOf(location, NEW(150));
  const { report, found } = await repaired(t, location);
  expectNoFault(t, written, found, report);
  t.deepEqual(
    [...found.keys.keys()].filter((key) => key >= keyOf(20) && key < keyOf(60)),
    [],
  );
});
