import test from 'ava';
import { messageOf } from '../../protocol/errors.ts';
import { type Damage, damagesOf } from '../../torture/damage/damages.ts';
import { WrongData } from '../../torture/damage/read-all.ts';
import { type Outcome, type TryOptions, tryDamage, type Victim } from '../../torture/damage/try-damage.ts';
import { makeVictim } from '../../torture/damage/victim.ts';

const SEED = 1;
const victim = makeVictim(SEED);

/** What came of how many; an error names the damage. */
async function outcomesOf(victim: Victim, damages: readonly Damage[], options: TryOptions = {}): Promise<Map<Outcome, number>> {
  const outcomes = new Map<Outcome, number>();
  for (const damage of damages) {
    try {
      const outcome = await tryDamage(victim, damage, options);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      throw new Error(`${damage.name}: ${messageOf(error)}`, { cause: error });
    }
  }
  return outcomes;
}

function every(damages: readonly Damage[], nth: number): Damage[] {
  return damages.filter((_, at) => at % nth === 0);
}

test('the store that is attacked has something of everything', async (t) => {
  const { truth, prefixes, live } = await victim;
  const damages = damagesOf(await victim, SEED);
  const kinds = new Set(damages.flatMap(({ targets }) => targets.map(({ kind }) => kind)));
  t.deepEqual([...kinds].sort(), ['block', 'format', 'manifest entry', 'manifest head', 'seal', 'segment']);
  const ways = new Set(damages.map(({ way }) => way));
  t.deepEqual([...ways].sort(), ['cut', 'empty', 'extend', 'flip', 'older', 'remove', 'swap']);
  t.true(truth.keys.size > 15 && truth.records.size === 2 && truth.committed.size === 2);
  t.true(live.size > 10 && prefixes.length === 8);
});

test('one flipped bit of any value or file is reported by whoever would read it, by name', async (t) => {
  const flips = damagesOf(await victim, SEED).filter(({ way }) => way === 'flip');
  const ofEach = [...Map.groupBy(flips, ({ targets: [target] }) => target?.name).values()].map((some) => some[some.length >> 1]);
  const outcomes = await outcomesOf(await victim, [...ofEach, ...every(flips, 60)]);
  t.deepEqual([...outcomes.keys()].sort(), ['closed', 'found', 'harmless', 'refused', 'torn']);
});

test('so is what was cut off, emptied, extended, removed, exchanged, or is older', async (t) => {
  const others = damagesOf(await victim, SEED).filter(({ way }) => way !== 'flip');
  const outcomes = await outcomesOf(await victim, [...every(others, 4), ...others.filter(({ way }) => way === 'older')]);
  t.true((outcomes.get('refused') ?? 0) > 100);
});

test('only what the end of the newest log holds can look torn, and then exactly what was before it is left', async (t) => {
  const { newest } = await victim;
  const inNewest = damagesOf(await victim, SEED).filter(({ targets }) => targets.every(({ location }) => location === newest));
  const outcomes = await outcomesOf(await victim, every(inNewest, 3));
  t.true((outcomes.get('closed') ?? 0) > inNewest.length / 3 / 2, 'most of its bytes are vouched for by later records');
  t.true((outcomes.get('torn') ?? 0) > 10);
  t.deepEqual([...outcomes.keys()].sort(), ['closed', 'torn']);
});

test('damage that a merge meets is damage afterwards, too', async (t) => {
  const blocks = damagesOf(await victim, SEED).filter(({ targets: [target] }) => target?.kind === 'block' || target?.kind === 'seal');
  t.true((await outcomesOf(await victim, every(blocks, 180), { compact: true })).has('refused'));
});

test('without checksums wrong data comes out, and this machine says so', async (t) => {
  const checksum = () => 7;
  const blind = await makeVictim(SEED, { checksum });
  const flips = damagesOf(blind, SEED).filter(({ way, targets: [target] }) => way === 'flip' && target?.kind === 'block');
  const caught: unknown[] = [];
  for (const flip of every(flips, 100)) await tryDamage(blind, flip, { checksum }).catch((error: unknown) => caught.push(error));
  t.true(caught.filter((error) => error instanceof WrongData).length > 10);
});
