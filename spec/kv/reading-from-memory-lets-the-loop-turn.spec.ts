import { setImmediate } from 'node:timers';
import test from 'ava';
import { openEngine, TINY } from '../support/engines.ts';

// Promise 7: answers that memory has are given without leaving the thread, and yet the event loop goes on turning.

const KEYS = 5000;

for (const [what, read] of [
  [
    'gets',
    async (engine: Awaited<ReturnType<typeof filled>>) => {
      for (let i = 0; i < KEYS; i++) await engine.kv.get(keyOf(i));
    },
  ],
  [
    'an iterator entry by entry',
    async (engine: Awaited<ReturnType<typeof filled>>) => {
      for await (const _ of engine.kv.iterator());
    },
  ],
  [
    'an iterator by thousands',
    async (engine: Awaited<ReturnType<typeof filled>>) => {
      const iterator = engine.kv.iterator();
      while ((await iterator.nextv(1000)).length > 0);
      await iterator.close();
    },
  ],
] as const) {
  test(`a long loop over ${what} lets the event loop turn`, async (t) => {
    const engine = await filled(t);
    let turns = 0;
    let reading = true;
    const count = () => {
      turns++;
      if (reading) setImmediate(count);
    };
    setImmediate(count);
    await read(engine);
    reading = false;
    t.true(turns >= 3, `${turns} turns`);
  });
}

async function filled(t: Parameters<typeof openEngine>[0]) {
  const engine = await openEngine(t, { ...TINY, storage: 'memory', memtableBytes: 4 * 1024 * 1024, memoryBytes: 16 * 1024 * 1024 });
  for (let at = 0; at < KEYS; at += 1000) {
    await engine.kv.batch(Array.from({ length: 1000 }, (_, i) => ({ type: 'put', key: keyOf(at + i), value: 'v' })));
  }
  return engine;
}

function keyOf(i: number): string {
  return `key-${String(i).padStart(6, '0')}`;
}
