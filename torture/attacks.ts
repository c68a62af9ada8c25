import type { Attack } from './attack.ts';
import { CLOSINGS } from './closing/closing.ts';
import { LEVEL_FILES } from './damage/level-files.ts';
import { VALUES } from './damage/values.ts';
import { FUZZ } from './fuzz/fuzz.ts';
import { KILL } from './kill/kill.ts';
import { METAMORPHIC } from './metamorphic/metamorphic.ts';
import { PERSIST } from './persist/persist.ts';
import { isInACopy } from './planted/in-a-copy.ts';
import { PLANTED } from './planted/planted.ts';
import { CRASH_POINTS } from './simulation/crash-points.ts';
import { SIMULATION } from './simulation/simulation.ts';
import { WORKER_DEATHS } from './worker-deaths/worker-deaths.ts';

const ON_THIS_SOURCE: readonly Attack[] = [
  SIMULATION,
  CRASH_POINTS,
  METAMORPHIC,
  VALUES,
  LEVEL_FILES,
  FUZZ,
  WORKER_DEATHS,
  CLOSINGS,
  PERSIST,
  KILL,
];

/** All of them; docs/trust.md says what each is after. */
export const ATTACKS: readonly Attack[] = isInACopy() ? ON_THIS_SOURCE : [...ON_THIS_SOURCE, PLANTED];
