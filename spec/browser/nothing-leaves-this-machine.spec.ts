import { request } from 'node:http';
import test from 'ava';
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
  await page.evaluate(`for (const [tag, set] of [['script', { src: 'http://127.0.0.2:1/x.js' }], ['img', { src: 'http://127.0.0.2:1/x.png' }], ['script', { textContent: 'globalThis.ran = 1' }]])
    document.body.append(Object.assign(document.createElement(tag), set))`);
  t.regex(await page.evaluate<string>("fetch('http://127.0.0.2:1/').then(() => 'answered', String)"), /TypeError/);
  t.is(await page.evaluate('globalThis.ran'), undefined);
  t.deepEqual(
    requests.filter((address) => address.includes('127.0.0.2') && !address.endsWith(':1/') && !address.includes('/x.')),
    [],
  );
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
