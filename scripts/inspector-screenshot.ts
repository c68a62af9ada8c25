/**
 * Makes docs/images/inspector*.png anew: an engine under load, and the page that watches it. With a directory every panel is
 * drawn into that instead: light, dark and as wide as a phone.
 *   node --conditions=lithify-source scripts/inspector-screenshot.ts [DIRECTORY]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { keyBasedRetention, open } from '../index.ts';
import { browser, closeBrowser } from '../spec/browser/support/browser.ts';

const PICTURES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const PANELS = ['overview', 'actors', 'tables', 'topics', 'log'];
const LOAD_MS = 70_000;

const [directory] = process.argv.slice(2);
const location = await mkdtemp(join(tmpdir(), 'lithify-picture-'));
const engine = await open(join(location, 'sensors-db'), {
  ...{ memtableBytes: 256 * 1024, memoryBytes: 2 * 1024 * 1024, tableBytes: 128 * 1024, sliceBytes: 256 * 1024, minorTrigger: 4 },
});
const inspector = await engine.inspect();
const page = await pageOf({ width: 1280, height: 760, colorScheme: 'light' });
const stop = new AbortController();
const loads = [writeKeys(stop.signal), writeReadings(stop.signal)];
await page.goto(inspector.url);
await setTimeout(LOAD_MS);
await draw();
stop.abort();
await Promise.all(loads);
await closeBrowser();
await engine.close();
await rm(location, { recursive: true, force: true });

async function draw(): Promise<void> {
  if (directory === undefined) {
    await mkdir(PICTURES, { recursive: true });
    await page.locator('td .chip.is-active').first().waitFor();
    await choose(page, 'overview', join(PICTURES, 'inspector-overview.png'));
    await page.locator('#tab-actors').click();
    await page.locator('.node.is-lit[class*=flash]', { hasText: 'running' }).first().waitFor();
    return await choose(page, 'actors', join(PICTURES, 'inspector.png'));
  }
  await mkdir(directory, { recursive: true });
  const dark = await pageOf({ width: 1280, height: 840, colorScheme: 'dark' });
  const phone = await pageOf({ width: 390, height: 844, colorScheme: 'light' });
  await Promise.all([dark.goto(inspector.url), phone.goto(inspector.url)]);
  await setTimeout(3000);
  for (const panel of PANELS) {
    for (const [name, one] of Object.entries({ light: page, dark, phone }))
      await choose(one, panel, join(directory, `${panel}-${name}.png`));
  }
}

async function choose(one: Page, panel: string, path: string): Promise<void> {
  const tab = one.locator(`#tab-${panel}`);
  if ((await tab.getAttribute('aria-selected')) !== 'true') {
    await tab.click();
    await setTimeout(300);
  }
  // Of no interest to anybody, and another one each time.
  await one.evaluate("document.querySelector('.location').textContent = '/srv/sensors-db'");
  await one.screenshot({ path });
}

async function pageOf({ width, height, colorScheme }: { width: number; height: number; colorScheme: 'light' | 'dark' }): Promise<Page> {
  const context = await (await browser()).newContext({ viewport: { width, height }, colorScheme });
  return await context.newPage();
}

/** More in one moment than in another, so that there is something to see. */
async function writeKeys(signal: AbortSignal): Promise<void> {
  const held = engine.kv.snapshot();
  for (let round = 0; !signal.aborted; round++) {
    const size = 100 + Math.round(400 * Math.abs(Math.sin(round / 40)));
    await engine.kv.batch(Array.from({ length: size }, (_, i) => entryOf(round, i)));
    await setTimeout(20 + 80 * Math.abs(Math.cos(round / 25)));
  }
  await held.close();
}

type Entry = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

function entryOf(round: number, i: number): Entry {
  const key = `sensor:${String((round * 7919 + i * 104_729) % 50_000).padStart(5, '0')}`;
  return i % 10 === 9
    ? { type: 'del', key }
    : { type: 'put', key, value: JSON.stringify({ celsius: 20 + (i % 9), round, note: 'as measured' }) };
}

async function writeReadings(signal: AbortSignal): Promise<void> {
  const readings = engine.topic('readings', { partitions: 2, compaction: { strategy: keyBasedRetention(10_000) } });
  for (let round = 0; !signal.aborted; round++) {
    const records = Array.from({ length: 200 }, (_, i) => ({
      key: BigInt((round * 31 + i) % 500),
      value: `${20 + (i % 7)} °C`,
      partition: 0,
    }));
    const offsets = await readings.produceMany(records);
    if (round % 8 === 0) await readings.commit('display', offsets[offsets.length - 1]);
    if (round === 20) await readings.commit('archive', offsets[0]);
    await setTimeout(250);
  }
}
