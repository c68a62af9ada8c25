import test from 'ava';
import { faultWhileOpening, OPENING_FAULTS } from '../../torture/damage/opening.ts';
import { makeVictim } from '../../torture/damage/victim.ts';

const victim = makeVictim(1);

for (const fault of OPENING_FAULTS) {
  const name = fault.kind === 'error' ? `an error ${fault.when}` : fault.kind;
  test(`when any one operation of an opening goes wrong (${name}) it is refused with a code, or not; the next one finds everything`, async (t) => {
    const outcomes: string[] = [];
    for (let from = 1; ; from++) {
      const outcome = await faultWhileOpening(await victim, { from, fault });
      if (outcome === undefined) break;
      outcomes.push(outcome);
    }
    t.true(outcomes.length > 50 && outcomes.includes('refused'), outcomes.join());
  });
}

test('a log of which a byte came back wrong once is not taken for one that a crash tore', async (t) => {
  const { newest } = await victim;
  for (let seed = 1; seed <= 40; seed++) {
    for (const from of [1, 2]) await faultWhileOpening(await victim, { on: 'read', prefix: newest, from, fault: { kind: 'flip' } }, seed);
    const whole = { on: 'read', prefix: newest, from: 3, fault: { kind: 'flip' } } as const;
    t.is(await faultWhileOpening(await victim, whole, seed), 'refused', `seed ${seed}`);
  }
});
