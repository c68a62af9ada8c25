import test from 'ava';
import type { Page } from 'playwright-core';
import { inventedEntry, inventedFrame } from '../support/invented-frames.ts';
import { closeBrowser, openPage } from './support/browser.ts';
import { FakeFeed } from './support/fake-feed.ts';
import { inspected } from './support/inspected.ts';

test.after.always(closeBrowser);

/** A headless browser always shows its pages. */
async function setVisibility(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
    document.dispatchEvent(new Event('visibilitychange'))`);
}

test('a hidden page takes nothing from the engine, and goes on when it is seen again', async (t) => {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, feed.url);
  await feed.listening();
  await setVisibility(page, 'hidden');
  await feed.listening(0);
  await setVisibility(page, 'visible');
  await feed.listening();
  feed.send(inventedFrame(1));
  await page.locator('.trend').first().waitFor();
  t.is(feed.connected, 2);
});

test('when the engine closes the page says so, keeps its last picture, and does not come back', async (t) => {
  const { page, engine } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  await engine.close();
  await page.getByRole('status').getByText('The engine has closed').waitFor();
  t.true(await page.locator('.trend').first().isVisible());
  await setVisibility(page, 'hidden');
  await setVisibility(page, 'visible');
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  t.true(await page.getByRole('status').getByText('The engine has closed').isVisible());
});

test('when only the page’s server is closed, the page says that the engine may still run', async (t) => {
  const { page, inspector, engine } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  await inspector.close();
  await page.getByRole('status').getByText('may still run').waitFor();
  t.is(engine.stats().state, 'open');
});

test('a connection that breaks is tried again by itself', async (t) => {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, feed.url, { mayComplain: true });
  await feed.listening();
  feed.breakConnections();
  await feed.listening(0);
  await feed.listening();
  feed.send(inventedFrame(1));
  await page.locator('header .chip', { hasText: 'live' }).waitFor();
  t.is(feed.connected, 2);
});

test('a server that is gone is called gone', async (t) => {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, feed.url, { mayComplain: true });
  await feed.listening();
  await page.clock.install();
  feed.close();
  await page.getByText('The connection broke').waitFor();
  while (!(await page.getByText('The server does not answer').isVisible())) await page.clock.runFor(1000);
  t.pass();
});

test('frames and entries that were dropped are counted on the page, and shown where they are missing', async (t) => {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, `${feed.url}#log`);
  await feed.listening();
  feed.send(inventedFrame(1, { entries: [inventedEntry(1)] }));
  feed.send(inventedFrame(9, { entries: [inventedEntry(60)], droppedFrames: 7, droppedEntries: 58 }));
  await page.getByText('7 frames dropped').waitFor();
  await page.getByText('58 entries dropped', { exact: false }).first().waitFor();
  await page.locator('.gap', { hasText: '58 entries dropped here' }).waitFor();
  t.pass();
});
