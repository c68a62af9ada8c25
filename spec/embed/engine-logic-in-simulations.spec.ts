import test from 'ava';
import { simulate } from 'lithify/testing';
import { createActor, toPromise } from 'xstate';
import { engineClosed, engineLogic } from '../../index.ts';
import { nextEvent } from '../support/next-event.ts';
import { type EngineActor, opened, ownRuntime } from './support/engine-actors.ts';

const LOCATION = '/actors';
const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1);

test('stopped at any storage operation and started again at once, an engine is always opened in the end, with all that it was told', async (t) => {
  for (const seed of SEEDS) {
    await simulate(seed, async (simulation) => {
      await simulation.life(async ({ runtime }) => {
        const start = () => {
          const actor = createActor(engineLogic, { input: { location: LOCATION, options: { runtime } } });
          return actor.start();
        };
        for (let round = 0; round < 6; round++) {
          const actor = start();
          for (let step = simulation.random.below(60); step > 0; step--) await simulation.scheduler.step('the host does something else');
          if (actor.getSnapshot().matches('open')) await actor.getSnapshot().context.engine?.kv.put(`round ${round}`, 'done');
          leave(actor, simulation.random.below(3));
        }
        const last = start();
        const engine = await opened(last);
        await engine.kv.put('last', 'done');
        last.stop();
        await engineClosed(LOCATION, { runtime });
        t.is(engine.stats().state, 'closed');
      });
    });
  }
});

test('one that starts while the one before closes waits for it, and is not refused', async (t) => {
  for (const seed of SEEDS.slice(0, 5)) {
    await simulate(seed, async (simulation) => {
      await simulation.life(async (life) => {
        const { runtime, refused } = ownRuntime(life.runtime);
        const input = { location: LOCATION, options: { runtime } };
        const [first, second] = [createActor(engineLogic, { input }).start(), createActor(engineLogic, { input })];
        await opened(first);
        first.stop();
        await opened(second.start());
        t.is(refused(), 0);
        second.stop();
        await engineClosed(LOCATION, { runtime });
      });
    });
  }
});

test('one that is refused because of another that was stopped meanwhile has its turn after it', async (t) => {
  let refusals = 0;
  for (const seed of SEEDS.slice(0, 10)) {
    await simulate(seed, async (simulation) => {
      await simulation.life(async (life) => {
        const { runtime, refused } = ownRuntime(life.runtime);
        const input = { location: LOCATION, options: { runtime } };
        const [first, second] = [createActor(engineLogic, { input }).start(), createActor(engineLogic, { input })];
        await opened(first);
        second.start();
        await Promise.resolve();
        // It is opening already, since there was nobody to wait for.
        first.stop();
        t.is((await opened(second)).location, LOCATION);
        refusals += refused();
        second.stop();
        await engineClosed(LOCATION, { runtime });
      });
    });
  }
  t.true(refusals > 0);
});

test('a machine that loses power and starts again does not wait for engines of its life before', async (t) => {
  for (const seed of SEEDS.slice(0, 10)) {
    await simulate(seed, async (simulation) => {
      await simulation.life(async ({ runtime }) => {
        const actor = createActor(engineLogic, { input: { location: LOCATION, options: { runtime } } }).start();
        const engine = await opened(actor);
        await engine.kv.put('key', 'value');
        simulation.crashAfter(simulation.random.below(40), 'power');
        actor.stop();
        await engineClosed(LOCATION, { runtime });
      });
      await simulation.life(async ({ runtime }) => {
        const actor = createActor(engineLogic, { input: { location: LOCATION, options: { runtime } } }).start();
        t.is(await (await opened(actor)).kv.get('key'), 'value');
        actor.stop();
        await engineClosed(LOCATION, { runtime });
      });
    });
  }
});

test('while the engine opens its storage again the actor is recovering, and then running again', async (t) => {
  await simulate(1, async (simulation) => {
    await simulation.life(async ({ runtime }) => {
      const actor = createActor(engineLogic, { input: { location: LOCATION, options: { runtime } } }).start();
      const engine = await opened(actor);
      await engine.kv.put('key', 'value');
      const values: string[] = [];
      actor.subscribe(({ value }) => void values.push(JSON.stringify(value)));
      simulation.rules.add({ on: 'write', times: 1, fault: { kind: 'error', when: 'before', code: 'EIO' } });
      const recovered = nextEvent(engine, 'storageRecovered');
      actor.send({ type: 'MinorCompact' });
      await recovered;
      t.true(values.includes('{"open":"recovering"}'));
      t.deepEqual(actor.getSnapshot().value, { open: 'running' });
      actor.send({ type: 'Shutdown' });
      await toPromise(actor);
    });
  });
});

test('the same seed gives the same trace', async (t) => {
  const play = () =>
    simulate(3, async (simulation) => {
      await simulation.life(async ({ runtime }) => {
        for (const how of [0, 1, 2]) leave(createActor(engineLogic, { input: { location: LOCATION, options: { runtime } } }).start(), how);
        await engineClosed(LOCATION, { runtime });
      });
    });
  t.is((await play()).trace, (await play()).trace);
});

/** Stopped, told to close, or both. */
function leave(actor: EngineActor, how: number): void {
  if (how > 0) actor.send({ type: 'Shutdown' });
  if (how < 2) actor.stop();
}
