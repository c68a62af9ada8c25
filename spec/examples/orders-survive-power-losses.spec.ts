import test from 'ava';
import { simulate } from 'lithify/testing';
import { createActor, toPromise } from 'xstate';
import type { Line } from '../../examples/order-fulfilment/attend.ts';
import type { Report } from '../../examples/order-fulfilment/books.ts';
import { shop } from '../../examples/order-fulfilment/shop.ts';
import { Promises } from './support/order-promises.ts';

test('power losses at any point leave nothing of an order undone', async (t) => {
  let [crashes, acknowledged] = [0, 0];
  for (let seed = 1; seed <= 12; seed++) {
    await simulate(seed, async (simulation) => {
      const promises = new Promises();
      let report: Report | undefined;
      for (let life = 0; report === undefined; life++) {
        const lines: Line[] = [];
        if (life < 12) simulation.crashAfter(5 + simulation.random.below(150), simulation.random.below(2) === 0 ? 'power' : 'process');
        const outcome = await simulation.life(async ({ runtime }) => {
          const { clock } = runtime;
          const actor = createActor(shop, {
            input: { location: '/shop', options: { runtime, workers: 0 }, orders: 10, seed },
            inspect: (event) => simulation.delivered(event),
            clock: { setTimeout: (run, ms) => clock.setTimer(run, ms) as number, clearTimeout: (timer) => clock.clearTimer(timer) },
          });
          actor.on('Progress', ({ line }) => void lines.push(line));
          const ended = toPromise(actor);
          actor.start();
          report = await ended;
        });
        if (outcome === 'crashed') crashes++;
        promises.take(lines);
      }
      t.deepEqual(promises.problems, []);
      t.like(report, { orders: 10, problems: [] });
      acknowledged += promises.acknowledged;
    });
  }
  t.true(crashes > 100, `${crashes} crashes`);
  t.log(`${crashes} crashes, ${acknowledged} acknowledged events`);
});
