import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { Observable } from 'rxjs';
import { type Engine, type EngineEvent, open } from '../../index.ts';
import type { Frame } from '../../inspector/frames.ts';
import type { Inspected } from '../../inspector/inspected.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { inspectedAs, inspectedOften } from './support/inspected.ts';
import { largeStats } from './support/large-stats.ts';
import { Looker } from './support/looker.ts';

const SERVERS = 12;

/** How often the engine was asked for its numbers, and how many follow its events. */
function counted(engine: Engine): { looks: number; followers: number; instead: Partial<Inspected> } {
  const stats = () => {
    counts.looks++;
    return engine.stats();
  };
  const events$ = new Observable<EngineEvent>((follower) => {
    counts.followers++;
    return engine.events$.subscribe(follower).add(() => counts.followers--);
  });
  const counts = { looks: 0, followers: 0, instead: { stats, events$ } };
  return counts;
}

async function framesOf(page: Looker, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) frames.push(await page.frame());
  return frames;
}

/** As many turns of the loop as writing takes. */
async function workFor(engine: Engine, writes: number): Promise<void> {
  for (let at = 0; at < writes; at++) await engine.kv.put(`${at}`, 'x');
}

test('the pages of many servers are shown one look, and one follows its events', async (t) => {
  const engine = await openEngine(t);
  const counts = counted(engine);
  const inspectors = await inspectedOften(t, { engine, times: SERVERS, instead: counts.instead });
  t.deepEqual([counts.looks, counts.followers], [SERVERS, SERVERS], 'whether it is open, and when it closes');
  const pages = await Promise.all(inspectors.map(({ url }) => Looker.open(t, url)));
  const shown = await Promise.all(pages.map((page) => framesOf(page, 20)));
  t.is(counts.followers, SERVERS + 1, 'one for the stalls of writers');
  const last = Math.max(...shown.flat().map(({ n }) => n));
  t.true(counts.looks - SERVERS <= last + 20, `${counts.looks - SERVERS} looks for ${last} frames`);
  const moments = Map.groupBy(shown.flat(), ({ n }) => n);
  t.true([...moments.values()].some((frames) => frames.length === SERVERS));
  for (const frames of moments.values()) t.is(new Set(frames.map(({ atMs }) => atMs)).size, 1);
});

test('a server that ends leaves the others their frames, and the last page that goes ends the looking', async (t) => {
  const engine = await openEngine(t);
  const counts = counted(engine);
  const [one, two, idle] = await inspectedOften(t, { engine, times: 3, instead: counts.instead });
  const [first, second] = [await Looker.open(t, one.url), await Looker.open(t, two.url)];
  await Promise.all([first.frame(), second.frame()]);
  await one.close();
  t.is((await first.rest()).at(-1)?.type, 'bye');
  await framesOf(second, 5);
  await two.close();
  const before = counts.looks;
  await workFor(engine, 300);
  t.deepEqual([counts.looks, counts.followers], [before, 1], 'a server is there, but nobody looks');
  await t.notThrowsAsync(async () => (await Looker.open(t, idle.url)).frame());
});

test('what one page is too slow for is counted for that page alone', async (t) => {
  const engine = await openEngine(t);
  const [one, two] = await inspectedOften(t, { engine, times: 2, instead: { stats: largeStats(engine) } });
  const slow = await Looker.open(t, one.url);
  await slow.frame();
  const quick = await Looker.open(t, two.url);
  const first = await quick.frame();
  const [last] = (await framesOf(quick, 60)).slice(-1);
  t.is(last.n - first.n - 60, last.droppedFrames - first.droppedFrames);
  const { droppedFrames } = await slow.frame((frame) => frame.n > last.n);
  t.true(droppedFrames > last.droppedFrames, `${droppedFrames} and ${last.droppedFrames}`);
});

test('pages that come and go, at whatever server, make nobody look more often', async (t) => {
  const engine = await openEngine(t);
  const counts = counted(engine);
  const pace = { everyMs: 3_600_000, share: 1 };
  const [one, two] = await inspectedOften(t, { engine, times: 2, instead: counts.instead, pace });
  const page = await Looker.open(t, one.url);
  await page.frame();
  const before = counts.looks;
  page.leave();
  for (const { url } of [two, one, two, one]) {
    // Until the server has heard of the one before.
    await workFor(engine, 50);
    const next = await Looker.open(t, url);
    t.like(await next.next(), { type: 'hello', everyMs: pace.everyMs });
    await workFor(engine, 50);
    t.is(counts.looks, before);
    next.leave();
  }
});

test('engines have looks of their own', async (t) => {
  const [one, two] = [await openEngine(t), await openEngine(t)];
  const pages = [await inspectedAs(t, one), await inspectedAs(t, two)];
  const lookers = await Promise.all(pages.map(({ url }) => Looker.open(t, url)));
  await one.topic('only-here').make();
  await lookers[0].frame(({ topics }) => topics?.length === 1);
  for (const { topics = [] } of await framesOf(lookers[1], 20)) t.deepEqual(topics, []);
});

test('an engine that has closed does not stay in memory, though somebody keeps what its pages were', async (t) => {
  const directory = await tempDirectory(t);
  const { gone, inspectors } = await (async () => {
    const engine = await open(directory, TINY);
    const inspectors = await Promise.all([engine.inspect(), engine.inspect()]);
    const looker = await Looker.open(t, inspectors[0].url);
    await looker.frame();
    await engine.close();
    await looker.rest();
    return { gone: new WeakRef(engine), inspectors };
  })();
  for (let i = 0; i < 50 && gone.deref() !== undefined; i++) {
    await turn();
    collectGarbage();
  }
  t.is(gone.deref(), undefined);
  await Promise.all(inspectors.map((inspector) => inspector.close()));
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
