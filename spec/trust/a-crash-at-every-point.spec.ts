import test from 'ava';
import type { CrashKind } from '../../testing/index.ts';
import { crashAt, type Recorded, record } from '../../torture/simulation/crash-points.ts';

/** A scenario in which everything takes place that the issue of crashes is about. */
const SCENARIO = 6;
const EVERYTHING = ['flush', 'minor', 'regular', 'major', 'pass 1', 'pass 2', 'pass 3', 'logCompacted', 'collected', 'ingested'];
/** `npm run torture -- --only 'crash points'` takes all of them. */
const EVERY = 7;

let recorded: Recorded;

test.before(async () => {
  recorded = await record(SCENARIO);
});

test('the scenario has every kind of compaction, several passes over a log, collections and an ingest', (t) => {
  t.deepEqual(
    EVERYTHING.filter((what) => !recorded.seen.has(what)),
    [],
  );
});

const KINDS: readonly CrashKind[] = ['process', 'power'];
for (const kind of KINDS) {
  test(`wherever the ${kind === 'power' ? 'power goes' : 'process dies'}, the store opens, has all that was promised, and goes on`, async (t) => {
    const { moments, points } = recorded;
    let tried = 0;
    for (let at = kind === 'power' ? 0 : 3; at < moments.length; at += EVERY) {
      const moment = moments[at];
      if (moment === undefined) continue;
      await crashAt(moment, kind, SCENARIO);
      tried++;
    }
    t.true(tried > 50);
    t.log(`${tried} of ${moments.length} points at which a crash leaves something else; ${points} operations and messages are known`);
  });
}
