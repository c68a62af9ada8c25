import test from 'ava';
import { LithifyError, nodeRuntime } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { inspected, inspectedAs } from './support/inspected.ts';
import { largeStats } from './support/large-stats.ts';
import { Looker } from './support/looker.ts';
import { ask, dial, heard, posted } from './support/raw-http.ts';

test('when the engine closes, every page is told, and nobody listens any more', async (t) => {
  const { engine, url } = await inspected(t);
  const pages = await Promise.all([Looker.open(t, url), Looker.open(t, url)]);
  await Promise.all(pages.map((page) => page.frame()));
  const idle = await dial(url);
  const ended = Promise.all(pages.map((page) => page.rest()));
  await engine.close();
  for (const rest of await ended) t.deepEqual(rest.at(-1), { type: 'bye', reason: 'engine closed' });
  t.is(await heard(idle), '');
  const error = await t.throwsAsync<NodeJS.ErrnoException>(ask(url));
  t.is(error?.code, 'ECONNREFUSED');
});

test('a page may be closed without its engine, more than once', async (t) => {
  const { engine, inspector, url } = await inspected(t);
  const page = await Looker.open(t, url);
  const ended = page.rest();
  await Promise.all([inspector.close(), inspector.close()]);
  await inspector.close();
  t.deepEqual((await ended).at(-1), { type: 'bye', reason: 'inspector closed' });
  t.is((await t.throwsAsync<NodeJS.ErrnoException>(ask(url)))?.code, 'ECONNREFUSED');
  await engine.kv.put('a', 'b');
  const again = await engine.inspect();
  t.is((await ask(again.url)).status, 200);
  await engine.close();
  await again.close();
});

test('a page that asked for the Shutdown gets its reply, and then the end', async (t) => {
  const { engine, url } = await inspected(t);
  const page = await Looker.open(t, url);
  const ended = page.rest();
  t.like(JSON.parse((await ask(url, posted(url, { type: 'Shutdown' }))).body), { ok: true, report: { type: 'Shutdown' } });
  await engine.closed;
  t.is((await ended).at(-1)?.type, 'bye');
});

test('a page that takes nothing does not hold up the end', async (t) => {
  const engine = await openEngine(t);
  const inspector = await inspectedAs(t, engine, { stats: largeStats(engine) });
  const stuck = await Looker.open(t, inspector.url);
  const other = await Looker.open(t, inspector.url);
  // By then its connection is full.
  for (let i = 0; i < 100; i++) await other.frame();
  const rest = other.rest();
  await engine.close();
  await inspector.close();
  t.is((await rest).at(-1)?.type, 'bye');
  await t.throwsAsync(async () => {
    for (;;) await stuck.frame();
  });
});

test('a reply that does not come does not hold up the end', async (t) => {
  const engine = await openEngine(t);
  const begun = Promise.withResolvers<void>();
  const never: typeof engine.ask = () => {
    begun.resolve();
    return new Promise(() => {});
  };
  const inspector = await inspectedAs(t, engine, { ask: never });
  const answer = t.throwsAsync(ask(inspector.url, posted(inspector.url, { type: 'MajorCompaction' })));
  await begun.promise;
  await inspector.close();
  await answer;
});

test('an engine that closes, recovers or fails while somebody looks costs a page nothing but news', async (t) => {
  const engine = await openEngine(t);
  let isIll = false;
  const ill =
    <T>(well: () => T) =>
    () => {
      if (isIll) throw new LithifyError('LITHIFY_CLOSED', 'The store is not open.');
      return well();
    };
  const parts = { shape: ill(() => engine.shape()), topics: ill(() => engine.topics()), actors: ill(() => engine.actors()) };
  const { url } = await inspectedAs(t, engine, parts);
  const page = await Looker.open(t, url);
  await page.frame();
  isIll = true;
  for (let i = 0; i < 20; i++) t.is((await page.frame()).shape, undefined);
  isIll = false;
  await engine.kv.put('a', 'b');
  await engine.ask({ type: 'MajorCompaction' });
  t.not((await page.frame(({ shape }) => shape !== undefined)).shape, undefined);
});

test('no stats at all: no frame, and the next one comes when there are some again', async (t) => {
  const engine = await openEngine(t);
  let isIll = false;
  let asked = 0;
  const tried = Promise.withResolvers<void>();
  const stats: typeof engine.stats = () => {
    if (isIll && ++asked === 10) tried.resolve();
    if (isIll) throw new Error('none');
    return engine.stats();
  };
  const { url } = await inspectedAs(t, engine, { stats });
  const page = await Looker.open(t, url);
  await page.frame();
  isIll = true;
  await tried.promise;
  isIll = false;
  t.is((await page.frame()).stats.state, 'open');
});

test('the page of an engine whose storage fails goes on through its recovery', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, { ...TINY, workers: 1, runtime: nodeRuntime({ startThread: faults.start }) });
  const { url } = await inspectedAs(t, engine);
  const page = await Looker.open(t, url);
  await page.frame();
  const [failed, recovered] = [nextEvent(engine, 'storageFailed'), nextEvent(engine, 'storageRecovered')];
  faults.fail('flush', 'storage fails');
  await engine.kv.put('a', 'b');
  const flushed = engine.ask({ type: 'MinorCompact' });
  await failed;
  await recovered;
  await flushed.catch(() => undefined);
  await engine.ask({ type: 'MajorCompaction' });
  const { stats } = await page.frame(({ shape }) => (shape?.levels.flat().length ?? 0) > 0);
  t.is(stats.state, 'open');
});

test('an engine that is closed has no page', async (t) => {
  const engine = await openEngine(t);
  await engine.close();
  await t.throwsAsync(engine.inspect(), { code: 'LITHIFY_CLOSED' });
});
