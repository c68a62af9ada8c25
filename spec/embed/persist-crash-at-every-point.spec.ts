import test from 'ava';
import type { CrashKind } from '../../testing/index.ts';
import { crashAt, type Moment, record } from '../../torture/persist/persist.ts';

const SCENARIO = 1;
/** `npm run torture -- --only persist` takes all of them. */
const EVERY = 4;

let moments: Moment[];

test.before(async () => {
  moments = await record(SCENARIO);
});

const KINDS: readonly CrashKind[] = ['process', 'power'];
for (const kind of KINDS) {
  test(`wherever the ${kind === 'power' ? 'power goes' : 'process dies'}, actors are as after their last acknowledged event or a later one, and go on`, async (t) => {
    let tried = 0;
    for (let at = kind === 'power' ? 0 : 1; at < moments.length; at += EVERY, tried++) {
      const moment = moments[at];
      if (moment !== undefined) await crashAt(moment, kind, SCENARIO);
    }
    t.log(`${tried} crashes`);
    t.true(tried > 40);
  });
}
