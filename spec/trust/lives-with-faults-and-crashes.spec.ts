import test from 'ava';
import { playSeed } from '../../torture/simulation/simulation.ts';

// A slice of `npm run torture -- --only simulation`: everything at once, in the order that the seed says.
const SEEDS = 12;
const total = { crashes: 0, faults: 0, checks: 0, acknowledged: 0 };

for (let seed = 0; seed < SEEDS; seed++) {
  test.serial(`every life shows what was acknowledged before it, and nothing in part (seed ${seed})`, async (t) => {
    const { report, played } = await playSeed(seed);
    total.crashes += played.crashes;
    total.faults += report.faults;
    total.checks += played.checks;
    total.acknowledged += played.model.acknowledged;
    t.pass();
  });
}

test.serial('these seeds have crashes, faults, and states that were compared', (t) => {
  t.log(total);
  for (const count of Object.values(total)) t.true(count > 0);
});
