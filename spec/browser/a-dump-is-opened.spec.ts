import { open as openFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import type { RecorderDump } from '../../protocol/recorder.ts';
import { tempDirectory } from '../support/engines.ts';
import { inventedChain, inventedDump } from '../support/invented-dumps.ts';
import { inventedEntry, inventedFrame } from '../support/invented-frames.ts';
import { closeBrowser, hasFocus, openPage, type PageOptions, type Watched } from './support/browser.ts';
import { FakeFeed } from './support/fake-feed.ts';
import { inspected } from './support/inspected.ts';

test.after.always(closeBrowser);

/** The log of an engine that there is not, with one entry. */
async function logPage(t: ExecutionContext, options: PageOptions = {}): Promise<Watched & { feed: FakeFeed }> {
  const feed = await FakeFeed.serve(t);
  const watched = await openPage(t, `${feed.url}#log`, options);
  await feed.listening();
  feed.send(inventedFrame(1, { entries: [inventedEntry(1, { type: 'liveOne' })] }));
  await watched.page.getByRole('button', { name: 'liveOne' }).waitFor();
  return { feed, ...watched };
}

async function fileOf(t: ExecutionContext, dump: RecorderDump): Promise<string> {
  const path = join(await tempDirectory(t), 'recorder-other.json');
  await writeFile(path, JSON.stringify(dump));
  return path;
}

/** Resolves with whether the browser is kept from opening the files by itself. */
function drop(page: Page, files: Readonly<Record<string, string>>, place = '.log-rows'): Promise<boolean> {
  return page.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    for (const [name, text] of Object.entries(${JSON.stringify(files)})) dataTransfer.items.add(new File([text], name));
    const target = document.querySelector('${place}');
    return ['dragover', 'drop'].every((type) => !target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })));
  })()`);
}

test('what an engine saved is opened with the keyboard, is read like the log, and is left for the engine’s own again', async (t) => {
  const { page, engine, inspector, requests } = await inspected(t);
  await engine.ask({ type: 'MinorCompact' });
  const path = await engine.recorder.save(await tempDirectory(t));
  // Before steps that the page answers: that it shall not show a dialog of its own could come to it later than a key that is pressed at once.
  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('tab', { name: 'Messages' }).click();
  const chooser = page.getByLabel('Open a dump…');
  await chooser.focus();
  await page.keyboard.press('Enter');
  const before = requests.length;
  await (await chosen).setFiles(path);
  const head = page.getByRole('status').filter({ hasText: 'A dump, not the engine' });
  await head.getByText(': asked for').waitFor();
  t.true((await head.textContent())?.includes(engine.recorder.dump().location));
  await engine.ask({ type: 'GarbageCollect' });
  await page.getByLabel('Find').fill('GarbageCollect');
  await page.getByText('Nothing fits the filter.').waitFor();
  await page.getByLabel('Find').fill('MinorCompact');
  await page.getByLabel('Kind').selectOption('message');
  await page.locator('.log-rows tbody button').last().click();
  await page.getByRole('heading', { name: 'What it led to' }).waitFor();
  await page.locator('.entry .causes button').first().click();
  await page.getByRole('button', { name: 'Back to live' }).click();
  t.true(await hasFocus(chooser));
  await page.getByRole('button', { name: 'GarbageCollect', exact: true }).first().waitFor();
  t.is(await page.locator('.entry').count(), 0);
  t.deepEqual(
    requests.slice(before).filter((url) => !url.startsWith(inspector.url) || !url.endsWith('/events')),
    [],
    'nothing was sent',
  );
});

test('a dump that is dropped on the log opens, and the engine’s log goes on meanwhile', async (t) => {
  const { page, feed } = await logPage(t);
  const error = { code: 'LITHIFY_WORKER_DIED', message: 'thread 2 is gone' };
  await drop(page, { 'one.json': JSON.stringify(inventedDump({ error, dropped: 12, reason: 'a thread died' })) });
  const head = page.getByRole('status').filter({ hasText: 'one.json' });
  await head.getByText('LITHIFY_WORKER_DIED: thread 2 is gone').waitFor();
  t.regex((await head.textContent()) ?? '', /\/srv\/other-db.*2026-11-21 22:39:24\.359 UTC: a thread died.*before them\s*12/s);
  feed.send(inventedFrame(2, { entries: [inventedEntry(2, { type: 'cameMeanwhile' })] }));
  await page.locator('[title="Frame 2"]').waitFor();
  t.is(await page.getByText('cameMeanwhile').count(), 0);
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.getByRole('button', { name: 'cameMeanwhile' }).waitFor();
  t.is(await page.getByText('one.json').count(), 0);
});

test('a file that is dropped beside the log is not opened, neither by the page nor by the browser', async (t) => {
  const { page } = await logPage(t);
  const files = { 'one.json': JSON.stringify(inventedDump()) };
  for (const place of ['header', '.tabs', 'body']) t.true(await drop(page, files, place), place);
  await page.getByRole('tab', { name: 'Topics' }).click();
  await page.getByRole('tab', { name: 'Topics', selected: true }).waitFor();
  t.true(await drop(page, files, '#panel'));
  await page.getByRole('tab', { name: 'Messages' }).click();
  await page.getByRole('button', { name: 'liveOne' }).waitFor();
  t.is(await page.getByText('one.json').count(), 0);
  t.true(await drop(page, files));
  await page.getByText('one.json').waitFor();
});

test('each log is read from its top', async (t) => {
  const { page, feed } = await logPage(t);
  const dump = { 'one.json': JSON.stringify(inventedDump({ entries: inventedChain(200) })) };
  feed.send(inventedFrame(2, { entries: inventedChain(200) }));
  await page.getByRole('button', { name: 'step 200', exact: true }).waitFor();
  await page.evaluate("document.querySelector('.log-rows').scrollTo(0, 2000)");
  await drop(page, dump);
  await page.getByText('one.json').waitFor();
  t.is(await page.evaluate<number>("document.querySelector('.log-rows').scrollTop"), 0);
});

test('where a button goes away with what it closes, the focus stays beside it', async (t) => {
  const { page } = await logPage(t);
  await drop(page, { 'notes.txt': 'dear diary' });
  await page.getByRole('button', { name: 'Dismiss' }).press('Enter');
  await page.getByRole('alert').waitFor({ state: 'detached' });
  t.true(await hasFocus(page.getByLabel('Open a dump…')));
  const row = page.getByRole('button', { name: 'liveOne' });
  await row.press('Enter');
  await page.getByRole('button', { name: 'Close' }).press('Enter');
  await page.locator('.entry').waitFor({ state: 'detached' });
  t.true(await hasFocus(row));
});

test('each log has a filter of its own, and the fields say which', async (t) => {
  const { page } = await logPage(t);
  const [find, kind, actor] = [page.getByLabel('Find'), page.getByLabel('Kind'), page.getByLabel('Actor')];
  const given = () => Promise.all([find, kind, actor].map((field) => field.inputValue()));
  await find.fill('live');
  await kind.selectOption('message');
  await drop(page, { 'one.json': JSON.stringify(inventedDump()) });
  await page.getByText('one.json').waitFor();
  t.deepEqual(await given(), ['', '', '']);
  await kind.selectOption('event');
  await actor.selectOption('compactor-0');
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.getByRole('button', { name: 'liveOne' }).waitFor();
  t.deepEqual(await given(), ['live', 'message', '']);
});

test('what the page itself gives to keep can be opened on it', async (t) => {
  const { page, engine } = await inspected(t);
  await engine.ask({ type: 'MinorCompact' });
  await page.getByRole('tab', { name: 'Messages' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the recorder' }).click()]);
  await page.getByLabel('Open a dump…').setInputFiles(await download.path());
  await page.getByRole('status').getByText('A dump, not the engine').waitFor();
  await page.getByRole('button', { name: 'MinorCompact', exact: true }).first().waitFor();
  t.is(await page.getByRole('alert').count(), 0);
});

test('files that are no dumps are refused in words, and what was shown stays', async (t) => {
  const { page } = await logPage(t);
  const alert = page.getByRole('alert');
  const bad: readonly (readonly [files: Readonly<Record<string, string>>, words: string])[] = [
    [{ 'notes.txt': 'dear diary' }, 'notes.txt was not opened. This dump of the flight recorder is damaged'],
    [{ 'package.json': '{"name":"x"}' }, 'This is no dump of the flight recorder'],
    [{ 'cut.json': JSON.stringify(inventedDump()).slice(0, 90) }, 'cut.json was not opened'],
    [{ a: '{}', b: '{}' }, 'one dump is read at a time'],
  ];
  for (const [files, words] of bad) {
    await drop(page, files);
    await alert.getByText(words).waitFor();
    t.true(await page.getByRole('button', { name: 'liveOne' }).isVisible());
  }
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await alert.waitFor({ state: 'detached' });
  t.is(await page.getByRole('button', { name: 'Back to live' }).count(), 0);
});

test('of a file of 200 MB nothing is read', async (t) => {
  const { page } = await logPage(t);
  const path = join(await tempDirectory(t), 'huge.json');
  const file = await openFile(path, 'w');
  await file.truncate(200_000_000);
  await file.close();
  await page.evaluate("Blob.prototype.text = () => { document.title = 'it was read'; return Promise.resolve('') }");
  await page.getByLabel('Open a dump…').setInputFiles(path);
  await page.getByRole('alert').getByText('huge.json was not opened. It has 200.0 MB').waitFor();
  t.not(await page.title(), 'it was read');
});

test('a dump of 57,000 entries is read to its first one, with few elements on the page', async (t) => {
  t.timeout(110_000);
  const { page } = await logPage(t);
  const path = await fileOf(t, inventedDump({ entries: inventedChain(57_000) }));
  const start = performance.now();
  await page.getByLabel('Open a dump…').setInputFiles(path);
  await page.getByRole('button', { name: 'step 57000', exact: true }).waitFor();
  const opened = performance.now();
  await page.getByLabel('Find').fill('"ticket":0}');
  await page.getByRole('button', { name: 'step 1', exact: true }).waitFor();
  t.log(`opened after ${Math.round(opened - start)} ms, its first entry found after ${Math.round(performance.now() - opened)} ms`);
  await page.getByLabel('Find').fill('');
  await page.getByRole('button', { name: 'Older entries' }).click();
  await page.getByRole('button', { name: 'step 56700', exact: true }).click();
  await page.getByText('It goes on: open the last one.').waitFor();
  t.true((await page.evaluate<number>("document.querySelectorAll('*').length")) < 5000);
  await page.getByRole('button', { name: 'Newest entries' }).click();
  await page.getByRole('button', { name: 'step 57000', exact: true }).waitFor();
});

test('whatever a dump says is text', async (t) => {
  const hostile = `\u202e<img src=x onerror="document.title='gotcha'"><b>`;
  const { page } = await logPage(t);
  const entry = {
    type: hostile,
    actor: hostile,
    from: hostile,
    envelope: hostile,
    details: { [hostile]: `${hostile}${'long '.repeat(1e5)}` },
  };
  const path = await fileOf(
    t,
    inventedDump({ reason: hostile, location: hostile, error: { code: hostile, message: hostile }, entries: [inventedEntry(1, entry)] }),
  );
  await page.getByLabel('Open a dump…').setInputFiles(path);
  await page.locator('.log-rows tbody button').click();
  await page.getByText('more characters)').waitFor();
  t.is(await page.locator('main :is(img, b)').count(), 0);
  t.notRegex((await page.locator('main').textContent()) ?? '', /\u202e/);
  t.not(await page.title(), 'gotcha');
});

test('at 390 pixels neither a dump nor a refusal is wider than the screen', async (t) => {
  const { page } = await logPage(t, { width: 390, height: 844 });
  const long = 'a-name-without-any-place-to-break-it-'.repeat(10);
  await drop(page, { [`${long}.txt`]: 'no dump' });
  await page.getByRole('alert').waitFor();
  t.is(await page.evaluate<number>('document.documentElement.scrollWidth'), 390, 'a refusal');
  const entry = inventedEntry(7, { type: long, actor: long, from: long, details: { long } });
  await drop(page, { [`${long}.json`]: JSON.stringify(inventedDump({ location: long, reason: long, entries: [entry] })) });
  await page.locator('.log-rows tbody button').click();
  await page.locator('.entry').waitFor();
  t.is(await page.evaluate<number>('document.documentElement.scrollWidth'), 390, 'a dump');
});
