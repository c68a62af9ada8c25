import test from 'ava';
import { playLives } from '../../torture/persist/lives.ts';

// A slice of `npm run torture -- --only persist`.
const SEEDS = 12;
const total = { faults: 0, failures: 0, crashes: 0 };

for (let seed = 0; seed < SEEDS; seed++) {
  test.serial(`actors whose writes fail, and whose processes die, are made again as they were acknowledged (seed ${seed})`, async (t) => {
    const { faults, failures, crashes } = await playLives(seed);
    total.faults += faults;
    total.failures += failures;
    total.crashes += crashes;
    t.pass();
  });
}

test.serial('these seeds have faults, actors that failed of them, and crashes', (t) => {
  t.log(total);
  for (const count of Object.values(total)) t.true(count > 5);
});
