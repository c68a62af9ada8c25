import type { Attack } from './attack.ts';

export interface CampaignOptions {
  readonly attacks: readonly Attack[];
  /** The first round of each attack has this seed, the next one the next. */
  readonly seed: number;
  /** Rounds of each attack; without it, until `isOver`. */
  readonly rounds?: number;
  readonly isOver: () => boolean;
  readonly now: () => number;
  /** After each round. */
  readonly onRound: (tally: Tally) => void;
}

/** What one attack has done so far. */
export interface Tally {
  readonly attack: Attack;
  rounds: number;
  ms: number;
  readonly counts: Map<string, number>;
}

/** The seed that broke a promise, with what the attack says of it as its cause. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly attack: string;
  readonly seed: number;

  constructor(attack: string, seed: number, cause: unknown) {
    super(`${attack}, seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.attack = attack;
    this.seed = seed;
  }
}

/** Round after round, each of the attack that has had the least time; ends at the first broken promise, with `Broken`. */
export async function campaign({ attacks, seed, rounds, isOver, now, onRound }: CampaignOptions): Promise<Tally[]> {
  const tallies = attacks.map((attack): Tally => ({ attack, rounds: 0, ms: 0, counts: new Map() }));
  for (;;) {
    const open = tallies.filter((tally) => rounds === undefined || tally.rounds < rounds);
    const [next] = open.toSorted((a, b) => a.ms - b.ms);
    if (next === undefined || (rounds === undefined && isOver())) return tallies;
    const start = now();
    await round(next, seed + next.rounds);
    next.rounds++;
    next.ms += now() - start;
    onRound(next);
  }
}

async function round({ attack, counts }: Tally, seed: number): Promise<void> {
  try {
    await attack.round(seed, (more) => {
      for (const [name, count] of Object.entries(more)) counts.set(name, (counts.get(name) ?? 0) + count);
    });
  } catch (error) {
    throw new Broken(attack.name, seed, error);
  }
}
