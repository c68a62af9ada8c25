import { messageOf } from '../../protocol/errors.ts';
import type { Attack } from '../attack.ts';
import { KINDS, type Kind, type Moment, WAYS, type Way } from './deaths.ts';
import { SCENES } from './jobs.ts';
import { MortalStore } from './mortal-store.ts';

export interface Enumeration {
  readonly kind: Kind;
  /** When a thread dies, one after another; numbers ascend. */
  readonly moments: Iterable<Moment>;
  readonly wayAt: (nth: number) => Way;
}

/** Something that must not stand still did. */
const TOO_LONG_MS = 90_000;

/**
 * Lets threads die in jobs of a kind, moment after moment until the jobs end before the next, and looks after each whether
 * the engine has gone on by itself and has what it must have; in the end, whether anything was left behind. Returns how
 * many died; throws an Error that says what broke.
 */
export async function dieAtMoments({ kind, moments, wayAt }: Enumeration): Promise<number> {
  const store = await MortalStore.open();
  let deaths = 0;
  try {
    for (const moment of moments) {
      const way = wayAt(deaths);
      if (!(await inTime(dieAt(store, kind, moment, way), `${kind}, moment ${moment}, ${way}`))) break;
      deaths += 1;
    }
    const fault = await inTime(store.faultAtRest(), `${kind}, at rest`);
    if (fault !== undefined) throw new Error(`${kind}, after ${deaths} deaths: ${fault}`);
    return deaths;
  } finally {
    await store.remove();
  }
}

/** Every moment there is, from this one, or every so many. */
export function* momentsFrom(first = 1, step = 1, most = Number.POSITIVE_INFINITY): Generator<Moment> {
  yield* ['reply', 'replied'] as const;
  for (let nth = 0; nth < most; nth++) yield first + nth * step;
}

/** false: the jobs ended before that moment came. */
async function dieAt(store: MortalStore, kind: Kind, moment: Moment, way: Way): Promise<boolean> {
  const { prepare, act } = SCENES[kind];
  await prepare(store);
  store.deaths.arm(kind, moment, way);
  await act(store);
  const { hasStruck } = store.deaths;
  store.deaths.disarm();
  await store.settled();
  const fault = await store.fault();
  if (fault !== undefined) throw new Error(fault);
  return hasStruck;
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it stands still')), TOO_LONG_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** The jobs of some kinds have hundreds of moments. */
const STEPS = 31;
/** Of one round, so that it takes seconds. */
const DEATHS_A_ROUND = 10;

export const WORKER_DEATHS: Attack = {
  name: 'worker deaths',
  promises: [1, 2, 4],
  async round(seed, report) {
    const kind = KINDS[seed % KINDS.length];
    const turn = Math.floor(seed / KINDS.length);
    const step = 1 + (turn % STEPS);
    const first = 1 + (Math.floor(turn / STEPS) % (DEATHS_A_ROUND * step));
    try {
      const moments = momentsFrom(first, step, DEATHS_A_ROUND);
      report({ deaths: await dieAtMoments({ kind, moments, wayAt: (nth) => WAYS[(seed + nth) % WAYS.length] }) });
    } catch (cause) {
      throw new Error(`worker deaths, seed ${seed}: ${messageOf(cause)}`, { cause });
    }
  },
};
