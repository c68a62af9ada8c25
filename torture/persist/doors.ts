import { createActor } from 'xstate';
import { engineClosed, engineLogic } from '../../index.ts';
import { type Life, type Simulation, simulate } from '../../testing/index.ts';
import { SMALL } from './stage.ts';

const LOCATION = '/doors';
const ROUNDS = 4;
/** An engine is open, or nearly closed again, after fewer steps. */
const STEPS = 60;

/** Actors that open an engine are stopped at any moment, also before it is open; then the store is free, with all that was acknowledged. */
export async function playDoors(seed: number): Promise<{ doors: number }> {
  await simulate(seed, async (simulation) => {
    await simulation.life((one) => life(one, simulation));
  });
  return { doors: ROUNDS };
}

async function life(one: Life, { scheduler, random }: Simulation): Promise<void> {
  const { runtime } = one;
  let acknowledged = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const actor = createActor(engineLogic, { input: { location: LOCATION, options: { ...SMALL, runtime, workers: 0 } } });
    actor.subscribe({ error: () => {} });
    actor.start();
    for (let step = random.below(STEPS); step > 0; step--) await scheduler.step('the host does something else');
    const { engine } = actor.getSnapshot().context;
    await engine?.kv.put('round', String(round));
    if (engine !== undefined) acknowledged = round;
    actor.stop();
    if (random.chance(0.5)) await engineClosed(LOCATION, { runtime });
  }
  await engineClosed(LOCATION, { runtime });
  const engine = await one.open(SMALL, LOCATION);
  const found = Number((await engine.kv.get('round')) ?? 0);
  await engine.close();
  if (found !== acknowledged) throw new Error(`The store has round ${found}; ${acknowledged} was acknowledged.`);
}
