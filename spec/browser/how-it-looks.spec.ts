import test from 'ava';
import type { Page } from 'playwright-core';
import { closeBrowser, openPage } from './support/browser.ts';
import { inspected, withTables } from './support/inspected.ts';

test.after.always(closeBrowser);

/** Every panel, and what is there once it is drawn and filled. */
const PANELS = { Overview: '.trend', Actors: 'svg.chart', Tables: '.level-row', Topics: '.topic-name', Messages: '.log-rows tbody tr' };

async function choose(page: Page, name: string, content: string): Promise<void> {
  await page.getByRole('tab', { name }).click();
  await page.locator(content).first().waitFor();
}

async function colours(page: Page): Promise<string[]> {
  const colourOf = (what: string, of: string) => page.evaluate<string>(`getComputedStyle(document.querySelector('${of}')).${what}`);
  return await Promise.all([colourOf('backgroundColor', 'html'), colourOf('color', 'html'), colourOf('backgroundColor', '.card')]);
}

/** From 0 to 765. */
function brightness(colour: string): number {
  return Array.from(colour.matchAll(/\d+/g), Number).reduce((sum, part) => sum + part, 0);
}

test('in dark mode everything is dark', async (t) => {
  const { page, inspector } = await inspected(t, { colorScheme: 'light' });
  const { page: dark } = await openPage(t, inspector.url, { colorScheme: 'dark' });
  await Promise.all([page, dark].map((one) => one.locator('.trend').first().waitFor()));
  const [light, night] = [await colours(page), await colours(dark)];
  for (const [at, colour] of light.entries()) t.not(night[at], colour);
  t.true(brightness(night[0]) < 150 && brightness(light[0]) > 600);
});

test('at 390 pixels nothing is wider than the screen, on any panel and in any dialog', async (t) => {
  const seen = await inspected(t, { width: 390, height: 844 });
  const { page, engine } = seen;
  const long = `a-name-without-any-place-to-break-it-${'x'.repeat(150)}`;
  await withTables(seen);
  await engine.kv.put(long, 'v');
  await engine.topic(long).produceMany([{ key: 1n, value: 'v' }]);
  await engine.topic(long).commit(long, 0);
  await engine.ask({ type: 'MajorCompaction' });
  const opened: Record<string, () => Promise<void>> = {
    Tables: async () => {
      await page
        .getByRole('button', { name: /^Table \d/ })
        .last()
        .click();
      await page.locator('.key-text').first().waitFor();
    },
    Messages: async () => {
      await page.locator('.log-rows tbody button').first().click();
      await page.locator('.entry').waitFor();
    },
  };
  for (const [name, content] of Object.entries(PANELS)) {
    await choose(page, name, content);
    await opened[name]?.();
    t.is(await page.evaluate<number>('document.documentElement.scrollWidth'), 390, name);
  }
  for (const name of ['Minor compact…', 'Major compaction…', 'Shut down…']) {
    await page.getByRole('button', { name }).click();
    await page.getByRole('dialog').waitFor();
    const box = await page.getByRole('dialog').boundingBox();
    t.true(box !== null && box.x >= 0 && box.x + box.width <= 390, name);
    await page.keyboard.press('Escape');
  }
});

test('every panel has headings in order, and every table its headers', async (t) => {
  const seen = await inspected(t);
  const { page, engine } = seen;
  await withTables(seen);
  await engine.topic('readings').produceMany([{ key: 1n, value: 'v' }]);
  for (const [name, content] of Object.entries(PANELS)) {
    await choose(page, name, content);
    const levels = await page.evaluate<number[]>("[...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]))");
    t.is(levels[0], 1, name);
    t.true(
      levels.every((level, at) => at === 0 || level <= levels[at - 1] + 1),
      `${name}: ${levels}`,
    );
    t.is(await page.locator('table:not(:has(th[scope="col"]))').count(), 0, name);
    t.is(await page.locator('svg:not([role="img"]):not([role="group"]):not([aria-hidden])').count(), 0, `${name}: drawings without words`);
    t.is(
      await page
        .locator('input:not([type=hidden])')
        .filter({ hasNot: page.locator('xpath=ancestor::label') })
        .and(page.locator(':not(label input)'))
        .count(),
      0,
      name,
    );
  }
});

test('numbers that tick are not said aloud', async (t) => {
  const { page } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  t.is(await page.locator('[aria-live] .trend, [role=status] .trend, [role=log] .trend').count(), 0);
  t.is(await page.locator(':is(main, .panel)[aria-live]').count(), 0);
});
