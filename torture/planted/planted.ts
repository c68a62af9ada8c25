import type { Attack } from '../attack.ts';
import { BUGS } from './bugs.ts';
import { attackWith } from './plant.ts';

/** The attacks themselves are attacked: in a copy of the source that breaks a promise they must find that. */
export const PLANTED: Attack = {
  name: 'planted',
  promises: [1, 2, 3, 4, 5, 6, 8],
  async round(seed, report) {
    const bug = BUGS[seed % BUGS.length];
    const verdict = await attackWith(bug, { seed: 1, rounds: bug.rounds });
    if (!verdict.isCaught)
      throw new Error(`Bug ${seed % BUGS.length}, '${bug.name}', is not found by ${bug.rounds} rounds of ${bug.attack}.`);
    report({ 'bugs caught': 1, 'rounds until caught': verdict.seed });
  },
};
