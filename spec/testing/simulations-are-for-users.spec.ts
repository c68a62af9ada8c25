import test from 'ava';
import { type Scenario, SimulationError, simulate } from 'lithify/testing';

const SAVED: Scenario = async (simulation) => {
  const value = `value ${simulation.random.below(1000)}`;
  await simulation.life(async (life) => {
    const engine = await life.open();
    await engine.kv.put('key', value);
    simulation.crash('power');
    await engine.kv.put('never', 'reached');
  });
  await simulation.life(async (life) => {
    const engine = await life.open();
    if ((await engine.kv.get('key')) !== value) throw new Error('an acknowledged write is gone');
    simulation.note(`found ${value}`);
    await engine.close();
  });
};

test('a scenario lives on one disk, through crashes', async (t) => {
  const { lines, operations, deliveries } = await simulate(7, SAVED);
  t.true(lines.some((line) => /^found value \d+$/.test(line)));
  t.true(lines.includes('crash: power'));
  t.true(operations > 0 && deliveries > 0);
});

test('the same seed gives the same trace and the same bytes', async (t) => {
  const [once, again, other] = [await simulate(7, SAVED), await simulate(7, SAVED), await simulate(8, SAVED)];
  t.deepEqual([again.trace, again.bytes], [once.trace, once.bytes]);
  t.not(other.trace, once.trace);
});

test('a scenario that breaks names its seed, how to repeat it, and what happened last', async (t) => {
  const broken: Scenario = async (simulation) => {
    simulation.note('before it broke');
    throw new Error('the sum does not hold');
  };
  const error = await t.throwsAsync(simulate(12, broken, { repeatWith: (seed) => `npm run mine -- --seed ${seed}` }), {
    instanceOf: SimulationError,
    message: /^Seed 12 failed after 0 steps: the sum does not hold\nRepeat it with: npm run mine -- --seed 12$/,
  });
  t.deepEqual([error?.seed, error?.lines], [12, ['before it broke']]);
});

test('a scenario that waits for what never comes is reported, and not waited for', async (t) => {
  const stuck: Scenario = async (simulation) => {
    await simulation.life(() => new Promise(() => {}));
  };
  await t.throwsAsync(simulate(1, stuck), { message: /Nothing is left that could happen, and the scenario still waits/ });
});

test('time passes when nothing else is left to do, however long', async (t) => {
  const day = 24 * 60 * 60 * 1000;
  await simulate(1, async (simulation) => {
    const before = simulation.clock.wall();
    await simulation.life(() => simulation.scheduler.sleep(day));
    t.true(simulation.clock.wall() - before >= day);
  });
});

test('faults are rules: this one fails an opening, with a code', async (t) => {
  await simulate(1, async (simulation) => {
    const end = simulation.rules.add({ on: 'replace', prefix: '/store/FORMAT', fault: { kind: 'error', when: 'before', code: 'ENOSPC' } });
    await simulation.life(async (life) => {
      await t.throwsAsync(life.open(), { code: 'LITHIFY_DISK_FULL', message: /FORMAT/ });
      end();
      await (await life.open()).close();
    });
  });
});

test('threads have no part in it', async (t) => {
  await simulate(1, async (simulation) => {
    await simulation.life(async (life) => {
      const engine = await life.open({ workers: 2 });
      t.deepEqual(engine.stats().workers, []);
      await engine.close();
    });
  });
});
