import { existsSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** LITHIFY_CHROMIUM names another one than Debian's. */
const EXECUTABLE = process.env.LITHIFY_CHROMIUM ?? '/usr/bin/chromium';
/** A machine that is busy with other things is no failure; AVA’s own limit is a little more. */
const PATIENCE_MS = 90_000;
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export interface Watched {
  readonly page: Page;
  /** Address of every request that was made. */
  readonly requests: readonly string[];
}

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** It is made to: by default a page that says anything in its console fails the test. */
  readonly mayComplain?: boolean;
  readonly reducedMotion?: 'reduce' | 'no-preference';
}

let launched: Promise<Browser> | undefined;

/** One browser for all specs of a file. */
export function browser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE))
    throw new Error(`There is no browser at ${EXECUTABLE}. Install Chromium, or say with LITHIFY_CHROMIUM where it is.`);
  launched ??= chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...QUIET] });
  return launched;
}

export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
}

export async function hasFocus(one: Locator): Promise<boolean> {
  return (await one.and(one.page().locator(':focus')).count()) === 1;
}

/** A page of its own, closed with the test, which fails when the page complained. */
export async function openPage(t: ExecutionContext, url: string, options: PageOptions = {}): Promise<Watched> {
  const { width = 1280, height = 900, colorScheme = 'light', reducedMotion = 'no-preference', mayComplain = false } = options;
  const context = await (await browser()).newContext({ viewport: { width, height }, colorScheme, reducedMotion });
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const [requests, complaints]: [string[], string[]] = [[], []];
  t.teardown(() => {
    if (complaints.length > 0 && !mayComplain) throw new Error(`the page complained: ${complaints.join('; ')}`);
  });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, requests };
}
