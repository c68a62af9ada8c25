import test from 'ava';
import { KINDS, type Moment, WAYS } from '../../torture/worker-deaths/deaths.ts';
import { dieAtMoments, WORKER_DEATHS } from '../../torture/worker-deaths/worker-deaths.ts';

// Threads of a real store end at storage operations of their jobs, in all ways in which threads end. Each time every request
// is answered once, the engine goes on by itself, everything acknowledged is there, and nothing that was half written stays.
// All moments of all jobs: torture/worker-deaths, of which this is a slice.

/** Around the reply; before the job begins, at its first reads, and later and later in what it writes. */
function* fewMoments(): Generator<Moment> {
  yield* ['reply', 'replied'] as const;
  for (let moment = 1; ; moment *= 8) yield moment;
}

// The round below is of ingests.
for (const [at, kind] of KINDS.filter((one) => one !== 'ingest').entries()) {
  test(`a thread that dies in a ${kind} job takes nothing along and leaves nothing`, async (t) => {
    const deaths = await dieAtMoments({ kind, moments: fewMoments(), wayAt: (nth) => WAYS[(at + nth) % WAYS.length] });
    t.true(deaths >= 3, `${deaths} deaths`);
  });
}

test('nor does one that dies in an ingest: a round of the torture, which reports its deaths', async (t) => {
  let deaths = 0;
  await WORKER_DEATHS.round(KINDS.indexOf('ingest'), (counts) => (deaths += counts.deaths));
  t.true(deaths > 2, `${deaths} deaths`);
});
