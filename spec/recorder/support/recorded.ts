import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, parseRecorderDump, type RecorderDump, type RecorderEntry } from '../../../index.ts';

export function entriesOf(engine: Engine): readonly RecorderEntry[] {
  return engine.recorder.since(0).entries;
}

/** From an entry back to where it came from: 'actor type', the first cause first. */
export function chainOf(entries: readonly RecorderEntry[], last: RecorderEntry | undefined): string[] {
  const byNumber = new Map(entries.map((entry) => [entry.n, entry]));
  const chain: string[] = [];
  for (let at = last; at !== undefined; at = at.cause === undefined ? undefined : byNumber.get(at.cause))
    chain.unshift(`${at.actor} ${at.type}`);
  return chain;
}

/** Names of the dumps in a store, in the order of their making. */
export async function dumpsIn(location: string): Promise<string[]> {
  return (await readdir(join(location, 'recorder')).catch(() => [])).sort();
}

export async function readDump(path: string): Promise<RecorderDump> {
  return parseRecorderDump(await readFile(path, 'utf8'));
}
