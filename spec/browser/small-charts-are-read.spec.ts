import test, { type ExecutionContext } from 'ava';
import type { Locator, Page } from 'playwright-core';
import { inventedFrame, inventedHealth } from '../support/invented-frames.ts';
import { browser, closeBrowser, hasFocus, openPage } from './support/browser.ts';
import { FakeFeed } from './support/fake-feed.ts';

test.after.always(closeBrowser);

/** A minute in which the event loop was held for as many milliseconds as there were seconds. */
async function minute(t: ExecutionContext): Promise<{ feed: FakeFeed; page: Page; loop: Locator; card: Locator }> {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, feed.url);
  await feed.listening();
  for (let n = 1; n <= 60; n++) feed.send(inventedFrame(n, { health: inventedHealth({ loopHeldMs: n }) }));
  await page.locator('[title="Frame 60"]').waitFor();
  const loop = page.getByRole('slider', { name: 'Event loop held over time' });
  return { feed, page, loop, card: page.locator('.trend').filter({ has: loop }) };
}

test('a chart is read where the mouse is, and says nothing when it has gone', async (t) => {
  const { page, loop, card } = await minute(t);
  const { x, y, width, height } = (await loop.boundingBox()) ?? t.fail();
  await page.mouse.move(x + width - 1, y + height / 2);
  await card.getByText('60 ms, now').waitFor();
  await page.mouse.move(x + 1, y + height / 2);
  await card.getByText('1 ms, 59 s ago').waitFor();
  t.is(await page.locator('.spark-mark').count(), 1);
  await page.mouse.move(x, y + 4 * height);
  await card.getByText('peak 60 ms').waitFor();
  t.is(await page.locator('.spark-mark').count(), 0);
});

test('with the keyboard it is read point by point, and while time goes on the point stays, and is not said again', async (t) => {
  const { page, loop, card, feed } = await minute(t);
  await loop.focus();
  await card.getByText('60 ms, now').waitFor();
  for (const key of ['ArrowLeft', 'ArrowLeft', 'PageDown', 'ArrowRight']) await page.keyboard.press(key);
  await card.getByText('49 ms, 11 s ago').waitFor();
  t.is(await loop.getAttribute('aria-valuetext'), '49 ms, 11 s ago');
  feed.send(inventedFrame(65, { health: inventedHealth({ loopHeldMs: 3 }) }));
  await card.getByText('49 ms, 16 s ago').waitFor();
  t.deepEqual([await loop.getAttribute('aria-valuetext'), await loop.getAttribute('aria-valuenow')], ['49 ms, 11 s ago', '-11']);
  await page.keyboard.press('Tab');
  await card.getByText('peak 60 ms').waitFor();
  await page.getByRole('slider', { name: 'Writers held back over time' }).and(page.locator(':focus')).waitFor();
});

test('the lowest, the highest and the last are there as text', async (t) => {
  const { page, loop } = await minute(t);
  const described = (await loop.getAttribute('aria-describedby')) ?? '';
  t.is(
    await page.locator(`#${described}`).textContent(),
    'Longest time since the last frame. In the last 60 seconds: lowest 1 ms, highest 60 ms, last 60 ms.',
  );
  t.is(await page.locator('.trend').count(), await page.locator('.trend [role=slider][aria-valuetext][aria-describedby]').count());
});

test('what a finger has touched stays readable when it has gone, until something else is touched', async (t) => {
  const feed = await FakeFeed.serve(t);
  const context = await (await browser()).newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  t.teardown(() => context.close());
  const page = await context.newPage();
  await page.goto(feed.url);
  await feed.listening();
  for (let n = 1; n <= 60; n++) feed.send(inventedFrame(n, { health: inventedHealth({ loopHeldMs: n }) }));
  const loop = page.getByRole('slider', { name: 'Event loop held over time' });
  await page.locator('[title="Frame 60"]').waitFor();
  await loop.tap({ position: { x: 1, y: 10 } });
  await page.getByText('1 ms, 59 s ago').waitFor();
  t.true(await hasFocus(loop));
  t.is(await page.evaluate("getComputedStyle(document.querySelector('.spark')).touchAction"), 'pan-y');
  await page.locator('#now-title').tap();
  await page.locator('.spark-mark').waitFor({ state: 'detached' });
});

test('who goes to another panel and comes back points at nothing', async (t) => {
  const { page, loop } = await minute(t);
  await loop.hover();
  await page.locator('.spark-mark').waitFor({ state: 'attached' });
  await page.evaluate("location.replace('#log')");
  await page.locator('.log-rows').waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate("location.replace('#overview')");
  await loop.waitFor();
  t.is(await page.locator('.spark-mark').count(), 0);
});
