import test from 'ava';
import { simulate } from '../../testing/index.ts';
import { Model } from '../../torture/simulation/model.ts';
import { Player } from '../../torture/simulation/player.ts';
import { makeTopics, rest, SMALL } from '../../torture/simulation/scenario.ts';

// A store that nobody writes to any more has nothing left to do after a while, however its options are.

const SIZES = {
  'slices smaller than tables': [64, 4096],
  'tables smaller than slices': [4096, 64],
  'slices and tables of a block': [64, 64],
};

for (const [name, [sliceBytes, tableBytes]] of Object.entries(SIZES)) {
  test(`compactions come to an end with ${name}`, async (t) => {
    const { steps } = await simulate(
      1,
      async (simulation) => {
        await simulation.life(async (life) => {
          const engine = await life.open({ ...SMALL, blockBytes: 512, sliceBytes, tableBytes, minorTrigger: 1 });
          await makeTopics(engine);
          const player = new Player(engine, { random: simulation.random, model: new Model(), mayFail: () => false });
          await player.play(150);
          await player.end();
          await rest(engine, simulation);
          await engine.close();
        });
      },
      { steps: 60_000 },
    );
    t.true(steps > 1000);
  });
}
