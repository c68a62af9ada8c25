import test from 'ava';
import { nodeRuntime } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { pairs, slowly, withFaults } from './support.ts';

test('the source is asked for no more than two tables can take while one is being written', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, withFaults(faults));
  faults.hold('ingest');
  const asked = { count: 0 };
  const ingest = engine.kv.ingest(slowly(pairs(0, 2000), asked));
  await faults.reach('ingest', 1);
  for (let turns = 0; turns < 50; turns++) await nodeRuntime().turn();
  // About thirty pairs a table of 2 KiB.
  t.true(asked.count > 30 && asked.count < 120, `${asked.count} pairs were asked for`);
  faults.release('ingest');
  t.is((await ingest).entries, 2000);
});

test('many ingests at once have one job under way, and share the memory that one may have', async (t) => {
  const faults = Faults.create();
  const engine = await openEngine(t, { ...withFaults(faults), tableBytes: 1024 * 1024, memoryBytes: 4 * 1024 * 1024 });
  const value = 'v'.repeat(1000);
  const asked = { count: 0 };
  const all = Array.from({ length: 1200 }, (_, i) => [`p${String(i).padStart(5, '0')}`, value] as const);
  faults.hold('ingest');
  const ingests = Array.from({ length: 8 }, () => engine.kv.ingest(slowly(all, asked)));
  await faults.reach('ingest', 1);
  for (let last = -1; asked.count !== last; ) {
    last = asked.count;
    for (let turns = 0; turns < 50; turns++) await nodeRuntime().turn();
  }
  t.is(engine.stats().workers.filter(({ state }) => state !== 'absent').length, 1, 'one thread is borrowed');
  // The least that each one has is twice 256 KiB.
  t.true(asked.count < (8 * 2 * 260 * 1024) / 1000 + 1100, `${asked.count} KB are held`);
  faults.release('ingest');
  for (const { entries } of await Promise.all(ingests)) t.is(entries, 1200);
});

test('pairs that are all there at once do not hold the event loop', async (t) => {
  const real = nodeRuntime();
  let now = 0;
  let turns = 0;
  const turn = () => {
    turns++;
    return real.turn();
  };
  // Jobs in this thread would take turns of their own. Every look at the clock is half a millisecond later.
  const runtime = { ...real, turn, clock: { ...real.clock, now: () => (now += 0.5) } };
  const engine = await openEngine(t, { ...TINY, workers: 2, tableBytes: 1024 * 1024, memoryBytes: 8 * 1024 * 1024, runtime });
  turns = 0;
  await engine.kv.ingest(pairs(0, 6400));
  t.true(turns >= 6400 / 64 / 5, `${turns} turns`);
});
