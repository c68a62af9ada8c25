import test from 'ava';
import type { CDPSession, Page } from 'playwright-core';
import type { Frame } from '../../inspector/frames.ts';
import {
  inventedActor,
  inventedEntry,
  inventedFrame,
  inventedShape,
  inventedTable,
  inventedTransition,
} from '../support/invented-frames.ts';
import { closeBrowser, openPage } from './support/browser.ts';
import { FakeFeed } from './support/fake-feed.ts';

test.after.always(closeBrowser);

const ENTRIES = 10;
const MiB = 1024 ** 2;

/** Something of everything, and everything different each time. */
function busyFrame(n: number): Frame {
  const first = n * ENTRIES;
  const entries = Array.from({ length: ENTRIES }, (_, i) =>
    i % 2 === 0
      ? inventedTransition(first + i)
      : inventedEntry(first + i, { actor: `compactor-${n % 7}`, details: { text: `${n} `.repeat(20) } }),
  );
  const level = Array.from({ length: 40 }, (_, i) =>
    inventedTable(n * 40 + i, `${String(i).padStart(3, '0')}-${n}`, `${String(i).padStart(3, '0')}-${n}z`),
  );
  const actors = [
    inventedActor('engine'),
    inventedActor('compactor-0', { parent: 'engine', machine: 'compactor', states: ['working.running'] }),
    inventedActor(`run-${n}`),
  ];
  return inventedFrame(n, { entries, actors, shape: inventedShape({ version: n, levels: [level] }) });
}

async function heapAfter(feed: FakeFeed, page: Page, devtools: CDPSession, from: number, to: number): Promise<number> {
  for (let n = from; n < to; n += 50) {
    for (let i = n; i < n + 50; i++) feed.send(busyFrame(i));
    await page.locator(`[title="Frame ${n + 49}"]`).waitFor();
  }
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}

for (const panel of ['tables', 'log']) {
  test.serial(`over thousands of frames the page’s memory stays as it is, with ${panel} shown`, async (t) => {
    t.timeout(110_000);
    const feed = await FakeFeed.serve(t);
    const { page } = await openPage(t, `${feed.url}#${panel}`);
    await feed.listening();
    const devtools = await page.context().newCDPSession(page);
    const before = await heapAfter(feed, page, devtools, 1, 501);
    const after = await heapAfter(feed, page, devtools, 501, 3001);
    const nodes = await page.evaluate<number>("document.querySelectorAll('*').length");
    t.log(`${(before / MiB).toFixed(1)} MiB after 500 frames, ${(after / MiB).toFixed(1)} MiB after 3,000; ${nodes} elements`);
    t.true(after - before < 3 * MiB);
    t.true(nodes < 5000);
  });
}
