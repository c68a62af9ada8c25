import { readFile } from 'node:fs/promises';
import test from 'ava';
import { inventedFrame } from '../support/invented-frames.ts';
import { closeBrowser, openPage } from './support/browser.ts';
import { FakeFeed } from './support/fake-feed.ts';
import { inspected } from './support/inspected.ts';

test.after.always(closeBrowser);

const HOSTILE = `<img src=x onerror="document.title='gotcha'">`;
const records = (count: number) => Array.from({ length: count }, (_, i) => ({ key: BigInt(i), value: 'v' }));

test('a topic grows on the page as it grows, and its group falls behind', async (t) => {
  const { page, engine } = await inspected(t);
  const topic = engine.topic('readings');
  await topic.produceMany(records(100));
  await topic.commit('display', 49);
  await page.getByRole('tab', { name: 'Topics' }).click();
  const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'readings' }) });
  await card.getByRole('img', { name: 'display is 50 records behind' }).waitFor();
  await topic.produceMany(records(1000));
  await card.getByRole('img', { name: 'display is 1050 records behind' }).waitFor();
  t.regex((await card.textContent()) ?? '', /Records\s*1,100/);
});

test('keys and topics that look like mark-up are text', async (t) => {
  const { page, engine } = await inspected(t);
  const odd = `\u202e"'&<b>${HOSTILE}`;
  await engine.topic(odd).produceMany(records(3));
  await engine.kv.put(HOSTILE, 'v');
  await engine.ask({ type: 'MajorCompaction' });
  await page.getByRole('tab', { name: 'Topics' }).click();
  await page.getByText('<b><img src=x').waitFor();
  await page.getByRole('tab', { name: 'Tables' }).click();
  await page
    .getByRole('button', { name: /^Table \d/ })
    .first()
    .click();
  await page.locator('.key-text').first().getByText(HOSTILE).waitFor();
  await page.getByRole('tab', { name: 'Messages' }).click();
  await page.locator('.log-rows tbody tr').first().waitFor();
  t.is(await page.locator('img, b img, main b').count(), 0);
  t.not(await page.title(), 'gotcha');
});

test('what waits is told in a sentence that opens to its reasons', async (t) => {
  const feed = await FakeFeed.serve(t);
  const { page } = await openPage(t, feed.url);
  const behind = { code: 'work-runs', sentence: 'Order 3 rewrites level 2', details: { order: 3 } } as const;
  const reason = {
    code: 'writers-slowed',
    sentence: 'Writers are slowed',
    details: { bytes: 2048 },
    because: [behind],
    remedy: 'Give it more memory.',
  } as const;
  await feed.listening();
  feed.send(
    inventedFrame(1, { waiting: { question: 'Who waits?', sentence: 'Writers are slowed, because order 3 runs.', reasons: [reason] } }),
  );
  await page.getByText('Writers are slowed, because order 3 runs.').click();
  await page.getByText('Order 3 rewrites level 2').waitFor();
  t.true(await page.getByText('Give it more memory.').isVisible());
});

test('an entry of the log opens to its details, its causes and its effects', async (t) => {
  const { page, engine } = await inspected(t);
  await page.getByRole('tab', { name: 'Messages' }).click();
  await engine.ask({ type: 'MinorCompact' });
  await page.getByLabel('Find').fill('MinorCompact');
  await page.getByLabel('Kind').selectOption('message');
  await page.locator('.log-rows tbody button').last().click();
  await page.getByRole('heading', { name: 'What it led to' }).waitFor();
  await page.locator('.entry .causes button').first().click();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('.entry').waitFor({ state: 'detached' });
  t.pass();
});

test('a log that stands still counts what came, and goes on', async (t) => {
  const { page, engine } = await inspected(t);
  await page.getByRole('tab', { name: 'Messages' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  const first = await page.locator('.log-rows tbody tr').first().textContent();
  await engine.ask({ type: 'MinorCompact' });
  await page.getByText(/standing still; [1-9]\d* came since/).waitFor();
  t.is(await page.locator('.log-rows tbody tr').first().textContent(), first);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('MinorCompact').first().waitFor();
});

test('the recorder can be kept as a file', async (t) => {
  const { page, engine } = await inspected(t);
  await engine.ask({ type: 'MinorCompact' });
  await page.getByRole('tab', { name: 'Messages' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the recorder' }).click()]);
  const dump = JSON.parse(await readFile(await download.path(), 'utf8'));
  t.is(dump.format, 'lithify-recorder');
  t.true(dump.entries.length > 0);
});
