import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import test from 'ava';
import { Looker } from '../inspector/support/looker.ts';
import { ask, posted } from '../inspector/support/raw-http.ts';
import { ended, freshLocation, lithify, startLithify } from '../support/cli.ts';

/** What is promised to be on the first line. */
async function address(child: ChildProcess): Promise<{ url: string; location: string }> {
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('it said nothing');
}

test('a store is shown until Ctrl-C, which closes it', async (t) => {
  const db = await freshLocation(t);
  await lithify(['put', 'a', 'b', '--db', db]);
  const child = startLithify(['inspect', '--db', db, '--json']);
  const { url, location } = await address(child);
  t.is(location, db);
  t.is((await ask(url)).status, 200);
  const page = await Looker.open(t, url);
  t.is((await page.frame()).stats.state, 'open');
  const [code, rest] = await Promise.all([ended(child), page.rest(), child.kill('SIGINT')]);
  t.deepEqual(
    [code.code, code.stderr.split('\n').find((line) => line.startsWith('lithify:'))],
    [130, 'lithify: stopped by SIGINT; the store is closed'],
  );
  t.deepEqual(rest.at(-1), { type: 'bye', reason: 'engine closed' });
  t.is((await lithify(['get', 'a', '--db', db])).stdout, 'b\n');
});

test('a Shutdown from the page ends the command well', async (t) => {
  const db = await freshLocation(t);
  await lithify(['put', 'a', 'b', '--db', db]);
  const child = startLithify(['inspect', '--db', db, '--json']);
  const { url } = await address(child);
  t.like(JSON.parse((await ask(url, posted(url, { type: 'Shutdown' }))).body), { ok: true });
  t.is((await ended(child)).code, 0);
});

test('the demo writes keys and records, whose groups lag, until it is stopped; nothing is left of a temporary store', async (t) => {
  const child = startLithify(['inspect', '--demo', '--json']);
  const { url, location } = await address(child);
  const page = await Looker.open(t, url);
  await page.frame(({ stats }) => stats.writes.acknowledged > 0);
  const { topics } = await page.frame(({ topics }) => topics?.[0]?.groups.some(({ lag }) => lag > 0) === true);
  t.is(topics?.[0].name, 'temperatures');
  child.kill('SIGTERM');
  t.is((await ended(child)).code, 143);
  t.false(existsSync(location));
});

test('a Shutdown from the page ends the demo well, and a store that was named is kept', async (t) => {
  const db = await freshLocation(t);
  const child = startLithify(['inspect', '--demo', '--db', db, '--json']);
  const { url } = await address(child);
  const page = await Looker.open(t, url);
  await page.frame(({ stats }) => stats.writes.acknowledged > 0);
  await ask(url, posted(url, { type: 'Shutdown' }));
  t.is((await ended(child)).code, 0);
  t.is((await lithify(['verify', '--db', db])).code, 0);
});

test('without --json the address stands alone on its line', async (t) => {
  const db = await freshLocation(t);
  const child = startLithify(['inspect', '--demo', '--db', db]);
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    t.regex(line, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
    break;
  }
  child.kill('SIGINT');
  t.is((await ended(child)).code, 130);
});

test('a store must be there, and be named; a port must be one, and free', async (t) => {
  const db = await freshLocation(t);
  const missing = await lithify(['inspect', '--db', db]);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /^lithify: LITHIFY_NOT_FOUND/);
  t.false(existsSync(db));
  t.is((await lithify(['inspect'])).code, 2);
  for (const port of ['-1', '65536', 'http']) t.is((await lithify(['inspect', '--db', db, '--port', port])).code, 2);
  await lithify(['put', 'a', 'b', '--db', db]);
  const child = startLithify(['inspect', '--demo', '--json']);
  const { port } = new URL((await address(child)).url);
  const taken = await lithify(['inspect', '--db', db, '--port', port]);
  t.is(taken.code, 1);
  t.regex(taken.stderr, /port \d+ \(take another one, or 0 for any that is free\): listen EADDRINUSE/);
  child.kill('SIGINT');
  await ended(child);
});
