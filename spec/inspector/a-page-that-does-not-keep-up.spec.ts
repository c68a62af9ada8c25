import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import test from 'ava';
import type { Engine } from '../../index.ts';
import { Client } from '../../inspector/feed/client.ts';
import { openEngine } from '../support/engines.ts';
import { inspectedAs } from './support/inspected.ts';
import { largeStats } from './support/large-stats.ts';
import { Looker } from './support/looker.ts';
import { behind, dial } from './support/raw-http.ts';

const FRAMES = 150;

test('a page that takes nothing gets nothing more, while others are shown what they take', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine, { stats: largeStats(engine) });
  const slow = await Looker.open(t, url);
  const first = await slow.frame();
  const quick = await Looker.open(t, url);
  let last = await quick.frame();
  for (let i = 0; i < FRAMES; i++) {
    const next = await quick.frame();
    // On a busy machine it may miss one now and then; that is counted, and nothing else.
    t.is(next.n - last.n - 1, next.droppedFrames - last.droppedFrames);
    last = next;
  }
  // What it finds is what the kernel and one frame held; then comes the present, and what was missed is said.
  const seen = [first];
  while (seen.at(-1)?.droppedFrames === 0) seen.push(await slow.frame());
  t.true(seen.length < FRAMES / 2, `${seen.length} frames were kept for it`);
  const [before, after] = seen.slice(-2);
  t.is(after.n - before.n - 1, after.droppedFrames);
});

test('a page that catches up is not behind: one frame has everything that changed meanwhile', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine, { stats: largeStats(engine) });
  const slow = await Looker.open(t, url);
  await slow.frame();
  const quick = await Looker.open(t, url);
  for (let i = 0; i < FRAMES; i++) await quick.frame();
  await engine.topic('while-it-slept').make();
  await quick.frame(({ topics }) => topics?.length === 1);
  const { droppedFrames } = await slow.frame(({ topics }) => topics?.length === 1);
  t.true(droppedFrames > 0);
});

test('while nobody takes anything, nobody looks', async (t) => {
  const engine = await openEngine(t);
  let looks = 0;
  const large = largeStats(engine);
  const stats: Engine['stats'] = () => {
    looks++;
    return large();
  };
  const { url } = await inspectedAs(t, engine, { stats });
  const slow = await Looker.open(t, url);
  await slow.frame();
  const quick = await Looker.open(t, url);
  for (let i = 0; i < FRAMES; i++) await quick.frame();
  quick.leave();
  // A last look may be under way; then it is quiet, for as long as this takes.
  for (let at = 0; at < 20; at++) await engine.kv.put(`${at}`, 'x');
  const before = looks;
  for (let at = 0; at < 500; at++) await engine.kv.put(`${at}`, 'x');
  t.is(looks, before);
  await slow.frame(({ droppedFrames }) => droppedFrames > 0);
  t.true(looks > before);
});

test('who takes nothing for a minute loses its place', (t) => {
  let isGone = false;
  const response = { writableNeedDrain: true, destroy: () => (isGone = true) };
  const client = new Client(response as unknown as ServerResponse); // as much of one as is used here
  t.deepEqual([client.isReady(0), isGone], [false, false]);
  t.deepEqual([client.isReady(60_000), isGone], [false, false]);
  response.writableNeedDrain = false;
  t.true(client.isReady(60_001));
  response.writableNeedDrain = true;
  t.deepEqual([client.isReady(60_002), isGone], [false, false], 'it has taken something');
  t.deepEqual([client.isReady(120_003), isGone], [false, true]);
});

test('beyond eight pages a further one is refused, until one goes', async (t) => {
  const engine = await openEngine(t);
  const { url } = await inspectedAs(t, engine);
  const pages = await Promise.all(Array.from({ length: 8 }, () => Looker.open(t, url)));
  const ninth = await dial(url);
  ninth.write(`GET ${behind(url, 'events')} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`);
  const [answer] = await once(ninth, 'data');
  t.regex(String(answer), /^HTTP\/1\.1 503 /);
  ninth.destroy();
  for (const page of pages) await page.frame();
  pages[3].leave();
  await pages[0].frame();
  await t.notThrowsAsync(async () => (await Looker.open(t, url)).frame());
});
