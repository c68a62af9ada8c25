import { cp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Engine, type OpenOptions, open, type RepairOptions, type RepairReport, repair } from '../../../index.ts';
import { quiet, TINY, tempDirectory } from '../../support/engines.ts';
import { type Contents, contentsOf, Written } from './written.ts';

/** No compaction by itself: what stands where is the spec's choice. */
export const STILL = { ...TINY, minorTrigger: 64 } as const satisfies OpenOptions;

export interface BuiltStore {
  readonly location: string;
  readonly written: Written;
}

/** A closed store with what `fill` wrote. */
export async function storeWith(
  t: ExecutionContext,
  fill: (written: Written, engine: Engine) => Promise<void>,
  options: OpenOptions = STILL,
): Promise<BuiltStore> {
  const location = join(await tempDirectory(t), 'store');
  const engine = await open(location, options);
  const written = new Written(engine);
  await fill(written, engine);
  await engine.close();
  return { location, written };
}

/** Everything into tables of the last level, what was replaced deleted. */
export async function settle(engine: Engine): Promise<void> {
  await engine.ask({ type: 'MinorCompact' });
  await engine.ask({ type: 'MajorCompaction' });
  await quiet(engine);
}

export function keyOf(number: number): string {
  return `key ${String(number).padStart(5, '0')}`;
}

/** `count` keys from `first` on, with values that say which writing it was. */
export function entries(first: number, count: number, mark: string, step = 1): [string, string][] {
  return Array.from({ length: count }, (_, i) => [keyOf(first + i * step), `${mark} of ${first + i * step}`]);
}

export interface Repaired {
  readonly report: RepairReport;
  readonly found: Contents;
  readonly target: string;
}

/** Repairs into a new directory and reads what came of it; `options` as of TINY stores. */
export async function repaired(t: ExecutionContext, location: string, options: RepairOptions = {}): Promise<Repaired> {
  const target = join(await tempDirectory(t), 'repaired');
  const report = await repair(location, target, { options: TINY, ...options });
  return { report, target, found: await contentsOf(target) };
}

/** Every file of a directory, with its bytes and when it was changed; LOCK files say nothing. */
export async function picture(location: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(location, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, ino } = await stat(path);
    found.set(
      path.slice(location.length),
      entry.isFile() ? `${ino} ${mtimeMs} ${(await readFile(path)).toString('base64')}` : `${ino} ${mtimeMs}`,
    );
  }
  return found;
}

export async function copyOf(t: ExecutionContext, location: string): Promise<string> {
  const copy = join(await tempDirectory(t), 'copy');
  await cp(location, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}

/** Names in a directory of a store that match, ascending. */
export async function filesOf(directory: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(directory))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(directory, name));
}

export async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] ^= 1;
  await writeFile(path, bytes);
}

export async function cutTo(path: string, length: number): Promise<void> {
  await truncate(path, length);
}
