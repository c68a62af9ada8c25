import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { Engine } from '../../index.ts';
import { eventsOf, openEngine, quiet, TINY } from '../support/engines.ts';

// D29 and D30 of the seed: for a moment between removing inputs and adding outputs a reader saw neither, and two flushes
// under way could land in the wrong order.

const KEYS = Array.from({ length: 40 }, (_, i) => `key-${String(i).padStart(2, '0')}`);
const ONLY_KEYS = { gte: 'key', lt: 'key~' };

for (const workers of [0, 2]) {
  test(`whatever is flushed, merged and collected meanwhile, every scan sees one round whole and no get goes back, ${workers} threads`, async (t) => {
    const engine = await openEngine(t, { ...TINY, workers, memtableBytes: 6 * 1024 });
    const events = eventsOf(engine);
    const kinds = () => new Set(events.flatMap((event) => (event.type === 'compacted' ? [event.kind] : [])));
    const isEnough = () =>
      kinds().size === 4 &&
      events.filter(({ type }) => type === 'compacted').length >= 30 &&
      events.some(({ type }) => type === 'collected');
    const rounds = { acknowledged: 0, submitted: 0, ended: false };
    await write(engine, rounds);
    const readers = Promise.all([scanAll(engine, rounds), scanAll(engine, rounds), getAll(engine, rounds), getAll(engine, rounds)]);
    readers.catch(() => {
      rounds.ended = true;
    });
    while (!isEnough() && !rounds.ended) {
      await write(engine, rounds);
      if (rounds.submitted % 20 === 0) await engine.ask({ type: 'MajorCompaction' });
    }
    rounds.ended = true;
    const reads = (await readers).reduce((sum, count) => sum + count, 0);
    t.true(reads > 100, `${reads} reads`);
    await quiet(engine);
    t.deepEqual(await roundsSeen(engine), [rounds.acknowledged]);
  });
}

test('memtables land in the order in which they were sealed, however many wait and however many threads there are', async (t) => {
  const engine = await openEngine(t, { ...TINY, workers: 2, memtableBytes: 6 * 1024 });
  const events = eventsOf(engine);
  const rounds = { acknowledged: 0, submitted: 0, ended: false };
  for (let i = 0; i < 40; i++) await write(engine, rounds);
  await quiet(engine);
  const numbers = (what: 'memtableSealed' | 'compacted') =>
    events.flatMap((event) => {
      if (event.type !== what) return [];
      if (event.type === 'memtableSealed') return [event.memtable];
      return event.kind === 'flush' ? [Number(/memtable (\d+)/.exec(event.reason)?.[1])] : [];
    });
  t.true(numbers('compacted').length > 5);
  t.deepEqual(numbers('compacted'), numbers('memtableSealed'));
  t.deepEqual(await roundsSeen(engine), [40]);
});

interface Rounds {
  acknowledged: number;
  submitted: number;
  ended: boolean;
}

/** All keys get the number of the round, in one batch; then others around them grow the store, so that it has levels. */
async function write(engine: Engine, rounds: Rounds): Promise<void> {
  const value = `${++rounds.submitted}${' '.repeat(rounds.submitted % 50)}`;
  await engine.kv.batch(KEYS.map((key) => ({ type: 'put', key, value })));
  rounds.acknowledged = rounds.submitted;
  const others = Array.from({ length: 40 }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}-${(i * 41 + rounds.submitted * 13) % 900}`);
  await engine.kv.batch(others.map((key) => ({ type: 'put', key, value })));
}

async function scanAll(engine: Engine, rounds: Rounds): Promise<number> {
  let reads = 0;
  for (; !rounds.ended; reads++) {
    const before = rounds.acknowledged;
    const entries = await slowly(engine, reads % 2 === 1);
    const seen = new Set(entries.map(([, value]) => Number(value)));
    if (entries.length !== KEYS.length || seen.size !== 1) throw new Error(`a scan saw ${entries.length} keys of rounds ${[...seen]}`);
    const [round] = seen;
    if (round < before || round > rounds.submitted) throw new Error(`a scan that began after round ${before} saw round ${round}`);
  }
  return reads;
}

/** A few entries at a time, so that commits come in between. */
async function slowly(engine: Engine, reverse: boolean): Promise<[string, string][]> {
  const iterator = engine.kv.iterator({ ...ONLY_KEYS, reverse });
  const entries: [string, string][] = [];
  for (let part = await iterator.nextv(7); part.length > 0; part = await iterator.nextv(7)) {
    entries.push(...part);
    await setImmediate();
  }
  await iterator.close();
  return entries;
}

async function getAll(engine: Engine, rounds: Rounds): Promise<number> {
  let reads = 0;
  for (; !rounds.ended; reads++) {
    const before = rounds.acknowledged;
    const key = KEYS[reads % KEYS.length];
    const round = Number(await engine.kv.get(key));
    if (!(round >= before && round <= rounds.submitted)) throw new Error(`after round ${before} a get of ${key} saw round ${round}`);
    if (reads % 5 === 0) await setImmediate();
  }
  return reads;
}

async function roundsSeen(engine: Engine): Promise<number[]> {
  return [...new Set((await engine.kv.values(ONLY_KEYS).all()).map(Number))];
}
