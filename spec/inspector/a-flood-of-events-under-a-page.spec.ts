import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import type { Engine } from '../../index.ts';
import type { Frame } from '../../inspector/frames.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { inspectedAs } from './support/inspected.ts';
import { Looker } from './support/looker.ts';

const MiB = 1024 ** 2;
const EVENTS = 150_000;
const LANES = 32;
const MOST_ENTRIES = 200;

/** Messages through all actors, until there were so many inspection events. */
async function flood(engine: Engine): Promise<number> {
  let events = 0;
  const release = engine.observe(() => events++);
  const lane = async () => {
    while (events < EVENTS) await engine.ask({ type: 'DeleteBlob', blobId: 1 });
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  release();
  return events;
}

test.serial('of a flood every entry is shown or counted, and no frame has more than its share', async (t) => {
  const engine = await openEngine(t, { ...TINY, recorder: { entries: 1000 } });
  const { url } = await inspectedAs(t, engine);
  const page = await Looker.open(t, url);
  const first = await page.frame();
  const start = first.entries.at(-1)?.n ?? 0;
  const seen: Frame[] = [];
  let last = Number.POSITIVE_INFINITY;
  const reading = (async () => {
    for (;;) {
      const frame = await page.frame();
      seen.push(frame);
      if (frame.entries.some(({ n }) => n > last)) return frame;
    }
  })();
  t.true((await flood(engine)) >= EVENTS);
  last = engine.recorder.since(0, 1).last;
  await engine.ask({ type: 'GarbageCollect' });
  const { droppedEntries, droppedFrames, entries } = await reading;
  const shown = seen.flatMap((frame) => frame.entries.map(({ n }) => n));
  t.is(shown.length + droppedEntries, (entries.at(-1)?.n ?? 0) - start);
  t.true(droppedEntries > 0);
  t.deepEqual(
    shown,
    [...new Set(shown)].sort((a, b) => a - b),
    'each once, in order',
  );
  t.true(seen.every((frame) => frame.entries.length <= MOST_ENTRIES));
  t.is(droppedFrames + seen.length, (seen.at(-1)?.n ?? 0) - first.n);
});

test.serial('a flood leaves nothing in memory, whether the page reads or not', async (t) => {
  const engine = await openEngine(t, { ...TINY, recorder: { entries: 1000 } });
  const { url } = await inspectedAs(t, engine);
  const page = await Looker.open(t, url);
  const stuck = await Looker.open(t, url);
  await Promise.all([page.frame(), stuck.frame()]);
  let isOver = false;
  const reading = (async () => {
    while (!isOver) await page.frame();
  })();
  await flood(engine);
  const before = usedHeap();
  await flood(engine);
  await flood(engine);
  const grown = usedHeap() - before;
  isOver = true;
  await reading;
  t.log(`heap grew by ${Math.round(grown / 1024)} KiB`);
  t.true(grown < 8 * MiB);
});

/** Of this thread, without what nobody holds. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return getHeapStatistics().used_heap_size;
}
