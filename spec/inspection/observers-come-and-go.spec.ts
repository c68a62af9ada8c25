import test from 'ava';
import { openEngine, quiet, TINY } from '../support/engines.ts';
import { load } from './support/load.ts';

test('one that comes late sees what happens from then on, and nothing once it has been let go', async (t) => {
  const engine = await openEngine(t);
  let seen = 0;
  const release = engine.observe(() => void seen++);
  t.is(seen, 0);
  await engine.ask({ type: 'MinorCompact' });
  t.true(seen > 0);
  release();
  const before = seen;
  await load(engine, 500);
  await engine.ask({ type: 'MajorCompaction' });
  t.is(seen, before);
});

test('the same observer twice sees everything twice, and each release ends one of the two', async (t) => {
  const engine = await openEngine(t);
  await quiet(engine);
  let twice = 0;
  let once = 0;
  const observer = () => void twice++;
  const releases = [engine.observe(observer), engine.observe(observer), engine.observe(() => void once++)];
  await engine.ask({ type: 'MinorCompact' });
  t.true(once > 0);
  t.is(twice, 2 * once);
  releases[0]();
  releases[0]();
  const [before, beforeOnce] = [twice, once];
  await engine.ask({ type: 'MinorCompact' });
  t.true(once > beforeOnce);
  t.is(twice - before, once - beforeOnce);
});

test('one that lets itself, or another, go in the middle of an event, or brings a third, takes nothing from the others', async (t) => {
  const engine = await openEngine(t);
  await quiet(engine);
  let others = 0;
  let third = 0;
  let count = 0;
  const releaseSelf = engine.observe(() => {
    count++;
    releaseSelf();
    releaseOther();
    engine.observe(() => void third++);
  });
  const releaseOther = engine.observe(() => {});
  engine.observe(() => void others++);
  await engine.ask({ type: 'MinorCompact' });
  t.is(count, 1);
  t.true(others > 1);
  t.is(third, others - 1);
});

test('a hundred observers of a busy engine all see the same, and leave nothing behind', async (t) => {
  const engine = await openEngine(t, TINY);
  const seen = new Array<number>(100).fill(0);
  const releases = seen.map((_, i) => engine.observe(() => void seen[i]++));
  await load(engine, 1_000);
  await engine.ask({ type: 'MajorCompaction' });
  t.deepEqual([...new Set(seen)].length, 1);
  for (const release of releases) release();
  const [before] = seen;
  await quiet(engine);
  t.is(seen[0], before);
  t.is((await engine.kv.keys().all()).length, 1_000);
});

test('one that sends to the engine from inside an event is answered like everybody else', async (t) => {
  const engine = await openEngine(t);
  const asked: Promise<unknown>[] = [];
  let left = 3;
  const release = engine.observe(() => {
    // Counted before it is sent: sending is an event, too.
    if (left-- > 0) asked.push(engine.ask({ type: 'GarbageCollect' }));
  });
  await engine.ask({ type: 'MinorCompact' });
  release();
  t.is(asked.length, 3);
  await t.notThrowsAsync(Promise.all(asked));
});
