import type { CompactionOptions, Engine, LogRecord, NewRecord, Topic } from 'lithify';
import type { Entry } from './compare.ts';
import type { Change } from './history.ts';
import type { WriteChanges } from './replay.ts';

const PATH = 'path';

/** The strategy has a function in it, so that it is given as a module: worker threads load it, and the main thread stays free. */
const COMPACTION: CompactionOptions = { strategy: { module: new URL('./strategy.ts', import.meta.url), export: 'pathRetention' } };

export function historyTopic(engine: Engine, compaction: CompactionOptions = {}): Topic {
  return engine.topic('git-history', { compaction: { ...COMPACTION, ...compaction } });
}

/** Writes history into a log: a record for each change, in the order of the commits. */
export function toLog(topic: Topic): WriteChanges {
  return (changes) => topic.produceMany(changes.map(recordOf));
}

/** The path in a header, `mode id` in the value; a removed path has an empty value. A path is no number: the key means nothing. */
function recordOf({ path, entry }: Change): NewRecord {
  return { key: 0n, headers: [{ key: PATH, value: path }], value: entry ?? '' };
}

/** As a string of one character a byte, because a path need not be UTF-8 and two paths must never be one key. */
export function pathOf({ headers }: LogRecord): string | undefined {
  const path = headers.find(({ key }) => key === PATH)?.value;
  return path && Buffer.from(path).toString('latin1');
}

/** The last record of each path, less those that were removed, in the order of their bytes. */
export async function* readLog(topic: Topic): AsyncGenerator<Entry, void> {
  const entries = new Map<string, string>();
  for await (const record of topic.subscribe({ from: 'beginning', idleTimeout: 0 })) {
    const path = pathOf(record);
    if (path === undefined) continue;
    if (record.value.length === 0) entries.delete(path);
    else entries.set(path, Buffer.from(record.value).toString('latin1'));
  }
  // Strings of one character a byte are ordered as their bytes are.
  for (const path of [...entries.keys()].sort()) yield { path: Buffer.from(path, 'latin1'), entry: entries.get(path) ?? '' };
}
