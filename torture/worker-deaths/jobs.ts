import type { Kind } from './deaths.ts';
import type { MortalStore } from './mortal-store.ts';

/** Gets the store to where jobs of a kind have something to do; `then` does that, and ends when it is done or a thread has died. */
export interface Scene {
  prepare(store: MortalStore): Promise<void>;
  act(store: MortalStore): Promise<void>;
}

async function keysAndRecords(store: MortalStore): Promise<void> {
  await store.putKeys();
  await store.produce();
}

async function flushed(store: MortalStore): Promise<void> {
  await store.ask('MinorCompact');
}

/** A compaction of the topic, or one that begins again by itself until it is done. */
const compacted: Scene = {
  prepare: async (store) => {
    await store.produce();
    await flushed(store);
    await store.produce();
  },
  act: async (store) => void (await store.mayDie(store.topic.compact())),
};

const flush: Scene = { prepare: keysAndRecords, act: flushed };

const merge: Scene = {
  prepare: async (store) => {
    await store.putKeys();
    await flushed(store);
  },
  act: (store) => store.ask('MajorCompaction'),
};

/** The garbage of a major compaction is collected, by itself or because it is asked for. */
const collect: Scene = {
  prepare: merge.prepare,
  act: async (store) => {
    await store.ask('MajorCompaction');
    await store.ask('GarbageCollect');
  },
};

const verify: Scene = {
  prepare: async (store) => {
    await store.putKeys();
    await store.produce();
    await flushed(store);
    await store.ask('MajorCompaction');
    await store.topic.compact();
  },
  act: async (store) => void (await store.mayDie(store.engine.verify())),
};

const ingest: Scene = {
  prepare: async () => undefined,
  act: async (store) => {
    const round = store.rounds++;
    const pairs = Array.from({ length: 40 }, (_, at): [string, string] => [
      `i${String(at).padStart(4, '0')}`,
      `ingested ${round}`.padEnd(50),
    ]);
    if (!(await store.mayDie(store.engine.kv.ingest(pairs)))) return;
    for (const [key, value] of pairs) store.keys.set(key, value);
  },
};

export const SCENES: Readonly<Record<Kind, Scene>> = {
  ...{ flush, merge, delete: collect, verify, age: flush, analyze: compacted, rewrite: compacted, ingest },
};
