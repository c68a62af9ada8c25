import test, { type ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import type { ActorInfo } from '../../protocol/inspection.ts';
import { inventedActor, inventedFrame } from '../support/invented-frames.ts';
import { closeBrowser, hasFocus, openPage } from './support/browser.ts';
import { FakeFeed } from './support/fake-feed.ts';

test.after.always(closeBrowser);

function actors(state = 'idle'): ActorInfo[] {
  return [
    inventedActor('engine', { states: ['open'] }),
    inventedActor('tablet', { parent: 'engine', states: ['settled'] }),
    inventedActor('tablet/write', { parent: 'tablet', states: [state] }),
    inventedActor('tablet/read', { parent: 'tablet', states: ['idle'] }),
    inventedActor('mailbox', { parent: 'engine', states: ['idle'] }),
  ];
}

async function treePage(t: ExecutionContext): Promise<{ feed: FakeFeed; page: Page }> {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, `${feed.url}#actors`);
  await feed.listening();
  feed.send(inventedFrame(1, { actors: actors() }));
  await item(page, 'write').waitFor();
  return { feed, page };
}

/** Of the actors that run; below them stand charts that none runs. */
function item(page: Page, name: string) {
  return page.locator('.tree li:not(.is-resting)').and(page.getByRole('treeitem', { name: new RegExp(`^${name} `) }));
}

test('with the mouse a branch is collapsed and opened, and nothing is chosen by that', async (t) => {
  const { page } = await treePage(t);
  const chosen = await page.getByRole('treeitem', { selected: true }).locator('.actor-name').textContent();
  await item(page, 'tablet').locator('.disclosure').click();
  await page.getByRole('treeitem', { name: /^tablet.*2 actors hidden/, expanded: false }).waitFor();
  t.is(await item(page, 'write').count(), 0);
  t.is(await page.getByRole('treeitem', { selected: true }).locator('.actor-name').textContent(), chosen);
  await item(page, 'tablet').locator('.disclosure').click();
  await item(page, 'write').waitFor();
  t.is(await page.getByText('hidden').count(), 0);
});

test('Right opens and goes in, Left closes and goes out', async (t) => {
  const { page } = await treePage(t);
  await page.getByRole('treeitem', { selected: true }).focus();
  await page.keyboard.press('Home');
  const step = async (key: string, name: string, expanded?: boolean) => {
    await page.keyboard.press(key);
    if (expanded !== undefined) await item(page, name).and(page.getByRole('treeitem', { expanded })).waitFor();
    t.true(await hasFocus(item(page, name)), `${key} to ${name}`);
  };
  await step('ArrowRight', 'tablet', true);
  await step('ArrowRight', 'write');
  await step('ArrowRight', 'write');
  await step('ArrowDown', 'read');
  await step('ArrowLeft', 'tablet', true);
  await step('ArrowLeft', 'tablet', false);
  await step('ArrowDown', 'mailbox');
  await step('ArrowUp', 'tablet', false);
  await step('ArrowRight', 'tablet', true);
  await step('ArrowLeft', 'tablet', false);
  await step('ArrowLeft', 'engine', true);
  await step('ArrowLeft', 'engine', false);
  t.is(await item(page, '(tablet|mailbox)').count(), 0);
});

test('what is collapsed stays so, and the Tab key comes to the branch that hides who is chosen', async (t) => {
  const { page, feed } = await treePage(t);
  await item(page, 'write').click();
  await item(page, 'tablet').locator('.disclosure').click();
  await page.getByText('2 actors hidden').waitFor();
  t.is(await item(page, 'tablet').getAttribute('tabindex'), '0');
  t.is(await page.locator('[role=treeitem][tabindex="0"]').count(), 1);
  await page.getByRole('heading', { name: 'tablet/write' }).waitFor();
  await page.getByRole('tab', { name: 'Tables' }).click();
  feed.send(inventedFrame(2, { actors: [inventedActor('engine')] }));
  feed.send(inventedFrame(3, { actors: [...actors(), inventedActor('tablet/third', { parent: 'tablet' })] }));
  await page.locator('[title="Frame 3"]').waitFor();
  await page.getByRole('tab', { name: 'Actors' }).click();
  await page.getByText('3 actors hidden').waitFor();
});

test('a collapsed branch is lit when something in it has changed, and goes out again', async (t) => {
  const { page, feed } = await treePage(t);
  await item(page, 'tablet').locator('.disclosure').click();
  await item(page, 'tablet').locator('.hides:not(.is-lit)').waitFor();
  feed.send(inventedFrame(2, { actors: actors('busy') }));
  await item(page, 'tablet').locator('.hides.is-lit').waitFor();
  feed.send(inventedFrame(3));
  await item(page, 'tablet').locator('.hides:not(.is-lit)').waitFor();
  t.pass();
});
