import { join } from 'node:path';
import { type Engine, type OpenOptions, open } from '../../index.ts';
import { entries, keyOf, settle } from '../../spec/repair/support/stores.ts';
import { Written } from '../../spec/repair/support/written.ts';
import { quiet } from '../../spec/support/engines.ts';
import { openLevelDatabase } from '../../storage/level-database.ts';

/** What stands in the log only, in the order in which it was written: a key, or a record by `topic/partition` and offset. */
export type Tail = readonly ({ readonly key: string } | { readonly place: string; readonly offset: number })[];

/** What a store holds, as it was written. */
export interface Truth {
  readonly written: Written;
  readonly tail: Tail;
}

const OPTIONS: OpenOptions = {
  ...{ workers: 0, durability: 'os', memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024 },
  ...{ blockBytes: 512, minorTrigger: 64 },
};

/** A closed store in which LevelDB has tables and logs, several tables of ours, a topic, and a log with single writes. */
export async function buildStore(location: string): Promise<Truth> {
  const first = await inStore(location, async (engine) => {
    const written = new Written(engine);
    await written.put(entries(0, 300, 'first'));
    await settle(engine);
    await written.put(entries(0, 150, 'second', 2));
    await written.produce('events', ['a', 'b', 'x'.repeat(9000)]);
    await flush(engine);
    return written;
  });
  await makeTables(location);
  return inStore(location, async (engine) => {
    const written = new Written(engine);
    for (const [key, history] of first.keys) written.keys.set(key, history);
    for (const [place, records] of first.records) written.records.set(place, records);
    await written.clear(keyOf(100), keyOf(120));
    await written.put(entries(500, 100, 'third'));
    await written.produce('events', ['c', 'd']);
    await flush(engine);
    return { written, tail: await writeTail(written) };
  });
}

async function inStore<T>(location: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  await using engine = await open(location, OPTIONS);
  return await work(engine);
}

async function flush(engine: Engine): Promise<void> {
  await engine.ask({ type: 'MinorCompact' });
  await quiet(engine);
}

/** LevelDB makes a table of its log when it is opened. */
async function makeTables(location: string): Promise<void> {
  for (const name of ['blobs', 'manifest']) {
    const database = await openLevelDatabase(join(location, name), { writeBufferBytes: 64 * 1024, createIfMissing: false });
    await database.close();
  }
}

async function writeTail(written: Written): Promise<Tail> {
  const tail: Tail[number][] = [];
  for (let i = 0; i < 8; i++) {
    const [entry] = entries(1000 + i, 1, 'last');
    if (entry === undefined) continue;
    await written.put([entry]);
    tail.push({ key: entry[0] });
    await written.produce('events', [`tail ${i}`]);
    tail.push({ place: 'events/0', offset: 5 + i });
  }
  // What the log refers to, and only the newest entries of the manifest know.
  await written.produce('made last', ['new topic', 'l'.repeat(9000)]);
  for (const offset of [0, 1]) tail.push({ place: 'made last/0', offset });
  return tail;
}
