import test from 'ava';
import { closeBrowser, hasFocus } from './support/browser.ts';
import { inspected, withTables } from './support/inspected.ts';

test.after.always(closeBrowser);

test('a confirmed message is sent once, and its report is shown', async (t) => {
  const { page, held, engine } = await inspected(t);
  await held.fill(30);
  await page.getByRole('button', { name: 'Major compaction…' }).click();
  await page.getByRole('button', { name: 'Send MajorCompaction' }).click();
  const reply = page.getByRole('log').getByRole('listitem');
  await reply.filter({ hasText: 'done' }).waitFor();
  t.regex((await reply.textContent()) ?? '', /MajorCompaction.*became.*30 of 30 entries/s);
  t.is(held.events.filter(({ type }) => type === 'replied').length, 1);
  t.true(engine.shape().levels.flat().length > 0);
  await reply.getByText('Report').click();
  await reply.getByText('"entriesOut": 30').waitFor();
});

test('Cancel and Escape send nothing, and the focus goes back to the button', async (t) => {
  const { page, held } = await inspected(t);
  const opener = page.getByRole('button', { name: 'Collect garbage…' });
  for (const cancel of [() => page.getByRole('button', { name: 'Cancel' }).click(), () => page.keyboard.press('Escape')]) {
    await opener.click();
    await page.getByRole('dialog').waitFor();
    await cancel();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.true(await hasFocus(opener));
  }
  t.is(await page.getByRole('log').getByRole('listitem').count(), 0);
  t.deepEqual(
    held.events.filter(({ type }) => type === 'replied' || type === 'jobStarted'),
    [],
  );
});

test('a refusal is shown with its code', async (t) => {
  const seen = await inspected(t);
  const { page, engine } = seen;
  await withTables(seen);
  const [live] = engine.shape().levels.flat();
  await page.getByRole('button', { name: 'Delete a blob…' }).click();
  await page.getByLabel('Number of the blob').fill(String(live.id));
  await page.getByRole('button', { name: 'Send DeleteBlob' }).click();
  await page.getByRole('log').getByText('LITHIFY_BLOB_IN_USE').waitFor();
  t.is(engine.shape().levels.flat()[0].id, live.id);
});

test('what is no blob’s number is not sent, and the field says so', async (t) => {
  const { page } = await inspected(t);
  await page.getByRole('button', { name: 'Delete a blob…' }).click();
  await page.getByLabel('Number of the blob').fill('many');
  await page.getByRole('button', { name: 'Send DeleteBlob' }).click();
  await page.getByRole('alert').getByText('whole number').waitFor();
  t.true(await page.getByRole('dialog').isVisible());
  t.true(await hasFocus(page.getByLabel('Number of the blob')));
});

test('the engine is shut down only after the word, and then the page says that it has closed', async (t) => {
  const { page, engine } = await inspected(t);
  await page.getByRole('button', { name: 'Shut down…' }).click();
  await page.getByRole('button', { name: 'Send Shutdown' }).click();
  await page.getByRole('alert').getByText('Type').waitFor();
  t.is(engine.stats().state, 'open');
  await page.getByLabel(/to confirm/).fill('shut down');
  await page.getByRole('button', { name: 'Send Shutdown' }).click();
  await engine.closed;
  await page.getByRole('status').getByText('The engine has closed').waitFor();
  await page.getByRole('log').getByText('Closed: 0 requests refused').waitFor();
  t.true(await page.getByRole('button', { name: 'Minor compact…' }).isDisabled());
});
