import { messageOf } from '../../protocol/errors.ts';
import { Random } from '../../testing/random.ts';
import type { Attack, Counts } from '../attack.ts';
import { type Damage, damagesOf } from './damages.ts';
import { faultWhileOpening, OPENING_FAULTS } from './opening.ts';
import { rotUnderAnEngine } from './rot.ts';
import { type Outcome, type TryOptions, tryDamage, type Victim } from './try-damage.ts';
import { makeVictim } from './victim.ts';

/** So many seeds in a row damage one and the same store, each in other places; together in all. */
const SLICES = 64;
/** Every so many copies are merged, too. */
const COMPACT_EVERY = 8;

/** So many are opened while something goes wrong; an opening takes about so many operations. */
const OPENINGS = 8;
const MOST_OPENING_OPERATIONS = 90;

/** Every byte of a small store is another, cut off, gone, or where something else should be; and reads go wrong under an open engine. */
export const VALUES: Attack = {
  name: 'values',
  promises: [6],
  async round(seed, report) {
    try {
      await attack(seed, report);
    } catch (error) {
      throw new Error(`values, seed ${seed}: ${messageOf(error)}`, { cause: error });
    }
  },
};

async function attack(seed: number, report: Parameters<Attack['round']>[1]): Promise<void> {
  const store = Math.floor(seed / SLICES);
  const victim = await victimOf(store);
  const damages = damagesOf(victim, store).filter((_, at) => at % SLICES === seed % SLICES);
  for (const [at, damage] of damages.entries()) report(await damaged(victim, damage, { compact: at % COMPACT_EVERY === 0 }));
  for (let at = 0; at < OPENINGS; at++) report(await opened(victim, new Random(seed).fork(`opening ${at}`)));
  report(await rotUnderAnEngine(seed));
}

/** With a fault at any of its operations. */
async function opened(victim: Victim, random: Random): Promise<Counts> {
  const fault = random.pick(OPENING_FAULTS);
  const outcome = await faultWhileOpening(victim, { from: 1 + random.below(MOST_OPENING_OPERATIONS), fault }, random.seed);
  return { 'faults while opening': outcome === undefined ? 0 : 1 };
}

/** One copy; an error names what was damaged and what came of it. */
async function damaged(victim: Victim, damage: Damage, options: TryOptions): Promise<Counts> {
  try {
    return countsOf(damage, await tryDamage(victim, damage, options));
  } catch (error) {
    throw new Error(`${damage.name}: ${messageOf(error)}`, { cause: error });
  }
}

function countsOf({ way }: Damage, outcome: Outcome): Record<string, number> {
  return { damages: 1, [`damages: ${way}`]: 1, [`outcome: ${outcome}`]: 1 };
}

let last: { readonly seed: number; readonly victim: Promise<Victim> } | undefined;

function victimOf(seed: number): Promise<Victim> {
  if (last?.seed !== seed) last = { seed, victim: makeVictim(seed) };
  return last.victim;
}
