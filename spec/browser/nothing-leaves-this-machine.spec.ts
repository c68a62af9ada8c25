import { request } from 'node:http';
import test from 'ava';
import { tempDirectory } from '../support/engines.ts';
import { closeBrowser, openPage } from './support/browser.ts';
import { inspected, withTables } from './support/inspected.ts';

test.after.always(closeBrowser);

test('no request goes anywhere but to the page’s own server, and nothing is refused by its policy', async (t) => {
  const seen = await inspected(t);
  const { page, inspector, requests } = seen;
  await withTables(seen);
  for (const name of ['Actors', 'Tables', 'Topics', 'Messages', 'Overview']) await page.getByRole('tab', { name }).click();
  await page.locator('.trend').first().waitFor();
  t.true(requests.length > 10);
  t.deepEqual(
    requests.filter((address) => !address.startsWith(inspector.url)),
    [],
  );
});

test('what would be loaded from elsewhere, or stand in the page as a script or style, is refused by the browser', async (t) => {
  const { page, requests } = await inspected(t, { mayComplain: true });
  await page.locator('.trend').first().waitFor();
  for (const [tag, set] of [
    ['img', "{ src: 'http://127.0.0.2:1/x.png' }"],
    ['script', "{ src: 'http://127.0.0.2:1/x.js' }"],
    ['script', "{ textContent: 'globalThis.ran = 1' }"],
  ]) {
    // A script may be refused already when it is filled in.
    await page.evaluate(`document.body.append(Object.assign(document.createElement('${tag}'), ${set}))`).catch(() => undefined);
  }
  t.regex(await page.evaluate<string>("import('http://127.0.0.2:1/x.js').then(() => 'loaded', String)"), /TypeError/);
  t.regex(await page.evaluate<string>("fetch('http://127.0.0.2:1/').then(() => 'answered', String)"), /TypeError/);
  t.is(await page.evaluate('globalThis.ran'), undefined);
  t.deepEqual(
    requests.filter((address) => address.includes('127.0.0.2') && !address.endsWith(':1/') && !address.includes('/x.')),
    [],
  );
});

test('text does not become mark-up by any way but that of the page’s own templates', async (t) => {
  const { page } = await inspected(t, { mayComplain: true });
  await page.locator('.trend').first().waitFor();
  const ways = [
    "document.body.innerHTML = '<b>x</b>'",
    "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
    "new DOMParser().parseFromString('<b>x</b>', 'text/html')",
    "document.createElement('script').text = '1'",
    "trustedTypes.createPolicy('another', {})",
  ];
  for (const way of ways) await t.throwsAsync(page.evaluate(way), { message: /TypeError/ }, way);
});

test('nothing that the page draws is against its own policy', async (t) => {
  const seen = await inspected(t);
  const { page, engine } = seen;
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('against the policy', event.violatedDirective, event.sample))",
  );
  await withTables(seen);
  await engine.topic('news').produce({ key: 1n, value: 'v' });
  const dump = await engine.recorder.save(await tempDirectory(t));
  seen.held.hold();
  await page.reload();
  await page.locator('.spark').first().focus();
  await page.getByRole('tab', { name: 'Actors' }).click();
  await page.locator('.chart').waitFor();
  await page.locator('.disclosure.is-open').first().click();
  await page.getByRole('tab', { name: 'Tables' }).click();
  await page.locator('.table').last().press('Enter');
  await page.getByRole('button', { name: 'Why is it on disk?' }).click();
  await page.getByRole('button', { name: 'Why is nothing compacted?' }).click();
  await page.locator('.answer .sentence').nth(1).waitFor();
  await page.getByRole('tab', { name: 'Topics' }).click();
  await page.locator('.topic-name').waitFor();
  for (const name of ['Minor compact…', 'Major compaction…', 'Collect garbage…', 'Delete a blob…', 'Shut down…']) {
    await page.getByRole('button', { name }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.getByRole('tab', { name: 'Messages' }).click();
  await page.locator('.log-rows tbody button').first().click();
  await page.locator('.entry').waitFor();
  await page.getByLabel('Open a dump…').setInputFiles(dump);
  await page.getByRole('status').getByText('A dump, not the engine').waitFor();
  await page.locator('.log-rows tbody button').first().click();
  await page.locator('.entry').waitFor();
  // The page that complains fails.
  t.pass();
});

test('without the secret there is nothing', async (t) => {
  const { page, inspector } = await inspected(t);
  const { origin, pathname } = new URL(inspector.url);
  const wrong = pathname.replace(/^\/./, (start) => (start === '/A' ? '/B' : '/A'));
  for (const path of ['/', wrong, `${wrong}events`]) t.is((await page.request.get(origin + path)).status(), 404, path);
  t.is((await page.request.get(inspector.url)).status(), 200);
});

test('a page of somebody else’s cannot send a message, and another Host is refused', async (t) => {
  const { inspector, engine } = await inspected(t);
  const url = new URL(inspector.url);
  const post = (headers: Record<string, string>) =>
    statusOf(new URL('send', url), { 'content-type': 'application/json', origin: url.origin, ...headers });
  t.is(await post({ origin: 'http://evil.example' }), 403);
  t.is(await post({ host: 'evil.example' }), 403);
  t.is(await post({ host: `rebound.example:${url.port}`, origin: `http://rebound.example:${url.port}` }), 403);
  t.is(engine.stats().state, 'open');
});

test('a page of another origin can neither read it nor frame it', async (t) => {
  const { page, inspector } = await inspected(t);
  const foreign = await openPage(t, 'data:text/html,<p>elsewhere', { mayComplain: true });
  t.regex(await foreign.page.evaluate<string>(`fetch(${JSON.stringify(inspector.url)}).then(() => 'read', String)`), /TypeError/);
  await foreign.page.evaluate(
    `document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(inspector.url)} }))`,
  );
  t.is(await foreign.page.frameLocator('iframe').locator('.trend').count(), 0);
  t.true(await page.locator('header').isVisible());
});

/** By hand: a browser does not let its Host be chosen. Shutdown is what nobody else may send. */
function statusOf(url: URL, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ type: 'Shutdown' }));
  });
}
