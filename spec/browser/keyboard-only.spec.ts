import test from 'ava';
import type { Locator, Page } from 'playwright-core';
import { closeBrowser, hasFocus } from './support/browser.ts';
import { inspected, withTables } from './support/inspected.ts';

test.after.always(closeBrowser);

/** Presses the Tab key until this has the focus. */
async function tabTo(page: Page, wanted: Locator, most = 60): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    if (await hasFocus(wanted)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${wanted} cannot be reached with the Tab key`);
}

test('the first stop skips to the panel', async (t) => {
  const { page } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  await page.keyboard.press('Tab');
  t.true(await hasFocus(page.getByRole('link', { name: 'Skip to the panel' })));
  await page.keyboard.press('Enter');
  t.true(await hasFocus(page.getByRole('tabpanel')));
});

test('the tabs are one stop; arrows, Home and End move between them', async (t) => {
  const { page } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
  await page.keyboard.press('ArrowLeft');
  t.true(await hasFocus(page.getByRole('tab', { name: 'Messages' })));
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Actors', selected: true }).waitFor();
  await page.keyboard.press('Tab');
  t.true(await hasFocus(page.getByRole('button', { name: 'Minor compact…' })), 'the other tabs are no stops');
});

test('an actor is chosen in the tree with arrows and Enter', async (t) => {
  const { page } = await inspected(t);
  await page.goto(`${page.url()}#actors`);
  await page.getByRole('treeitem').first().waitFor();
  await tabTo(page, page.getByRole('treeitem', { selected: true }));
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  const second = page.getByRole('treeitem').nth(1);
  t.true(await hasFocus(second));
  await page.keyboard.press('Enter');
  await page.getByRole('treeitem', { selected: true }).and(second).waitFor();
  const name = await second.locator('.actor-name').textContent();
  await page.getByRole('heading', { name: new RegExp(`^${name}`) }).waitFor();
});

test('a table is chosen, and asked about, without a mouse', async (t) => {
  const seen = await inspected(t);
  const { page } = seen;
  await withTables(seen);
  seen.held.hold();
  await page.goto(`${page.url()}#tables`);
  // What the page was shown before the last job would go away under the keys.
  await page.reload();
  await page
    .getByRole('button', { name: /^Table \d/ })
    .first()
    .waitFor();
  await tabTo(page, page.locator('.table[tabindex="0"]'));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press(' ');
  await page.locator('.table.is-chosen').waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Why is it on disk?' }));
  await page.keyboard.press('Enter');
  await page.locator('.answer .sentence').waitFor();
  t.pass();
});

test('a message is sent, and a dialog keeps the focus until it is closed', async (t) => {
  const { page } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Major compaction…' }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  for (let presses = 0; presses < 8; presses++) {
    await page.keyboard.press('Tab');
    t.is(await page.locator('main :focus, nav :focus, header :focus').count(), 0);
  }
  await tabTo(page, page.getByRole('button', { name: 'Send MajorCompaction' }));
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText('done').waitFor();
  t.pass();
});

test('an entry of the log is found and opened', async (t) => {
  const { page, engine } = await inspected(t);
  await engine.ask({ type: 'MinorCompact' });
  await page.goto(`${page.url()}#log`);
  await tabTo(page, page.getByLabel('Find'));
  await page.keyboard.type('nothing has this');
  await page.getByText('Nothing fits the filter.').waitFor();
  await page.keyboard.press('ControlOrMeta+A');
  // At once: what fits only the beginning of a word would go away under the keys.
  await page.keyboard.insertText('MinorCompact');
  const entries = page.locator('.log-rows tbody button');
  await entries.first().waitFor();
  // Whichever it is: others may come above it meanwhile.
  await tabTo(page, entries);
  await page.keyboard.press('Enter');
  await page.locator('.entry').waitFor();
  t.pass();
});

test('whatever has the focus shows it', async (t) => {
  const { page } = await inspected(t);
  await page.locator('.trend').first().waitFor();
  const stops = ['link', 'tab', ...Array.from({ length: 5 }, () => 'button')];
  for (const stop of stops) {
    await page.keyboard.press('Tab');
    t.not(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle'), 'none', stop);
  }
});
