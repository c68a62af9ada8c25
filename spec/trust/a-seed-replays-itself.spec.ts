import test from 'ava';
import { expectSame, playSeed } from '../../torture/simulation/simulation.ts';

// Promise 5. Faults, crashes and everything else are drawn from the seed: two of these have both.
for (const seed of [3, 10, 16]) {
  test(`seed ${seed} takes the same steps and leaves the same bytes when it is played again`, async (t) => {
    const { report } = await playSeed(seed);
    await t.notThrowsAsync(expectSame(seed, report));
    t.log(`${report.steps} steps, ${report.faults} faults: ${report.trace}, ${report.bytes}`);
  });
}

test('another seed goes another way', async (t) => {
  const [one, other] = [await playSeed(10), await playSeed(11)];
  t.not(one.report.trace, other.report.trace);
  t.not(one.report.bytes, other.report.bytes);
});

test('what does not replay is noticed', async (t) => {
  const { report } = await playSeed(10);
  await t.throwsAsync(expectSame(10, { ...report, trace: 'another' }), { message: /went another way/ });
  await t.throwsAsync(expectSame(10, { ...report, bytes: 'others' }), { message: /left other bytes/ });
});
