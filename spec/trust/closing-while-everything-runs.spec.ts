import test from 'ava';
import { CLOSINGS, type Closing, closeWhileBusy } from '../../torture/closing/closing.ts';

// Writes, records, flushes, majors, collections, verifies, log compactions, copies, ingests, iterators, snapshots and a live tail go
// on when the engine closes, and two others want its store. Everybody is answered once, nobody opens too early, and what the next
// one finds is sound. Further moments: torture/closing, of which this is a slice.

const CLOSINGS_HERE: Readonly<Record<string, Closing>> = {
  'with time to finish': { options: { workers: 2 }, events: 120, deadlineMs: 10_000 },
  'with no time at all': { options: { workers: 2 }, events: 150, deadlineMs: 0 },
  'with one thread and a moment': { options: { workers: 1 }, events: 90, deadlineMs: 20 },
  'without threads': { options: { workers: 0 }, events: 60, deadlineMs: 20 },
  'as soon as it has begun': { options: { workers: 2 }, events: 0, deadlineMs: 10_000 },
};

for (const [how, closing] of Object.entries(CLOSINGS_HERE)) {
  test.serial(`an engine that closes ${how}, while everything runs and its store is wanted, leaves it sound`, async (t) => {
    t.true((await closeWhileBusy(closing)) > 5);
  });
}

test.serial('a round of the torture reports its closing', async (t) => {
  const reports: unknown[] = [];
  await CLOSINGS.round(2, (counts) => void reports.push(counts));
  t.like(reports, { 0: { closings: 1 } });
});
