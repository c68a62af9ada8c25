import test from 'ava';
import { planted } from '../../torture/planted/bug.ts';
import { BUGS } from '../../torture/planted/bugs.ts';
import { attackWith, expectToFit } from '../../torture/planted/plant.ts';

// Of `npm run torture -- --only planted`, the bugs that are found in the first seconds.

test('every bug fits the source as it is, exactly once', async (t) => {
  for (const bug of BUGS) await t.notThrowsAsync(expectToFit(bug));
  t.true(BUGS.length >= 14);
});

test('every promise that code alone can break has a bug, and no bug stands twice', (t) => {
  t.deepEqual([...new Set(BUGS.map(({ promise }) => promise))].sort(), [1, 2, 3, 4, 5, 6, 8]);
  t.is(new Set(BUGS.map(({ name }) => name)).size, BUGS.length);
});

test('a bug that fits no more, or more than once, says so', (t) => {
  const bug = { ...BUGS[0], find: 'a + b', replace: 'a - b' };
  t.is(planted(bug, 'return a + b;'), 'return a - b;');
  t.throws(() => planted(bug, 'return a;'), { message: /cannot be planted: .* is not there/ });
  t.throws(() => planted(bug, 'a + b, a + b'), { message: /is there 2 times/ });
});

test.serial('a copy that does not load counts as no catch', async (t) => {
  const broken = { ...BUGS[0], replace: 'this is no program' };
  await t.throwsAsync(attackWith(broken, { seed: 1, rounds: 1 }), { message: /did not end as attacks do/ });
});

test.serial('a copy without a bug is not broken', async (t) => {
  const none = { ...BUGS[0], replace: BUGS[0].find };
  t.like(await attackWith(none, { seed: 1, rounds: 2 }), { isCaught: false });
});

for (const bug of BUGS.filter(({ isQuick }) => isQuick === true)) {
  test.serial(`${bug.attack} finds it: ${bug.name}`, async (t) => {
    const verdict = await attackWith(bug, { seed: 1, rounds: bug.rounds });
    t.true(verdict.isCaught, `not within ${bug.rounds} rounds`);
    t.log(verdict.said);
  });
}
